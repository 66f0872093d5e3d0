"""Waiting: what is at an address while what is served there cannot be made: the failure, until a save mends it. `doit` starts it in the place of the service.

It ends with 0 once the tasks are made.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
from collections.abc import Collection

from buildgraph import command
from buildgraph.act.address import Address, read
from buildgraph.act.port import listen
from buildgraph.colour import Palette
from buildgraph.serving import FAILED

from . import console, editors, page, processes, system
from .around import Around, Given
from .beside import KILL_SECONDS, is_coloured
from .browsers import Browsers
from .digests import Delta
from .edits import Edits
from .failures import Failure
from .graph import Built, of_lines
from .loop import Loop
from .news import News
from .pages import Counter, Desk
from .voice import Voice

INTERRUPTED = 130


class Waiting:
    """The address, the failure that is shown there, and the tasks that run when something is saved."""

    def __init__(
        self, listener: socket.socket, address: Address, tasks: tuple[str, ...], failed: Failure
    ) -> None:
        self.root = os.path.realpath(os.getcwd())
        self.listener = listener
        self.address = address
        self.tasks = tasks
        self.failure = failed
        self.loop = Loop()
        self.voice = Voice()
        self.warden = processes.Warden()
        self.paint = Palette(is_coloured(os.environ))
        self.code = INTERRUPTED
        editor = editors.template(os.environ)
        self.news = News(self._now)
        self.browsers = Browsers(self.news, editor, lambda: False, lambda: self.around.graph.is_busy)
        self.edits = Edits(self.loop, (self.root,), self.say, lambda _: None, self._settled)
        self.around = Around(self.loop, self.warden, self.root, Given(tasks=tasks), self)
        self.around.graph.failure = failed
        desk = Desk(lambda: self.failure, self._facts, self._page, self._try_again, self.news, editor)
        self.counter = Counter(desk)

    def run(self) -> int:
        """Wait until the tasks are made, or until interrupted; return the exit code."""
        system.become_subreaper()
        names = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        restore = self.loop.on_signals({**dict.fromkeys(names, self._end), signal.SIGCHLD: self._reap})
        self.loop.on_readable(self.listener, lambda: self.counter.take(self.listener))
        self.say(f"waiting for a changed file; {self.address.url} shows this, too; Ctrl-C ends it")
        try:
            self.edits.begin()
            self.around.begin()
            self.loop.run()
        finally:
            self.edits.close()
            self.around.kill()
            self.warden.end()
            restore()
            self.voice.close()
        return self.code

    def say(self, text: str, is_error: bool = True) -> None:
        self.voice.say(f"{console.clock(self.paint)}serve: {text}", is_error)

    def follow(self, folders: list[str], files: Collection[str]) -> None:
        """Follow what the tasks read."""
        self.edits.follow_folders(folders)
        self.edits.add(files)

    def built(self, run: Built) -> None:
        """Take in that the tasks have run: show how they failed, or end."""
        if run.failure:
            self.failure = run.failure
            self.browsers.tell_broken(run.failure)
        elif not self.around.graph.is_ending:
            self.code = 0
            self._end()

    def _settled(self, delta: Delta, since: float) -> None:
        self.around.take(delta, (), lambda paths: console.names(paths, self.root))

    def _try_again(self) -> None:
        self.loop.call(self.around.graph.run_all)

    def _reap(self) -> None:
        for pid, code, stopped_by in processes.reap():
            if not stopped_by:
                self.around.take_end(pid, code)
        self._end_if_gone()

    def _end(self) -> None:
        """End what runs, and then this."""
        self.around.end()
        self.loop.at("over", KILL_SECONDS, self._over)
        self._end_if_gone()

    def _end_if_gone(self) -> None:
        if self.around.graph.is_ending and not self.around.pids:
            self._over()

    def _over(self) -> None:
        self.loop.is_over = True

    def _now(self) -> dict:
        shown = self.browsers.shown(self.failure)
        return {"instance": processes.instance(), "generation": 0, "is_serving": False, "failure": shown}

    def _facts(self) -> dict:
        return {"state": "waiting", "failure": self.failure.title, **self.around.facts()}

    def _page(self) -> str:
        return page.html(self.failure, "", "")


def main(argv: list[str]) -> int:
    """Read the command line and wait."""
    parser = argparse.ArgumentParser(prog="python -m buildgraph.serve.waiting", allow_abbrev=False)
    parser.add_argument("--bind", required=True, metavar="HOST:PORT")
    parser.add_argument("--task", action="append", required=True, metavar="TASK")
    given = parser.parse_args(argv)
    address = read(given.bind)
    with listen(address.host, address.port) as listener:
        address = Address(address.host, listener.getsockname()[1])
        # Taken out, so that what is started from here does not inherit it.
        failed = of_lines(os.environ.pop(FAILED, "").splitlines(), os.path.realpath(os.getcwd()))
        return Waiting(listener, address, tuple(given.task), failed).run()


if __name__ == "__main__":
    command.run(main)
