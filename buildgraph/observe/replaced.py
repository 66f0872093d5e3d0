"""Replaced: the functions that stand in, while definitions load, for those of which Python tells nobody.

Each notes what it was asked and answers as the one that it stands for. `datetime` cannot be changed, so its two classes are replaced
by classes that differ in nothing else.
"""

from __future__ import annotations

import datetime
import functools
import os
import pathlib
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator

from buildgraph.observe import questions
from buildgraph.observe.loading import Loading, Noted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INTERPRETER = ("TZ", "PYTHONOPTIMIZE", "PYTHONUTF8", "PYTHONWARNINGS", "PYTHONIOENCODING")
"""Variables that change what Python answers without anybody's asking for them."""
CLOCKS = ("monotonic", "perf_counter", "process_time", "thread_time", "time")
TIMES = (*CLOCKS, *(f"{name}_ns" for name in CLOCKS), "gmtime", "localtime", "ctime", "asctime", "strftime")
TIMES += ("clock_gettime", "clock_gettime_ns")
NEVER_THE_SAME = {
    "urandom": "asks for chance",
    "getrandom": "asks for chance",
    "getpid": "asks for a process",
}
NEVER_THE_SAME |= {"getppid": "asks for a process", "getloadavg": "asks for the machine's load"}
NEVER_THE_SAME |= {
    "times": "asks for the time",
    "statvfs": "asks for a disk",
    "isatty": "asks for the terminal",
}
NEVER_THE_SAME |= {
    "sysconf": "asks for the machine",
    "umask": "asks for a process",
    "getpgrp": "asks for a process",
}
NEVER_THE_SAME |= {"get_terminal_size": "asks for the terminal", "ttyname": "asks for the terminal"}
"""Functions of `os` that say something else another time."""


INHERITED = object()
"""Stands for what a class had from another one."""


def replace(loading: Loading) -> list[tuple[object, str, object]]:
    """Put the functions in place and return what was there, for `restore`: home, name, value."""
    before: list[tuple[object, str, object]] = []

    def put(home: object, name: str, value: object) -> None:
        before.append((home, name, vars(home).get(name, INHERITED)))
        setattr(home, name, value)

    loading.variables.update(INTERPRETER)
    put(os, "environ", Noted(os.environ, loading))
    if hasattr(os, "environb"):
        put(os, "environb", Noted(os.environb, loading))
    for home, name, question, arguments in _questions():
        put(home, name, _asking(loading, getattr(home, name), question, arguments))
    for name in ("stat", "lstat", "readlink"):
        put(os, name, _looking(loading, getattr(os, name)))
    put(random.Random, "seed", _seeding(loading, random.Random.seed))
    put(os, "scandir", functools.partial(_Entries, loading, os.scandir))
    for home, name, what in _uncovered():
        put(home, name, _telling(loading, getattr(home, name), what))
    for kind, names in ((datetime.datetime, ("now", "utcnow", "today")), (datetime.date, ("today",))):
        put(datetime, kind.__name__, _dated(loading, kind, names))
    if sys.stdin is not None:
        put(sys, "stdin", _Input(loading, sys.stdin))
    return before


def restore(before: list[tuple[object, str, object]]) -> None:
    """Put back what was there."""
    for home, name, value in reversed(before):
        if value is INHERITED:
            delattr(home, name)
        else:
            setattr(home, name, value)


def _questions() -> Iterator[tuple[object, str, str, tuple]]:
    for name in questions.PATHS:
        yield os.path, name, name, ()
    for name, question in questions.METHODS.items():
        yield pathlib.Path, name, question, ()
    for name in ("access", "uname", "sched_getaffinity", *questions.OF_USER):
        if hasattr(os, name):
            yield os, name, name, ()
    for name in questions.OF_PLATFORM:
        yield platform, name, "platform", (name,)


def _uncovered() -> Iterator[tuple[object, str, str]]:
    for name in TIMES:
        if hasattr(time, name):
            yield time, name, "asks for the time"
    yield os.path, "getatime", "asks when a file was read"
    for name, what in NEVER_THE_SAME.items():
        if hasattr(os, name):
            yield os, name, what
    for name, value in vars(random).items():
        if getattr(value, "__self__", None) is random._inst and name != "seed":
            yield random, name, "asks for chance"
    for name in ("random", "getrandbits", "randbytes"):
        yield random.SystemRandom, name, "asks for chance"


def _asking(loading: Loading, real: Callable, question: str, first: tuple) -> Callable:
    @functools.wraps(real)
    def ask(*arguments: Any, **named: Any) -> object:
        if not loading.is_active:
            return real(*arguments, **named)
        if named and set(named) != {"strict"}:
            loading.cannot_cover("asks for a file in a folder that is open")
        plain = first or tuple(
            os.fsdecode(each) if isinstance(each, (bytes, os.PathLike)) else each for each in arguments
        )
        if all(type(each) in (str, int) for each in plain):
            loading.asked(question, plain)
        with loading.silence():
            return real(*arguments, **named)

    return ask


def _looking(loading: Loading, real: Callable) -> Callable:
    @functools.wraps(real)
    def look(path: Any, *arguments: Any, **named: Any) -> object:
        loading.looked(path)
        if named.get("dir_fd") is not None:
            loading.cannot_cover("asks for a file in a folder that is open")
        return real(path, *arguments, **named)

    return look


def _telling(loading: Loading, real: Callable, what: str) -> Callable:
    @functools.wraps(real)
    def tell(*arguments: Any, **named: Any) -> object:
        loading.cannot_cover(what)
        return real(*arguments, **named)

    return tell


def _seeding(loading: Loading, real: Callable) -> Callable:
    @functools.wraps(real)
    def seed(self: Any, a: Any = None, *arguments: Any, **named: Any) -> object:
        if a is None:
            loading.cannot_cover("asks for chance")
        return real(self, a, *arguments, **named)

    return seed


class _Entries:
    """What `scandir` returns, with a note of the entries whose `stat` is asked for."""

    def __init__(self, loading: Loading, scandir: Callable, path: object = ".") -> None:
        self._loading = loading
        self._real = scandir(path)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> _Entries:
        return self

    def __next__(self) -> _Entry:
        return _Entry(self._loading, next(self._real))

    def close(self) -> None:
        self._real.close()


class _Entry(os.PathLike):
    def __init__(self, loading: Loading, real: os.DirEntry) -> None:
        self._loading = loading
        self._real = real

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def __fspath__(self) -> str:
        return self._real.path

    def __repr__(self) -> str:
        return repr(self._real)

    def _ask(self, question: str) -> None:
        """Note where a link leads; what else an entry is, its folder's listing says."""
        if self._real.is_symlink():
            self._loading.asked(question, (os.fsdecode(self._real.path),))

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        self._ask("isdir")
        return self._real.is_dir(follow_symlinks=follow_symlinks)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        self._ask("isfile")
        return self._real.is_file(follow_symlinks=follow_symlinks)

    def inode(self) -> int:
        self._loading.looked(self._real.path)
        return self._real.inode()

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        self._loading.looked(self._real.path)
        return self._real.stat(follow_symlinks=follow_symlinks)


class _Input:
    """Standard input, with a note that it was asked for anything."""

    def __init__(self, loading: Loading, real: object) -> None:
        self._loading = loading
        self._real = real

    def __getattr__(self, name: str) -> object:
        self._loading.cannot_cover("asks for the standard input")
        return getattr(self._real, name)


def _dated(loading: Loading, kind: type, names: tuple[str, ...]) -> type:
    """Return a class like `datetime` or `date`, with a note that one of its methods was asked for the time."""

    class Like(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, kind)

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, kind)

    def telling(name: str) -> classmethod:
        def tell(cls: type, *arguments: Any, **named: Any) -> object:
            loading.cannot_cover("asks for the time")
            return getattr(kind, name)(*arguments, **named)

        return classmethod(tell)

    return Like(kind.__name__, (kind,), {name: telling(name) for name in names})
