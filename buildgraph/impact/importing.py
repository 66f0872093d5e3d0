"""Importing: who imports which module, from the statement, cached or not, found or not; and a module's body as a context of its own.

`builtins.__import__` and `importlib.import_module` are wrapped, since a cached import has no event; a finder before all others has the loaders of the project's modules
charge their bodies. Where a name could have been found earlier (a new file that wins), or was not found, is a fact: the "stem".
"""

from __future__ import annotations

import builtins
import dis
import importlib
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType

from . import distributions
from .blocks import MODULE
from .contexts import of_module
from .facts import Fact
from .paths import SITE
from .recorder import Recorder
from .responsible import caller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COLLECTS = f"_pytest{os.sep}pathlib.py"
"""Where pytest imports tests and conftests: what uses them is told by the collection."""
IMPORT_NAME = dis.opmap["IMPORT_NAME"]
SOURCE_ENDS = (".py", ".pyw")


class _Import:
    """What an import statement depends on, as long as the modules that it names are the same."""

    def __init__(self, searches: int, names: list[str], inner: list[str]) -> None:
        self.uses: set[str] = set()
        self.facts: set[Fact] = set()
        self._searches = searches
        self._modules = {each: _reference(sys.modules.get(each)) for each in (*names, *inner)}

    def is_current(self, searches: int) -> bool:
        """Tell whether the same import depends on the same again."""
        if searches != self._searches:
            return False
        return all(sys.modules.get(name) is module() for name, module in self._modules.items())


def _reference(module: object) -> Callable[[], object]:
    """Return what gives a module as long as it lives; for one that cannot be referred to, something that is not a module."""
    if module is None:
        return _nothing
    try:
        return weakref.ref(module)
    except TypeError:
        return object


def _nothing() -> None:
    """Stand for no module."""


class Importing:
    """Tells a recorder of imports."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._origins: dict[str, str] = {}
        self._stems: dict[tuple, list[str]] = {}
        self._searches = 0  # how often a module was looked for: none is new as long as this is the same
        self._seen: dict[tuple, _Import] = {}
        self._owners: dict[str, set[str]] = {}
        self._original = (builtins.__import__, importlib.import_module)

    def start(self) -> None:
        """Begin to hear of imports."""
        recorder, (statement, function) = self._recorder, self._original

        def wrapped_statement(
            name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
        ) -> ModuleType:
            __tracebackhide__ = True
            if recorder.is_busy or not recorder.pid:
                return statement(name, globals, locals, fromlist, level)
            try:
                return statement(name, globals, locals, fromlist, level)
            finally:
                full = name
                if level:
                    base = (
                        (globals or {}).get("__package__") or (globals or {}).get("__name__") or ""
                    ).split(".")
                    full = ".".join([*base[: len(base) - level + 1], *filter(None, [name])])
                self._imported(full, fromlist or (), caller(1))

        def wrapped_function(name: str, package: str | None = None) -> ModuleType:
            try:
                return function(name, package)
            finally:
                if not recorder.is_busy and recorder.pid:
                    full = (
                        importlib.util.resolve_name(name, package)
                        if name.startswith(".") and package
                        else name
                    )
                    self._imported(full, (), caller(1))

        builtins.__import__, importlib.import_module = wrapped_statement, wrapped_function
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Put back what was wrapped."""
        builtins.__import__, importlib.import_module = self._original
        sys.meta_path.remove(self)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return what the other finders find, with a loader that charges the module (PEP 451)."""
        self._searches += 1
        for finder in [each for each in sys.meta_path if each is not self]:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                break
        else:
            return None
        if spec.has_location and spec.origin and self._recorder.pid:
            key = self._recorder.paths.key(spec.origin)
            if key:
                self._origins[name] = key
                if hasattr(spec.loader, "exec_module"):
                    self._charge(spec.loader)
        return spec

    def _charge(self, loader: Any) -> None:
        """Have a loader run modules in their contexts; pytest's own one serves many modules and is changed once."""
        original = loader.exec_module
        if getattr(original, "charges", False):
            return

        def exec_module(module: ModuleType) -> None:
            __tracebackhide__ = True
            recorder = self._recorder
            key = self._key(module)
            if not key or not recorder.pid:
                return original(module)
            with recorder.charged(of_module(key)):
                self._begin(key)
                return original(module)

        loader.exec_module = exec_module
        loader.exec_module.charges = True

    def _begin(self, key: str) -> None:
        recorder = self._recorder
        if not recorder.paths.is_project(key) or not key.endswith(SOURCE_ENDS):
            recorder.note("file", key)  # Nobody traces what runs outside of the project.
        elif recorder.source(key, is_new=True):
            with recorder.quiet():
                recorder.top.facts.add(recorder.now.fresh("body", key))
        else:
            recorder.note("file", self._archive(key))

    def _archive(self, key: str) -> str:
        """Return the file that a module is inside of (PEP 273)."""
        while key and not os.path.isfile(self._recorder.paths.path(key)):
            key = os.path.dirname(key)
        return key

    def _key(self, module: object) -> str:
        spec = getattr(module, "__spec__", None)
        origin = getattr(spec, "origin", None) or getattr(module, "__file__", None)
        if not isinstance(origin, str) or not os.path.isabs(origin):
            return ""
        return self._recorder.paths.key(origin)

    def _imported(self, name: str, fromlist: tuple, frame: FrameType) -> None:
        """Charge the top with all modules that an import names, its packages included."""
        if frame.f_code.co_filename.endswith(COLLECTS):
            return
        recorder = self._recorder
        with recorder.quiet():
            path = frame.f_code.co_filename  # `<string>` is not a file
            is_ours = os.path.isabs(path) and bool(recorder.paths.key(path))
            is_plain = frame.f_code.co_code[frame.f_lasti] == IMPORT_NAME and is_ours
            memo = (name, tuple(fromlist), is_ours, is_plain, len(sys.path), sys.path[0] if sys.path else "")
            seen = self._seen.get(memo)
            if seen is None or not seen.is_current(self._searches):
                names = list(_prefixes(name))
                for each in fromlist:
                    inner = f"{name}.{each}"
                    if inner in sys.modules or inner in self._origins or not _has(name, each):
                        names.append(inner)
                seen = self._seen[memo] = _Import(
                    self._searches, names, [f"{name}.{each}" for each in fromlist]
                )
                for each in names:
                    self._one(each, is_ours, is_plain, seen)
            recorder.top.uses |= seen.uses
            recorder.top.facts |= seen.facts

    def _one(self, name: str, is_ours: bool, is_plain: bool, told: _Import) -> None:
        recorder = self._recorder
        module = sys.modules.get(name)
        key = self._key(module) if module is not None else self._origins.get(name, "")
        if key:
            told.uses.add(of_module(key))
            blocks = () if is_plain or not key.endswith(SOURCE_ENDS) else recorder.source(key)
            if blocks:  # Nothing is known of what is read there.
                told.facts.add(("block", f"{key}::{MODULE}", blocks[-1].digest))
        elif not is_ours or name.partition(".")[0] in sys.stdlib_module_names:
            if not is_ours:
                return
        elif module is not None:
            told.facts.update(
                ("distribution", each, recorder.now.value("distribution", each))
                for each in self._distributions(name, module)
            )
        for stem in self._stems_of(name, module is not None or bool(key)):
            told.facts.add(("stem", stem, recorder.now.value("stem", stem)))

    def _distributions(self, name: str, module: ModuleType) -> set[str]:
        top = name.partition(".")[0]
        found = self._owners.get(top)
        if found is None:
            path = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
            found = self._owners[top] = distributions.closure(distributions.owners(os.path.realpath(path)))
        return found

    def _stems_of(self, name: str, is_found: bool) -> list[str]:
        """Return the places of the project where a name is looked for, up to the one where it is found."""
        parent, _, last = name.rpartition(".")
        search = list(getattr(sys.modules.get(parent), "__path__", ())) if parent else sys.path
        memo = (name, is_found, len(search), search[0] if search else "")
        known = self._stems.get(memo)
        if known is not None:
            return known
        found: list[str] = []
        paths = self._recorder.paths
        for folder in search:
            key = paths.key(folder or os.getcwd())
            if key:
                stem = last if key == "." else f"{key}/{last}"
                found.append(stem)
                is_here = is_found and os.path.isdir(folder or ".")
                if is_here and self._recorder.now.value("stem", stem) not in ("absent", "/"):
                    break
            elif is_found and distributions.owners(os.path.join(os.path.realpath(folder), last)):
                break
        if not is_found and not parent:
            found.append(f"{SITE}/{last}")
        self._stems[memo] = found
        return found


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])


def _has(name: str, attribute: str) -> bool:
    """Tell whether a module has a name of its own, so that importing it from there asks for no other module."""
    return attribute in vars(sys.modules[name]) if name in sys.modules else False
