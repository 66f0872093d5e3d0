"""Bytecode: what Python has cached of a source is deleted where it could be of another content.

Python believes a `.pyc` whose header has the source's size and the whole second of its modification time (manual of the
library, "Cached bytecode invalidation"), and so do tools that rewrite modules, such as pytest. An edit of equal size within that second, or
one that restores the time, is missed, and what comes of it would be recorded as made from the new source. When a file's content was last
changed its system knows better (`ctime`): bytecode that was written well after that is of this content. Whatever else would be believed is
deleted before a command or `dodo.py` can import it, and the import writes it anew.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder

from buildgraph.fields import Value
from buildgraph.layout import STANDARD_LIBRARY
from buildgraph.observe.stamps import COARSE_TICK_NS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

FOLDER = "__pycache__"
PREFIX = "PYTHONPYCACHEPREFIX"
HEADER_BYTES = 16
"""Magic number, flags, and modification time and size or a hash (PEP 552); numbers are little-endian."""
HASHED, CHECKED = 1, 2
"""Flags of PEP 552: the header has the source's hash; Python compares it with the source."""
MARGIN_NS = COARSE_TICK_NS
"""Bytecode younger than its source by less may come of what the source held when a process began to read it."""
NOT_OURS = frozenset(("node_modules", ".git"))
"""Folders that hold no source of the checkout; an environment is known by its `pyvenv.cfg` (PEP 405)."""


def distrust(sources: Iterable[str], prefix: str = "") -> None:
    """Delete the bytecode of Python sources that would be believed and need not be theirs; `prefix` is where it is kept, if not next to them."""
    folders: dict[str, _Cache] = {}
    for source in sources:
        if source.endswith(".py"):
            for path in {source, os.path.realpath(source)} if os.path.islink(source) else (source,):
                folder, name = os.path.split(path)
                if folder not in folders:
                    folders[folder] = _cache(folder, prefix)
                cache = folders[folder]
                for cached in cache.by_module.get(name[:-3], ()):
                    _judge(
                        path, os.path.join(cache.place, cached), cache.is_plain and not os.path.islink(path)
                    )


class _Cache(Value):
    """Where the bytecode of a folder's modules is, by module, and whether both are where they seem to be."""

    place: str
    by_module: Mapping[str, Sequence[str]]
    is_plain: bool


def _cache(folder: str, prefix: str) -> _Cache:
    place = prefix + os.path.abspath(folder) if prefix else os.path.join(folder, FOLDER)
    # Through a link, or in a place of its own, old bytecode meets sources that were moved there with their times.
    is_plain = not prefix and os.path.realpath(place) == os.path.abspath(place)
    return _Cache(place, _by_module(place), is_plain)


def distrust_all(top: str = ".") -> None:
    """Do so for all sources of the checkout, before a command of which it is not known what it imports."""
    for folder, inner, names in os.walk(top):
        if "pyvenv.cfg" in names:
            inner.clear()
            continue
        if FOLDER in inner:
            distrust(os.path.join(folder, name) for name in names)
        inner[:] = [name for name in inner if name not in NOT_OURS and name != FOLDER]


class Finder:
    """Finds modules as Python's own finder does, and distrusts the bytecode of those that no installer has put there."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's specification (PEP 451)."""
        spec = PathFinder.find_spec(name, path, target)
        if (
            spec is not None
            and spec.cached
            and spec.has_location
            and spec.origin
            and not _is_installed(spec.origin)
        ):
            is_plain = not sys.pycache_prefix and _is_plain(os.path.dirname(spec.cached))
            _judge(spec.origin, spec.cached, is_plain and not os.path.islink(spec.origin))
        return spec


def watch_imports() -> None:
    """Let this process import nothing from bytecode of another content."""
    sys.meta_path.insert(0, Finder)


@lru_cache(maxsize=1024)
def _is_plain(folder: str) -> bool:
    """True if no link leads to the folder."""
    return os.path.realpath(folder) == folder


def _is_installed(path: str) -> bool:
    return path.startswith(STANDARD_LIBRARY) or "-packages" in path


def _by_module(cache: str) -> dict[str, list[str]]:
    """Return module → the names of its bytecode files: `x.cpython-311.pyc`, `x.cpython-311-pytest-9.0.pyc`."""
    found: dict[str, list[str]] = {}
    with suppress(OSError):
        for name in os.listdir(cache):
            if name.endswith(".pyc"):
                for module in _modules(name):
                    found.setdefault(module, []).append(name)
    return found


def _modules(name: str) -> Iterator[str]:
    """Yield the names of the modules that a bytecode file may belong to: a script's own name may have dots."""
    end = name.find(".")
    while end > 0:
        yield name[:end]
        end = name.find(".", end + 1)


def _judge(source: str, cached: str, is_plain: bool) -> None:
    """Delete one bytecode file if Python would believe it and its content is not known to be that of the source.

    Times tell only of files that are `plain`: neither of the two is reached through a link.
    """
    try:
        with open(cached, "rb") as file:
            header = file.read(HEADER_BYTES)
            written = os.fstat(file.fileno())
        found = os.stat(source)
    except OSError:
        return
    if len(header) < HEADER_BYTES:
        return
    flags = int.from_bytes(header[4:8], "little")
    if flags & HASHED:
        is_right = bool(flags & CHECKED)
    else:
        said = (int.from_bytes(header[8:12], "little"), int.from_bytes(header[12:], "little"))
        is_believed = said == (int(found.st_mtime) & 0xFFFFFFFF, found.st_size & 0xFFFFFFFF)
        changed = found.st_ctime_ns + MARGIN_NS
        is_younger = is_plain and os.name != "nt" and min(written.st_mtime_ns, written.st_ctime_ns) > changed
        is_right = is_younger or not is_believed
    if not is_right:
        with suppress(OSError):
            os.unlink(cached)
