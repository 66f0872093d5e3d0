"""Reads: what a worker opens, found by an audit hook (PEP 578), so that nothing has to be listed to be followed.

While it boots, each file of the application that is opened or looked for is kept, with the state (`stat`) that it had then: the supervisor compares it with the
state that it finds, so a file that was changed in between and back again is not taken for unchanged. What the application writes is
its data and not followed. After the boot only modules and templates count: what else is opened then belongs to a request.

An audit hook cannot be taken away; it does nothing in processes that the application forks.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading
from collections.abc import Callable
from importlib.util import source_from_cache

from .paths import UNREAL, is_application, is_installed, is_ours

State = tuple[int, ...]
"""Size, modification time, inode and mode of a file; nothing if there was none."""

LATER_ENDS = (".py", ".html", ".htm", ".jinja2", ".j2", ".jinja", ".mako", ".pt", ".txt", ".xml")
"""What is followed when it is first read by a request: code and templates, which are kept in memory."""
CACHE = "__pycache__"
WRITES = os.O_WRONLY | os.O_RDWR
IMPORTING = (
    "<frozen importlib._bootstrap_external>",
    os.path.join(os.path.dirname(__file__), "imports.py"),
    os.path.join(os.path.dirname(os.__file__), "importlib", "metadata", "__init__.py"),
)
EFFECTS = {
    "socket.connect": "it connects somewhere",
    "socket.bind": "it binds a socket",
    "socket.sendto": "it sends something",
    "socket.sendmsg": "it sends something",
    "syslog.syslog": "it writes to the system's log",
    "os.kill": "it sends a signal",
    "os.killpg": "it sends a signal",
    "signal.pthread_kill": "it sends a signal",
    "os.link": "it makes links",
    "os.symlink": "it makes links",
    "os.rmdir": "it deletes folders",
    "os.truncate": "it writes files",
    "os.chmod": "it changes files",
    "os.chown": "it changes files",
    "os.utime": "it changes files",
    "sqlite3.connect": "it opens a database",
    "subprocess.Popen": "it starts a process",
    "os.system": "it starts a process",
    "os.posix_spawn": "it starts a process",
    "os.exec": "it starts a process",
    "os.fork": "it forks",
    "os.forkpty": "it forks",
    "_thread.start_new_thread": "it starts a thread",
    "os.remove": "it deletes files",
    "os.rename": "it renames files",
    "os.mkdir": "it makes folders",
    "tempfile.mkstemp": "it makes temporary files",
    "tempfile.mkdtemp": "it makes temporary files",
    "shutil.rmtree": "it deletes files",
    "builtins.input": "it asks at the terminal",
    "builtins.breakpoint": "it asks at the terminal",
}
"""What cannot be undone or shared (manual of the library, "Audit events table"): from then on, no copy of the process is parked."""

STREAMS = (0, 1, 2)
MAKING = {"os.rename": 1, "os.mkdir": 0}
"""Which argument of an event is what comes to be."""


class Reads:
    """What this process has read, in order, and what it has done."""

    def __init__(self, root: str = "") -> None:
        self.root = root  # of what is served: what is in it is followed
        self.forget()
        self.is_booting = True
        self.tell: Callable[[], None] = lambda: None  # called when something is new and the boot is over
        self.affected: Callable[[], None] = lambda: None  # called before something that cannot be undone
        self._pid = 0  # of the process that is watched; 0 while none is
        self._inside: set[int] = set()  # the threads in which a file is being noted
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Know of nothing that was read or done."""
        self.seen: dict[str, State] = {}
        self.written: set[str] = set()
        self.listed: set[str] = set()
        self.has_looked_inside = (
            False  # whether a file of the application was read; packages list its folder to find one another
        )
        self.effect = ""  # the first one that cannot be undone
        self._folders: dict[str, str] = {}
        self._raw: set[str] = set()
        self._sent = 0
        self._told: set[str] = set()

    def install(self) -> None:
        """Begin to hear of everything; once for a process and its forks."""
        sys.addaudithook(self._hear)

    def begin(self) -> None:
        """Watch this process."""
        self._pid = os.getpid()

    def pause(self) -> None:
        """Watch no process."""
        self._pid = 0

    def note(self, path: str) -> None:
        """Keep that a file was read or looked for."""
        if path in self._raw or path.startswith(UNREAL):
            return
        self._raw.add(path)
        for each in self._names(path):
            if each not in self.seen and not is_ours(each):
                self.seen[each] = state(each)
                self.has_looked_inside |= is_application(each) and self._is_inside(each)

    def news(self) -> dict:
        """Return what was not told yet: files read with their state, files written, folders listed."""
        with self._lock:
            paths = list(self.seen)[self._sent :]
            self._sent += len(paths)
            written, listed = self.written - self._told, self.listed - self._told
            self._told |= written | listed
        return {
            "reads": [[path, list(self.seen[path])] for path in paths],
            "written": sorted(written),
            "listed": sorted(listed),
        }

    def begin_again(self) -> None:
        """Tell everything once more: to another supervisor's end."""
        self._sent, self._told = 0, set()

    def _hear(self, event: str, arguments: tuple) -> None:
        if not self._pid or os.getpid() != self._pid or threading.get_ident() in self._inside:
            return
        if event == "open":
            self._opened(*arguments)
        elif event in ("os.listdir", "os.scandir"):
            self._listed(arguments[0])
        elif event in EFFECTS and not _is_harmless(event, arguments):
            self._affects(EFFECTS[event])
            if event in MAKING and isinstance(made := arguments[MAKING[event]], str):
                self._wrote(made)

    def _affects(self, what: str) -> None:
        self.effect = self.effect or what
        if self.is_booting:
            self.affected()

    def _opened(self, path: object, mode: object, flags: object) -> None:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if path in STREAMS and self._is_writing(mode, flags):
            self._affects("it opens the console")
        if not isinstance(path, str):
            return
        if path.endswith(".pyc") and _is_cached(path):
            path = _source_of(path)
            if not path or self._is_writing(mode, flags):
                return
        self._inside.add(threading.get_ident())
        try:
            if not os.path.isabs(path):  # the application may go to another folder
                path = os.path.join(os.getcwd(), path)
            self._note_opened(path, self._is_writing(mode, flags))
        except OSError:  # the working folder is gone
            return
        finally:
            self._inside.discard(threading.get_ident())

    def _note_opened(self, path: str, is_writing: bool) -> None:
        if is_writing:
            if not _is_cached(path) and is_application(self._real(path)):
                self._affects("it writes files")
                self._wrote(path)
        elif path not in self._raw and (self.is_booting or _counts_later(path)):
            before = len(self.seen)
            self.note(path)
            if not self.is_booting and len(self.seen) > before:
                self.tell()

    def _wrote(self, path: str) -> None:
        """Keep that the application makes a file or folder; tell at once where the supervisor would start again for that."""
        real = self._real(path)
        if self.is_booting:
            self.written.add(real)
        elif real not in self.written and (os.path.dirname(real) in self.listed or _counts_later(real)):
            self.written.add(real)
            self.tell()

    @staticmethod
    def _is_writing(mode: object, flags: object) -> bool:
        if isinstance(mode, str):
            return any(letter in mode for letter in "wax+")
        return isinstance(flags, int) and bool(flags & WRITES)

    def _listed(self, path: object) -> None:
        """Keep a folder that the application has listed; the import system looks for modules only, which are followed anyway."""
        caller = sys._getframe(2).f_code.co_filename
        if self.is_booting and isinstance(path, (str, bytes, type(None))) and caller not in IMPORTING:
            try:
                real = os.path.realpath(os.fsdecode(path or "."))
            except OSError:  # the working folder is gone
                return
            if is_application(real + os.sep):
                self.listed.add(real)
                if not self._is_inside(real):
                    self._affects("it lists a folder that is not followed")

    def _is_inside(self, path: str) -> bool:
        return f"{path}{os.sep}".startswith(self.root + os.sep)

    def _names(self, path: str) -> set[str]:
        """Return the names to follow a file by: the real one, and those that lead through links, which may lead elsewhere later."""
        real, spelled = self._real(path), os.path.abspath(path)
        found = {real, os.path.realpath(real)} if os.path.islink(real) else {real}
        return (
            found | {spelled}
            if spelled != real and is_application(real) and is_application(spelled)
            else found
        )

    def _real(self, path: str) -> str:
        """Return the path with a real folder; the last part may be a link."""
        folder, name = os.path.split(os.path.abspath(path))
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        return os.path.join(real, name)


def state(path: str) -> State:
    """Return what tells a file from a later one, nothing if it is not there or not a file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()
    if not stat.S_ISREG(found.st_mode):
        return (found.st_mode,)
    return (found.st_size, found.st_mtime_ns, found.st_ino, found.st_mode)


def _counts_later(path: str) -> bool:
    return path.endswith(LATER_ENDS) and not is_installed(path)


def _is_harmless(event: str, arguments: tuple) -> bool:
    """Tell what is done for Python's bytecode, and what goes over a connection: opening that was the effect."""
    if event in ("socket.sendto", "socket.sendmsg"):
        return arguments[0].type == socket.SOCK_STREAM
    return any(_is_cached(str(each)) for each in arguments)


def _is_cached(path: str) -> bool:
    """Tell what Python keeps for itself, next to the sources or in a folder of its own (PYTHONPYCACHEPREFIX)."""
    return CACHE in path or bool(sys.pycache_prefix and path.startswith(sys.pycache_prefix))


def _source_of(path: str) -> str:
    try:
        return source_from_cache(path)
    except (ValueError, NotImplementedError):
        return ""
