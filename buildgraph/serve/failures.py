"""Failures: what went wrong in a worker, as plain values that travel to the supervisor, its page and its console."""

from __future__ import annotations

import importlib
import os
import re
import signal
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from types import FrameType, MappingProxyType, TracebackType

from .held import held
from .paths import is_application

EXCERPT_LINES = 4  # before and after the line
MOST_FRAMES = 40
MOST_CHARACTERS = 4000  # of a message
MOST_BYTES = 1 << 20  # of a file of which an excerpt is shown
OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
HIDDEN = ("<frozen ", OURS, "<string>", os.path.dirname(importlib.__file__) + os.sep)
"""Frames of the import system and of this library say nothing to the application's author."""
LET_THROUGH = re.compile(r"\s*raise [\w.]+(?: from \w+)?\s*(?:#.*)?")
"""Of an error view that lets an error through; who has called the place of an error is at a call."""
NUL = "null byte"
DUMPED = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)$')  # faulthandler
OPTIMIZED = 0x1  # the code of a function, which has names of its own (inspect, CO_OPTIMIZED)
Place = tuple[str, int, str] | tuple[str, int, str, FrameType]
"""File, line, function; a frame that is still there."""
THREAD = re.compile(r"^(Current thread|Thread) 0x", re.MULTILINE)


@dataclass(frozen=True)
class Frame:
    """A place in a stack, with the source around it: number and text of lines."""

    file: str
    line: int
    function: str
    lines: tuple[tuple[int, str], ...] = ()
    values: tuple[
        tuple[str, str], ...
    ] = ()  # names of the function and what they hold, of the application's own


@dataclass(frozen=True)
class Request:
    """What was asked for when a view failed; secrets are left out."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> str:
        """Return it without its query, which may hold what is secret."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Failure:
    """Why there is no worker: the sentence, the place, and how it came there (the innermost frame last)."""

    title: str
    message: str
    file: str = ""
    line: int = 0
    frames: tuple[Frame, ...] = ()
    text: str = ""  # the traceback as Python prints it
    hint: str = ""
    column: int = 0
    request: Request | None = None

    @property
    def place(self) -> str:
        """Return where it is as editors take it, "" if that is not known."""
        return f"{self.file}:{self.line}" if self.file and self.line else self.file

    @property
    def main(self) -> Frame | None:
        """Return the frame of the place."""
        here = [frame for frame in self.frames if (frame.file, frame.line) == (self.file, self.line)]
        return here[-1] if here else None

    def as_dict(self) -> dict:
        return asdict(self)

    def without_values(self) -> Failure:
        """Return it without what names hold, which only a page has room for."""
        return replace(self, frames=tuple(replace(frame, values=()) for frame in self.frames))


def from_dict(value: dict) -> Failure:
    """Return the failure that came over a channel."""
    frames = tuple(
        Frame(
            each["file"],
            each["line"],
            each["function"],
            tuple((number, text) for number, text in each["lines"]),
            tuple((name, text) for name, text in each["values"]),
        )
        for each in value.get("frames", ())
    )
    return Failure(
        **{**value, "frames": frames, "request": None}
    )  # a channel is used before there are requests


def of_exception(
    error: BaseException, importing: str = "", hints: Mapping[str, str] = MappingProxyType({})
) -> Failure:
    """Return what an exception says, with the hint that is given for its class; for a syntax error the place is the one that does not compile.

    Some of those name no file; it is the one that was being imported.
    """
    return replace(_of_exception(error, importing), hint=_hint(error, hints))


def _of_exception(error: BaseException, importing: str) -> Failure:
    frames = _without_let_through(shown(_frames(error.__traceback__)))
    title, message = type(error).__name__, _message(error)
    text = _printed(error)[-5 * MOST_CHARACTERS :]
    if isinstance(error, SystemExit):
        title, message = "SystemExit", f"the application ended itself with sys.exit({error.code!r})"
    is_unnamed = isinstance(error, (SyntaxError, ValueError)) and NUL in message and importing
    file, line, column = importing, 0, 0
    if isinstance(error, SyntaxError) and not is_unnamed:  # anybody may raise one, with anything in it
        file = error.filename if isinstance(error.filename, str) else ""
        line, column = (each if isinstance(each, int) else 0 for each in (error.lineno, error.offset))
    if is_unnamed or (isinstance(error, SyntaxError) and os.path.isfile(file)):
        file, line = os.path.abspath(file), line or _unreadable_line(file)
        message = str(getattr(error, "msg", None) or message)
        place = Frame(file, line, "", excerpt(file, line))
        return Failure(title, message, file, line, (*frames, place), text, column=column)
    last = _nearest(frames)
    return Failure(title, message, last.file, last.line, frames, text)


def of_call(title: str, message: str) -> Failure:
    """Return a failure at the place that this very call was reached from."""
    frame: FrameType | None = sys._getframe(1)
    found: list[tuple[str, int, str]] = []
    while frame is not None and len(found) < MOST_FRAMES:
        found.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    frames = shown(reversed(found))
    last = _nearest(frames)
    return Failure(title, message, last.file, last.line, frames)


def of_dump(title: str, message: str, dump: str, hint: str = "") -> Failure:
    """Return a failure with the stack that faulthandler has written of the main thread, the last one in the dump."""
    threads = THREAD.split(dump)
    current = re.search(r"Current thread 0x.*?(?=\n\n|\Z)", dump, re.DOTALL)
    stack = current[0] if current else threads[-1]
    found = [DUMPED.match(line) for line in stack.splitlines()]
    places = [(each["file"], int(each["line"]), each["function"]) for each in found if each]
    frames = shown(reversed(places))
    last = _nearest(frames)
    return Failure(title, message, last.file, last.line, frames, dump[-5 * MOST_CHARACTERS :], hint)


def of_end(code: int, importing: str) -> Failure:
    """Return what is known of a process that ended without a word: its exit code, for a signal the negative number."""
    if code < 0:
        name = signal_name(-code)
        title, message = name, f"the application was ended by {name}"
    else:
        title, message = "os._exit", f"the application ended at once with code {code}"
    frames = (Frame(importing, 1, "<module>", excerpt(importing, 1)),) if importing else ()
    return Failure(
        title, message + (" while this file was imported" if importing else ""), importing, 1, frames
    )


def signal_name(number: int) -> str:
    """Return the name of a signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def shown(places: Iterable[Place]) -> tuple[Frame, ...]:
    """Return frames with excerpts, without those of the import system and of this library."""
    kept = [place for place in places if not place[0].startswith(HIDDEN)]
    return tuple(
        Frame(file, line, name, excerpt(file, line), _held(file, *frame))
        for file, line, name, *frame in kept[-MOST_FRAMES:]
    )


def _hint(error: BaseException | None, hints: Mapping[str, str]) -> str:
    """Return the hint for the class of an error, or of what it was raised from, or of a base of them."""
    while error is not None:
        for each in type(error).__mro__:
            if each.__name__ in hints:
                return hints[each.__name__]
        error = error.__cause__
    return ""


def _without_let_through(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Return the frames without those of the application, but for the innermost, that have only raised again what they were given."""
    return tuple(
        frame
        for number, frame in enumerate(frames, 1)
        if number == len(frames)
        or not is_application(frame.file)
        or not LET_THROUGH.fullmatch(dict(frame.lines).get(frame.line, ""))
    )


def _held(file: str, frame: FrameType | None = None) -> tuple[tuple[str, str], ...]:
    is_function = frame is not None and bool(frame.f_code.co_flags & OPTIMIZED)
    return held(frame.f_locals) if frame is not None and is_function and is_application(file) else ()


def excerpt(file: str, line: int) -> tuple[tuple[int, str], ...]:
    """Return the lines around one, whatever the file's encoding; nothing if there is no such file."""
    try:
        with open(file, "rb") as source:
            texts = source.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return ()
    first = max(line - EXCERPT_LINES, 1)
    return tuple(enumerate((text[:300] for text in texts[first - 1 : line + EXCERPT_LINES]), first))


def _frames(trace: TracebackType | None) -> Iterable[Place]:
    return [
        (frame.f_code.co_filename, line or 0, frame.f_code.co_name, frame)
        for frame, line in traceback.walk_tb(trace)
    ]


def _printed(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception as worse:  # not even Python can print each
        return f"it cannot be printed: {type(worse).__name__}"


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MOST_CHARACTERS]
    except BaseException as worse:
        return f"its text cannot be had: {type(worse).__name__}"


def _nearest(frames: tuple[Frame, ...]) -> Frame:
    """Return the innermost frame of the application, the innermost one if there is none."""
    own = [frame for frame in frames if is_application(frame.file)]
    return (own or list(frames) or [Frame("", 0, "")])[-1]


def _unreadable_line(path: str) -> int:
    """Return the line of the NUL byte or of the first byte that is not UTF-8."""
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES)
    except (OSError, ValueError):
        return 1
    try:
        content.decode("utf-8")
        wrong = content.find(b"\0")
    except UnicodeDecodeError as found:
        wrong = found.start
    return content.count(b"\n", 0, max(wrong, 0)) + 1
