"""Loading: what was read while the graph was defined.

Python tells an audit hook of every file that is opened and every folder that is listed, and of processes and
connections, on which a graph must not depend. The environment is replaced by one that takes notes. What has
no audit event is not seen: the clock, and `stat`; `dodo.py` has no business with either.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Iterable, Iterator

from buildgraph.layout import exact
from buildgraph.observe import folders
from buildgraph.observe.stamps import Stamp, take

WORLD = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostname",
    "sqlite3.connect",
)
EFFECTS = (
    *("os.putenv", "os.unsetenv", "os.chdir", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link"),
    *("os.symlink", "os.chmod", "os.utime", "os.truncate"),
)
"""What a graph that is taken from where it was stored would not do again."""
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


class Loading:
    """Notes of what was read; `world` names the first thing done that no certificate can cover."""

    def __init__(self, already_read: Iterable[str] = ()) -> None:
        self.began_ns = time.time_ns()
        self.files: dict[str, Stamp] = {}
        self.absent: set[str] = set()
        self.folders: dict[str, tuple | None] = {}
        self.variables: set[str] = set()
        self.world = ""
        self._is_active = False
        self._is_heard = False
        self._environ = os.environ
        for path in already_read:
            self._file(path)

    def __enter__(self) -> Loading:
        # What folders of modules held when something was last imported is no evidence: they are listed anew, and heard.
        importlib.invalidate_caches()
        self._is_active = True
        if not self._is_heard:
            self._is_heard = True
            sys.addaudithook(self._hear)
        os.environ = _Noted(self._environ, self)  # noqa: B003 (it stands for the same variables)
        return self

    def __exit__(self, *_: object) -> None:
        os.environ = self._environ  # noqa: B003
        self._is_active = False

    def _hear(self, event: str, arguments: tuple) -> None:
        if not self._is_active:
            return
        if event == "open":
            path, mode, flags = arguments
            if not isinstance(path, (str, bytes, os.PathLike)):
                return
            if mode.strip("rbtU") if mode else (flags or 0) & (os.O_WRONLY | os.O_RDWR):
                self._effect(event, (path,))
            else:
                self._note(os.fsdecode(path), self._file)
        elif event in ("os.listdir", "os.scandir"):
            if not isinstance(arguments[0], int):
                self._note(os.fsdecode(arguments[0] or "."), self._folder)
        elif event in WORLD:
            self.world = self.world or event
        elif event in EFFECTS:
            self._effect(event, arguments)

    def _effect(self, event: str, arguments: tuple) -> None:
        """Note that loading has changed something; Python's own bytecode is nothing."""
        if not any(
            "__pycache__" in os.fsdecode(path) for path in arguments if isinstance(path, (str, bytes))
        ):
            self.world = self.world or event

    def _note(self, path: str, note) -> None:
        if path.startswith(STANDARD_LIBRARY) or "__pycache__" in path:
            return
        self._is_active = False  # Noting looks at files itself.
        try:
            note(path)
        finally:
            self._is_active = True

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


class _Noted(type(os.environ)):
    """The environment, with a note of each name that is looked up."""

    def __init__(self, real, loading: Loading) -> None:
        super().__init__(real._data, real.encodekey, real.decodekey, real.encodevalue, real.decodevalue)
        self._loading = loading

    def __getitem__(self, name: str) -> str:
        self._loading.variables.add(exact(name))
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        self._loading.world = self._loading.world or "the whole environment"
        return super().__iter__()


def module_files() -> dict[str, Stamp]:
    """Return path → stamp of every imported module's file outside the standard library, and of the interpreter."""
    found = {}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and (not path.startswith(STANDARD_LIBRARY) or "-packages" in path):
            found[path] = take(path)
    found[sys.executable] = take(sys.executable)
    return {path: stamp[0] for path, stamp in found.items() if stamp is not None}
