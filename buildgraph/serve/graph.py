"""Graph: the tasks that make what the application uses, run when what they read was saved. The graph itself says what that is, and what is stale.

One run at a time, in a process of its own: the supervisor's loop waits for none. What is saved meanwhile asks for another run after it. A run that finds
nothing to do says nothing.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from .beside import Keeper, Talker
from .builds import ENDED, FAILED, UP_TO_DATE, Builds
from .digests import Delta
from .failures import Failure, Frame, excerpt
from .loop import Loop
from .paths import IGNORED_FOLDERS

NAME = "build"
INPUTS = "inputs"
DEFINITIONS = "dodo.py"
WILDCARDS = re.compile(r"[*?\[]")
OBVIOUS = re.compile(
    r"the command ended with exit code \d+$|to repeat it: |.*: \d+ ran, (?:\d+ from the cache, )?\d+ reused"
)
"""What a page does not repeat: that something failed, and how it is run again, which a save does."""
SOURCE = re.compile(r"\s*\d*\s*│.*")
"""A line of the source at a place, as runs show it."""
PLACES = (
    re.compile(r"(?P<file>[^\s:'\"(|]+\.\w+):(?P<line>\d+)(?::(?P<column>\d+))?"),
    re.compile(
        r"(?P<file>[^\s:'\"(|]+\.\w+)\"?,? (?:line )?(?P<line>\d+)\b(?:(?::|, column )(?P<column>\d+))?"
    ),
)
"""How tools say where something is: `FILE:LINE:COLUMN`, `FILE LINE:COLUMN`, `FILE, line LINE`."""
MOST_LINES = 200
ECHO_SECONDS = 0.5  # after a run, of what it has written among its inputs
REDEFINED = f"'{DEFINITIONS}' changed: its tasks are as it says now; what it says of serving counts from the next start"


@dataclass(frozen=True)
class Built:
    """A run, as it ended."""

    tasks: tuple[str, ...]
    why: str
    seconds: float
    failure: Failure | None
    is_start_wanted: bool  # whether the application is to start again after it


class Graph:
    """What is run, and what has to be run next."""

    def __init__(
        self,
        loop: Loop,
        keeper: Keeper,
        root: str,
        tasks: Sequence[str],
        asked: Mapping[str, Sequence[str]],
        say: Callable[[str, str], None],
        ended: Callable[[Built], None],
        knows: Callable[[], None],
    ) -> None:
        self.root = root
        self.tasks = tuple(tasks)
        self.asked = {os.path.join(root, path): tuple(names) for path, names in asked.items()}
        self.say = say  # with the style that it has, of a `Palette`
        self.ended = ended
        self.knows = knows  # is called when the folders are known
        self.folders: frozenset[str] = frozenset()
        self.files: frozenset[str] = frozenset()
        self.talker = Talker(loop, keeper, self._heard, self._ended)
        self.lines: list[str] = []
        self.wanted: dict[str, None] = {}  # tasks, in order
        self.running: tuple[str, ...] = ()
        self.why = self.cause = ""  # of what is wanted, of what runs
        self.told = Builds("")
        self.is_start_wanted = self.is_start_pending = self.is_outdated = self.is_ending = False
        self.is_echo = False  # what is wanted was saved while tasks ran, most probably by them
        self.ended_at = 0.0
        self.is_redefined = False  # since its definitions changed, no run has read them well
        self.last: Built | None = None
        self.failure: Failure | None = None  # of the last run

    @property
    def is_busy(self) -> bool:
        """Tell whether tasks run."""
        return bool(self.talker.pid) and self.running != (INPUTS,)

    def begin(self) -> None:
        """Ask the graph what it reads."""
        self.is_outdated = bool(self.tasks)
        self._next()

    def roots(self) -> list[str]:
        """Return the folders to follow for the graph, and for what is asked."""
        return sorted({*self.folders, *(each for each in self.asked if os.path.isdir(each))})

    def take(self, delta: Delta, reads: Collection[str], why: Callable[[list[str]], str]) -> Delta:
        """Run what a change asks for, and return the rest of it: without the files that are the graph's alone."""
        asked = {
            path: names for path in delta.all for place, names in self.asked.items() if _is_in(path, place)
        }
        own = {path for path in delta.all if path in self.files or self._is_in_folders(path)} - asked.keys()
        if not (asked or own):
            return delta
        for name in [*(self.tasks if own else ()), *(each for names in asked.values() for each in names)]:
            self.wanted[name] = None
        self.is_start_wanted = self.is_start_wanted or bool(asked)
        self.is_redefined = self.is_redefined or os.path.join(self.root, DEFINITIONS) in own
        self.why = why(sorted(own | asked.keys()))
        self.is_echo = bool(self.talker.pid) or time.monotonic() - self.ended_at < ECHO_SECONDS
        self._next()
        return without(delta, {path for path in own if path not in reads} | asked.keys())

    def run_all(self) -> None:
        """Run all tasks because somebody wants it, whatever the files say."""
        self.wanted.update(dict.fromkeys(self.tasks))
        self._next()

    def end(self) -> None:
        """End what runs, as Ctrl-C does, so that it keeps what it has."""
        self.is_ending = True
        self.talker.signal(signal.SIGINT)
        self.talker.ask_to_end()

    def _is_in_folders(self, path: str) -> bool:
        folder = os.path.dirname(path)
        while len(folder) > len(self.root):
            if folder in self.folders:
                return True
            folder = os.path.dirname(folder)
        return False

    def _next(self) -> None:
        if self.talker.pid or self.is_ending:
            return
        if self.wanted:
            self.running, self.wanted = tuple(self.wanted), {}
            self.cause, self.why = self.why, ""
            self.told = Builds(self.cause, self.is_echo)
            self.is_start_pending, self.is_start_wanted = self.is_start_wanted, False
            words: tuple[str, ...] = self.running
        elif self.is_outdated:
            self.is_outdated = False
            self.running, words = (INPUTS,), (INPUTS, *self.tasks)
        else:
            return
        self.lines = []
        try:
            saved = f"{self.cause} saved" if self.cause else ""
            self.talker.start([sys.executable, "-m", "buildgraph", *words], self.root, saved)
        except OSError as error:
            self.say(f"cannot be started: {error.strerror}", "failed")

    def _heard(self, line: str) -> None:
        self.lines.append(line)
        if self.running != (INPUTS,):
            for text, style in self.told.heard(line, time.monotonic() - self.talker.began):
                self.say(text, style)

    def _ended(self, code: int) -> None:
        if self.running == (INPUTS,):
            if code == 0:
                self._know(self.lines)
            elif not self.is_ending:
                self._keep()
                for line in self.lines:
                    self.say(line, "")
            self._next()
            return
        self.ended_at = time.monotonic()
        if self.is_redefined and code == 0:
            self.is_redefined, self.is_outdated = False, True
            self.say(REDEFINED, "")
        failure = of_lines(self.lines, self.root) if code and not self.is_ending else None
        seconds = time.monotonic() - self.talker.began
        for text, style in self.told.over(seconds, _is_known(failure, self.failure)):
            self.say(text, style)
        self.failure = failure
        run = Built(self.running, self.cause, seconds, failure, self.is_start_pending)
        if any(not UP_TO_DATE.fullmatch(line) for line in self.lines):
            self.last = run
            self.is_outdated = code == 0  # it may read other files now
        self.ended(run)
        self._next()

    def _know(self, lines: Sequence[str]) -> None:
        """Take in which folders the graph reads: a file that appears there may be an input; of the root itself only the files that are named."""
        folders, files = set(), set()
        for line in lines:
            fixed = WILDCARDS.split(line)[0]
            folder = os.path.join(self.root, os.path.dirname(fixed))
            parts = line.split("/")
            if line.startswith(("/", "..")) or not IGNORED_FOLDERS.isdisjoint(parts):
                continue
            if os.path.realpath(folder) != self.root:
                folders.add(os.path.realpath(folder))
            else:
                files.add(os.path.join(self.root, line))
        files.add(os.path.join(self.root, DEFINITIONS))
        is_wider = not (folders <= self.folders and files <= self.files)
        self.folders, self.files = frozenset(folders), frozenset(files)
        self.knows()
        if is_wider:  # What was saved there since the tasks ran was not heard of.
            self.wanted.update(dict.fromkeys(self.tasks))

    def _keep(self) -> None:
        """Go on with what is known, and with the definitions, which a person is about to fix."""
        self.files |= {os.path.join(self.root, DEFINITIONS)}
        self.knows()


def _is_known(failure: Failure | None, known: Failure | None) -> bool:
    """Tell whether a failure is that of the run before."""
    if failure is None or known is None:
        return False
    return (failure.title, failure.message) == (known.title, known.message)


def without(delta: Delta, paths: set[str]) -> Delta:
    """Return a change without some files."""
    return Delta(delta.changed - paths, delta.appeared - paths, delta.vanished - paths)


def of_lines(lines: Sequence[str], root: str) -> Failure:
    """Return what a run has said of its failure, with the place that it names."""
    first = next((number for number, line in enumerate(lines) if FAILED.match(line)), 0)
    named = FAILED.match(lines[first]) if lines else None
    before = [
        line for line in lines[:first] if line.startswith("error: ")
    ]  # of what writes to the terminal itself
    after = [line.strip().removeprefix("| ") for line in lines[first + bool(named) :]]
    said = [line for line in (*before, *after) if not (OBVIOUS.match(line) or ENDED.fullmatch(line))]
    del said[MOST_LINES:]
    title = f"{named[1]} failed" if named else "the build failed"
    at, frame, column = next(
        ((at, *found) for at, line in enumerate(said) if (found := place(line, root))), (0, None, 0)
    )
    if frame is None:
        return Failure(title, "\n".join(said), text="\n".join(lines))
    while said[at + 1 :] and SOURCE.fullmatch(said[at + 1]):  # The frame has more of it.
        del said[at + 1]
    return Failure(title, "\n".join(said), frame.file, frame.line, (frame,), "\n".join(lines), column=column)


def place(line: str, root: str) -> tuple[Frame, int] | None:
    """Return the file of the project that a line of a tool names, with the source around it, and the column, 0 if it names none."""
    for pattern in PLACES:
        for found in pattern.finditer(line):
            file = os.path.normpath(os.path.join(root, found["file"]))
            if _is_in(file, root) and os.path.isfile(file):
                number = int(found["line"])
                return Frame(file, number, "", excerpt(file, number)), int(found["column"] or 0)
    return None


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)
