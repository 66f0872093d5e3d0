"""Around: what there is besides the application: the graph that makes what it uses, other programs, files that it reads again by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from buildgraph.colour import STYLES, Palette, marked

from . import console
from .beside import Companion, Keeper, Talker, is_coloured, prefixed
from .builds import DONE
from .digests import Delta
from .failures import Failure
from .graph import NAME, Built, Graph, without
from .loop import Loop
from .voice import Voice

TIMED = ("failed", DONE)


@dataclass(frozen=True)
class Given:
    """What is named on the command line; paths are relative to the root."""

    live: tuple[str, ...] = ()  # what the application reads again by itself
    ground: tuple[
        str, ...
    ] = ()  # what it stands on and does not read: another content is a reason to start again
    tasks: tuple[str, ...] = ()  # what makes what it uses
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # path → tasks, and then a start
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # name → words
    banner: Mapping[str, str] = field(default_factory=dict)  # name → what a person is told
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # name → words of a supervisor


class Listener(Protocol):
    """Who is told, and says what is to be said."""

    voice: Voice

    def built(self, run: Built) -> None: ...
    def follow(self, folders: list[str], files: Collection[str]) -> None: ...


class Around:
    """The graph and the programs, and what has become of them."""

    def __init__(self, loop: Loop, keeper: Keeper, root: str, given: Given, listener: Listener) -> None:
        self.listener = listener
        self.names = [NAME, *given.programs, *given.apart]
        self.is_coloured = is_coloured(os.environ)
        self.paint = Palette(self.is_coloured)
        self.live = tuple(os.path.join(root, path.rstrip("/")) + os.sep for path in given.live)
        self.ground = frozenset(os.path.realpath(os.path.join(root, path)) for path in given.ground)
        self.companions = [
            Companion(loop, keeper, root, name, words, self.print) for name, words in given.programs.items()
        ]
        self.apart = [
            Companion(loop, keeper, root, name, words, self.print) for name, words in given.apart.items()
        ]
        self.graph = Graph(
            loop,
            keeper,
            root,
            given.tasks,
            given.asked,
            lambda line, style: self.print(NAME, line, style),
            self._built,
            self._known,
        )
        self.failure: Failure | None = None  # of the last run of tasks
        self.is_code_changed = False

    def begin(self) -> None:
        """Know what the graph reads, and have the services run, which follow their code themselves."""
        self.graph.begin()
        for each in self.apart:
            each.want(False)

    def is_live(self, path: str) -> bool:
        """Tell whether the application reads a file again by itself."""
        return path.startswith(self.live)

    def take(
        self, delta: Delta, reads: Collection[str], why: Callable[[list[str]], str]
    ) -> tuple[Delta, Delta]:
        """Have the graph make what a change asks for; return what else has changed: of the application, and of what it reads by itself."""
        rest = self.graph.take(delta, reads, why)
        live = {path for path in rest.all if self.is_live(path)}
        return without(rest, live), without(rest, set(rest.all - live))

    def note_code(self) -> None:
        """Know that the programs' code may have changed."""
        self.is_code_changed = True

    def answers(self) -> None:
        """Have the programs run, since the application does."""
        is_changed, self.is_code_changed = self.is_code_changed, False
        for each in self.companions:
            each.want(is_changed)

    def end(self) -> None:
        """Have all end."""
        self.graph.end()
        for each in (*self.companions, *self.apart):
            each.end()

    def kill(self) -> None:
        """End all that runs, now."""
        for each in self._talkers():
            each.signal(signal.SIGKILL)

    @property
    def pids(self) -> list[int]:
        """Return the processes that run."""
        return [pid for each in self._talkers() if (pid := each.pid)]

    def take_end(self, pid: int, code: int) -> None:
        """Take in the end of a process that may be one of these."""
        for each in self._talkers():
            if each.pid == pid:
                each.take_end(code)

    def _talkers(self) -> list[Talker]:
        return [self.graph.talker, *(each.talker for each in (*self.companions, *self.apart))]

    def facts(self) -> dict:
        """Return the programs and the last run of tasks, for the status page."""
        last = self.graph.last
        run = last and {
            "tasks": list(last.tasks),
            "why": last.why,
            "seconds": last.seconds,
            "failed": bool(last.failure),
        }
        programs = [
            {"kind": each.name, "pid": each.talker.pid, "what": f"started {each.starts} times"}
            for each in (*self.companions, *self.apart)
        ]
        return {
            "programs": programs,
            "build": run,
            "is_building": self.graph.is_busy,
            "build_reads": len(self.graph.folders),
        }

    def print(self, name: str, line: str, style: str = "") -> None:
        """Show a line with the name of who has said it, and the time if it begins or ends something."""
        said = marked(console.printable(line), self.paint)
        text = prefixed(
            name,
            self.paint(style, said) if style in STYLES else said,
            self.names.index(name),
            self.is_coloured,
        )
        self.listener.voice.say(f"{console.clock(self.paint) if style in TIMED else ''}{text}")

    def _known(self) -> None:
        self.listener.follow(self.graph.roots(), self.graph.files)

    def _built(self, run: Built) -> None:
        self.failure = run.failure
        self.listener.built(run)
