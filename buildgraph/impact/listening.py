"""Listening: files opened, folders listed, paths tested, variables read, processes started.

An audit hook (PEP 578) hears of most; `os.stat`, `os.lstat`, `os.access` and the mapping of the environment have no event and are wrapped. A hook cannot be taken away: it does
nothing once the recorder has stopped, nor in processes that the tests fork.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType
from urllib.parse import unquote, urlsplit

from .facts import is_personal
from .inside.sitecustomize import EXISTENCE, LINKS, MADE, WRITES
from .recorder import Recorder
from .responsible import CODE, TOOL, Responsible, caller
from .system import SYSTEM
from .words import words_of_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROCESSES = (
    "subprocess.Popen",
    "os.posix_spawn",
    "os.exec",
    "os.system",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "_winapi.CreateProcess",
)
ASKING_THE_SYSTEM = frozenset(os.path.join(os.path.dirname(os.__file__), *names) for names in (("platform.py",), ("uuid.py",), ("ctypes", "util.py")))  # fmt: skip
"""Modules of the standard library whose processes (`uname`, `file`, `ldconfig`, `cc`) read what belongs to the system."""
STARTING = frozenset((subprocess.__file__, os.__file__, os.path.join(os.path.dirname(os.path.abspath(__file__)), "children.py")))  # fmt: skip
"""What stands between who asks for a process and its start."""
WRITERS = (dataclasses.__file__, collections.__file__)
"""Files of the standard library that execute texts of their own."""
LISTINGS = ("os.listdir", "os.scandir")


class Listener:
    """Tells a recorder what the process does."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._responsible = Responsible()
        self._restore: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to listen; once in a process."""
        sys.addaudithook(self._hear)
        for name in ("stat", "lstat", "access"):
            self._wrap_os(name)
        self._wrap(os, "readlink", self._followed)
        self._wrap(os.path, "getsize", self._sized)
        self._wrap(os.path, "getmtime", self._sized)
        self._wrap_environment()
        if "_posixsubprocess" in sys.modules:  # multiprocessing starts processes by it, without an event
            self._wrap(sys.modules["_posixsubprocess"], "fork_exec", self._spawned)

    def stop(self) -> None:
        """Put back what was wrapped."""
        while self._restore:
            self._restore.pop()()

    def _is_deaf(self) -> bool:
        recorder = self._recorder
        return recorder.is_busy or recorder.pid != os.getpid()

    def _hear(self, event: str, arguments: tuple) -> None:
        if event == "open":
            if not self._is_deaf():
                self._opened(*arguments)
        elif event in LISTINGS:
            if not self._is_deaf():
                self._listed(event, arguments[0])
        elif event in PROCESSES:
            if not self._is_deaf():
                self._started(event, arguments)
        elif event == "sqlite3.connect":
            if not self._is_deaf():
                self._connected(arguments[0])
        elif event == "ctypes.dlopen":
            if not self._is_deaf():
                self._loaded(arguments[0])
        elif event == "exec":
            if not self._is_deaf():
                self._executed(arguments[0])
        elif event in LINKS:
            if not self._is_deaf():
                self._linked(event, arguments)
        elif event in MADE and not self._is_deaf():
            self._made(arguments[:2])

    def _opened(self, path: object, mode: object, flags: object) -> None:
        if isinstance(mode, str):
            is_writing = any(letter in mode for letter in "wax+")
        else:
            is_writing = isinstance(flags, int) and bool(flags & WRITES)
        is_reading = not is_writing or (isinstance(mode, str) and "r" in mode)
        if is_reading and not (isinstance(path, str) and path.endswith(".pyc")):
            self._note("file", path)
            if mode is None and isinstance(path, str | bytes):
                self._entered(path)
        if is_writing:
            self._made((path,))

    def _entered(self, path: str | bytes) -> None:
        """A descriptor of a folder is for functions with `dir_fd`, whose paths nobody hears; `rmtree` only deletes."""
        frame = caller(3)
        with self._recorder.quiet():
            is_folder = bool(self._recorder.paths.key(os.fsdecode(path))) and os.path.isdir(path)
        if is_folder and frame.f_code.co_filename != shutil.__file__ and self._responsible(frame) == CODE:
            self._recorder.note_anything(self._recorder.stack[-1])

    def _linked(self, event: str, arguments: tuple) -> None:
        """What is linked to is not made by that, but may be read by the other name from now on."""
        if event == "os.link":
            self._note("file", arguments[0])
        self._made(arguments[1:2])
        if self._responsible(caller(2)) == CODE:
            with self._recorder.quiet():
                self._recorder.paths.forget()

    def _executed(self, code: CodeType) -> None:
        """Charge with what code mentions that is in no file; the standard library's own looks at no module."""
        path = getattr(code, "co_filename", "")
        is_file = os.path.isabs(path) and path.endswith((".py", ".pyw"))
        if is_file or path.startswith("<frozen") or caller(2).f_code.co_filename in WRITERS:
            return
        words = words_of_text(code)
        self._recorder.top.facts.add(("words", " ".join(sorted(words)), ""))

    def _loaded(self, path: object) -> None:
        """A library without a folder is the system's."""
        if isinstance(path, str) and os.sep in path:
            self._note("file", path)

    def _connected(self, path: object) -> None:
        """SQLite takes a URI for a path (its documentation, "URI Filenames")."""
        if isinstance(path, str | bytes) and os.fsdecode(path).startswith("file:"):
            path = unquote(urlsplit(os.fsdecode(path)).path)
        self._note("file", path)

    def _looked_at(self, folder: str) -> None:
        """Who goes over entries itself can ask each for its size and time (`DirEntry.stat`), which nobody hears."""
        paths: list[str] = []
        with self._recorder.quiet(), contextlib.suppress(OSError):
            if self._recorder.paths.key(folder):
                paths = [each.path for each in SYSTEM.scandir(folder) if each.is_file()]
        for path in paths:
            self._note("file", path)

    def _listed(self, event: str, path: object) -> None:
        with self._recorder.quiet():
            real = os.path.realpath(path) if isinstance(path, str) else os.getcwd()
            is_installed = self._recorder.paths.is_installed(real)
        if not is_installed:
            self._note("listing", "." if path is None else path)
            if event == "os.scandir" and self._responsible.is_direct(caller(2)):
                self._looked_at(real)
        elif real.endswith(("site-packages", "dist-packages")) and self._responsible(caller(2)) == CODE:
            self._recorder.note_once("distributions", "")

    def _started(self, event: str, arguments: tuple) -> None:
        if threading.get_ident() in self._recorder.starting or self._responsible(caller(2)) != CODE:
            return
        if _asks_the_system(caller(2)):
            return
        self._recorder.note_anything(self._recorder.stack[-1])

    def _spawned(self, *arguments: object) -> None:
        self._started("fork_exec", ())

    def _made(self, arguments: tuple) -> None:
        """Remember what the process makes itself: that is a result, not a fact."""
        for path in arguments:
            if isinstance(path, str | bytes | os.PathLike):
                with self._recorder.quiet(), contextlib.suppress(ValueError, OSError):
                    self._recorder.written.add(self._recorder.paths.key(os.fsdecode(path)))

    def _note(self, kind: str, path: object) -> None:
        recorder = self._recorder
        if not isinstance(path, str | bytes | os.PathLike):
            return
        with recorder.quiet(), contextlib.suppress(ValueError, OSError):
            key = recorder.paths.key(os.fsdecode(path))
            if not key:
                if kind == "file":  # Whether it is there is asked when a path is resolved.
                    self._note_installed(path)
                return
            is_new = key not in recorder.written and (kind, key) not in recorder.top.heard
            if is_new and self._responsible(caller(3)) == CODE:
                recorder.note(kind, key)

    def _note_installed(self, path: str | bytes | os.PathLike) -> None:
        """What is read of an installed package (its data, its metadata) changes with its distribution."""
        recorder, seen = self._recorder, ("installed", os.fsdecode(path))
        if "-packages" in seen[1] and seen not in recorder.top.heard and self._responsible(caller(4)) == CODE:
            recorder.top.heard.add(seen)
            recorder.note_installed(seen[1])

    def _followed(self, path: object, *rest: object) -> None:
        self._note("link", path)

    def _sized(self, path: object, *rest: object) -> None:
        self._note("file", path)

    def _asked(self, path: object, *rest: object) -> None:
        """A question for existence is told from one for size or time by who asks."""
        frame = caller(2)
        names = {frame.f_code.co_name, frame.f_back.f_code.co_name if frame.f_back else ""}
        self._note("file" if names.isdisjoint(EXISTENCE) else "exists", path)

    def _wrap_os(self, name: str) -> None:
        self._wrap(os, name, self._asked)

    def _wrap(self, owner: object, name: str, tell: Callable[..., None]) -> None:
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **options: Any) -> object:
            if not self._is_deaf() and arguments and options.get("dir_fd") is None:
                tell(*arguments)
            return original(*arguments, **options)

        wrapped.__wrapped__ = original  # type: ignore[attr-defined] # as functools.wraps does
        wrapped.__name__ = name
        setattr(owner, name, wrapped)
        for known in ("supports_fd", "supports_dir_fd", "supports_follow_symlinks", "supports_effective_ids"):
            if original in getattr(os, known):
                getattr(os, known).add(wrapped)
        self._restore.append(lambda: setattr(owner, name, original))

    def _wrap_environment(self) -> None:
        kind = type(os.environ)
        get, iterate, contains = kind.__getitem__, kind.__iter__, kind.__contains__

        def read(environment: os._Environ[str], name: str) -> str:
            self._read(environment, name)
            return get(environment, name)

        def has(environment: Mapping[str, str], name: object) -> bool:
            self._read(environment, name)
            return contains(environment, name)

        def names(environment: os._Environ[str]) -> Iterator[str]:
            if not self._is_deaf() and self._responsible(caller(1)) == CODE:
                self._recorder.note_once("environ", "")
            return iterate(environment)

        kind.__getitem__, kind.__iter__, kind.__contains__ = read, names, has  # type: ignore[method-assign] # no event tells of this

        def restore() -> None:
            kind.__getitem__, kind.__iter__ = get, iterate  # type: ignore[method-assign] # as it was
            if "__contains__" in vars(kind):
                del kind.__contains__

        self._restore.append(restore)

    def _read(self, environment: object, name: object) -> None:
        """Charge with what the variable was at the start, unless the process has set it since."""
        recorder = self._recorder
        if self._is_deaf() or environment is not os.environ or not isinstance(name, str):
            return
        if is_personal(name) or self._responsible(caller(2)) == TOOL:
            return
        with recorder.quiet():
            raw = environment._data.get(environment.encodekey(name))  # type: ignore[attr-defined] # what is wrapped would tell of this read
            present = None if raw is None else environment.decodevalue(raw)
            if present == recorder.environment.get(name):
                recorder.note_once("variable", name)


def _asks_the_system(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename in STARTING:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename in ASKING_THE_SYSTEM
