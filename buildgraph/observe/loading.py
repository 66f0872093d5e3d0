"""Loading: what was read and asked while the graph was defined.

Python tells an audit hook of every file that is opened and every folder that is listed, and of processes and
connections, on which a graph must not depend. The environment is replaced by one that takes notes, and the functions that have no audit
event by ones that do: what can be asked again later is noted with its answer, what cannot (the time, chance) is noted as
something that no certificate can cover, with the line that asked.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from buildgraph.layout import STANDARD_LIBRARY, exact
from buildgraph.observe import folders
from buildgraph.observe.questions import answer
from buildgraph.observe.stamps import Stamp, take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Environ = os._Environ[Any]
else:
    Environ = type(os.environ)

WORLD = {
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "socket.connect": "asks the network",
    "socket.getaddrinfo": "asks the network",
    "socket.gethostbyname": "asks the network",
    "socket.gethostname": "asks for the machine's name",
    "sqlite3.connect": "asks a database",
    "builtins.input": "asks the user",
    "os.getxattr": "asks for a file's attributes",
    "os.listxattr": "asks for a file's attributes",
    "ctypes.dlopen": "calls a library",
}
"""Audit event → what was done, of what cannot be asked again."""
EFFECTS = (
    *("os.putenv", "os.unsetenv", "os.chdir", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link"),
    *("os.symlink", "os.chmod", "os.utime", "os.truncate"),
)
"""What a graph that is taken from where it was stored would not do again."""
SEARCHED = "/"
"""What the name of a folder ends with that was listed to find modules."""
FINDER = "<frozen importlib._bootstrap_external>"
"""Where the code is that lists such folders."""
NOT_ASKING = (STANDARD_LIBRARY, "<frozen ")
"""Where code is that asks for others."""


class Loading:
    """Notes of what was read; `world` names the first thing done that no certificate can cover, and where."""

    def __init__(self, already_read: Iterable[str] = ()) -> None:
        self.began_ns = time.time_ns()
        self.files: dict[str, Stamp] = {}
        self.absent: set[str] = set()
        self.folders: dict[str, tuple | None] = {}
        self.variables: set[str] = set()
        self.questions: dict[tuple[str, tuple], object] = {}
        self.world = ""
        self._is_active = False
        self._is_heard = False
        self._replaced: list[tuple[object, str, object]] = []
        for path in already_read:
            self._file(path)

    def __enter__(self) -> Loading:
        import importlib

        from buildgraph.observe.replaced import replace

        self._replaced = replace(self)
        # What folders of modules held when something was last imported is not evidence: they are listed anew, and heard.
        importlib.invalidate_caches()
        if not self._is_heard:
            self._is_heard = True
            sys.addaudithook(self._hear)
        self._is_active = True
        return self

    def __exit__(self, *_: object) -> None:
        from buildgraph.observe.replaced import restore

        restore(self._replaced)
        self._is_active = False

    # What replaced functions tell

    def asked(self, name: str, arguments: tuple) -> None:
        """Note a question that can be asked again."""
        if self._is_active and (name, arguments) not in self.questions:
            with self.silence():
                self.questions[name, arguments] = answer(name, arguments)

    def looked(self, path: int | str | bytes | os.PathLike) -> None:
        """Note that what `stat` says of a path was read."""
        if isinstance(path, int):
            self.cannot_cover("asks for an open file")
        elif self._is_active:
            self._note(os.fsdecode(path), self._file)

    def cannot_cover(self, what: str) -> None:
        """Note something that a certificate cannot cover."""
        if self._is_active and not self.world:
            self.world = f"{_line()} {what}"

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Note nothing: we look at files ourselves, or a function that was noted asks others."""
        self._is_active = False
        try:
            yield
        finally:
            self._is_active = True

    @property
    def is_active(self) -> bool:
        """True while definitions are loaded and nothing of ours looks at files."""
        return self._is_active

    # What Python tells

    def _hear(self, event: str, arguments: tuple) -> None:
        if not self._is_active:
            return
        if event == "open":
            path, mode, flags = arguments
            if not isinstance(path, (str, bytes, os.PathLike)):
                return
            if mode.strip("rbtU") if mode else (flags or 0) & (os.O_WRONLY | os.O_RDWR):
                self._effect((path,))
            else:
                self._note(os.fsdecode(path), self._file)
        elif event in ("os.listdir", "os.scandir"):
            if not isinstance(arguments[0], int):
                path = os.fsdecode(arguments[0] or ".")
                is_search = sys._getframe(1).f_code.co_filename == FINDER
                listed = (path.rstrip("/") or path) + (SEARCHED if is_search else "")
                self._note(listed, self._folder)
        elif event in WORLD:
            self.cannot_cover(WORLD[event])
        elif event in EFFECTS:
            self._effect(arguments)

    def _effect(self, arguments: tuple) -> None:
        """Note that loading has changed something; Python's own bytecode is nothing."""
        if not any(
            "__pycache__" in os.fsdecode(path) for path in arguments if isinstance(path, (str, bytes))
        ):
            self.cannot_cover("changes files, folders or the environment")

    def _note(self, path: str, note: Callable[[str], None]) -> None:
        if path.startswith(STANDARD_LIBRARY) or "__pycache__" in path:
            return
        with self.silence():
            note(path)

    def _file(self, path: str) -> None:
        if path in self.files or path in self.absent:
            return
        found = take(path)
        if found is None:
            self.absent.add(path)
        else:
            self.files[path] = found[0]

    def _folder(self, path: str) -> None:
        if path not in self.folders:
            self.folders[path] = folders.listing(path)


class Noted(Environ):
    """The environment, with a note of each name that is looked up."""

    def __init__(self, real: Environ, loading: Loading) -> None:
        data = real._data  # type: ignore[attr-defined] # the very one, so that what is set is set
        super().__init__(data, real.encodekey, real.decodekey, real.encodevalue, real.decodevalue)
        self._loading = loading

    def __getitem__(self, name: str | bytes) -> str | bytes:
        if isinstance(name, (str, bytes)):
            self._loading.variables.add(exact(os.fsdecode(name)))
        return super().__getitem__(name)

    def __iter__(self) -> Iterator:
        self._loading.cannot_cover("reads the whole environment")
        return super().__iter__()

    def __repr__(self) -> str:
        self._loading.cannot_cover("reads the whole environment")
        return super().__repr__()

    def __len__(self) -> int:
        self._loading.cannot_cover("reads the whole environment")
        return super().__len__()


def _line() -> str:
    """Return file and line of the code that asks, for itself or through the standard library."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(NOT_ASKING)
        or frame.f_globals.get("__name__", "").startswith(__package__)
    ):
        frame = frame.f_back
    return f"{os.path.basename(frame.f_code.co_filename)}, line {frame.f_lineno}"


def module_files() -> dict[str, Stamp]:
    """Return path → stamp of every imported module's file outside the standard library, and of the interpreter."""
    found = {}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and (not path.startswith(STANDARD_LIBRARY) or "-packages" in path):
            found[path] = take(path)
    found[sys.executable] = take(sys.executable)
    return {path: stamp[0] for path, stamp in found.items() if stamp is not None}
