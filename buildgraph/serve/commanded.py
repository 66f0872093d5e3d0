"""Commanded: the supervisor of an application that is a command and listens by itself: watch files, feed the table, carry out what it says."""

import argparse
import os
import queue
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from buildgraph.act.bytecode import distrust_all
from buildgraph.act.signals import Handled

from . import PORT
from .address import Address, parse
from .changes import Change, Watched, classify, first_syntax_error
from .machine import Action, Event, State, step
from .port import free, require_free
from .readiness import wait_until_accepted
from .watching import Watch

GRACE_SECONDS = 5.0  # how long the application may take to end by itself
TICK_SECONDS = 0.1  # how often the supervisor looks whether the application ended or it is itself to end
SHOWN_FILES = 3
NO_CHANGE = Change()


class Supervisor:
    """The application's process, and the state it is in."""

    def __init__(self, application: list[str], watched: Watched, address: Address) -> None:
        self.application = application
        self.watched = watched
        self.address = address
        self.state = State.DOWN
        self.process: subprocess.Popen[bytes] | None = None
        self.pending = (
            NO_CHANGE  # what was asked for and is not done: its code was broken, or its tasks failed
        )
        self.has_ended = threading.Event()
        self.changes: queue.SimpleQueue[Change] = queue.SimpleQueue()

    def run(self) -> int:
        """Supervise until interrupted; return the exit code."""
        with Handled(lambda _number: self.has_ended.set()):
            return self.supervise()

    def supervise(self) -> int:
        """Follow changes and carry out what they ask for until the end; return the exit code."""
        self.watch()
        self.feed(Event.BEGIN)
        while not self.has_ended.is_set():
            try:
                change = self.changes.get(timeout=TICK_SECONDS)
            except queue.Empty:
                if self.process and self.process.poll() is not None:
                    self.feed(Event.EXITED)
                continue
            self.take(change)
        self.feed(Event.INTERRUPTED)
        return 130

    def watch(self) -> None:
        """Hand on what changes, also while the application starts or tasks run."""
        Watch(self.watched.roots, self.has_ended, self.note, _say).start()

    def note(self, paths: list[str]) -> None:
        """Keep what changed files ask for until there is time for it."""
        change = classify(map(_relative, paths), self.watched)
        if change.files:
            self.changes.put(change)

    def take(self, change: Change) -> None:
        """Turn changed files into events."""
        self.pending = change = self.pending.and_then(change)
        broken = first_syntax_error(path for path in change.files if path.endswith(".py"))
        if broken:
            print(f"serve: {broken}", file=sys.stderr, flush=True)
            self.feed(Event.CODE_BROKEN)
        elif change.tasks:
            self.feed(Event.INPUTS_CHANGED, change)
        else:
            self.pending = NO_CHANGE
            print(f"serve: {_names(change.files)} changed", flush=True)
            self.feed(Event.CODE_CHANGED)

    def feed(self, event: Event, change: Change = NO_CHANGE) -> None:
        """Ask the table and do what it says."""
        self.state, actions = step(self.state, event)
        for action in actions:
            if action is Action.START:
                self.start()
            elif action is Action.STOP:
                self.stop()
            elif action is Action.SAY_WAITING:
                self.say_waiting(event)
            elif not build(change.tasks):
                self.feed(Event.BUILD_FAILED)
            else:
                self.pending = NO_CHANGE
                self.feed(Event.BUILT_NEW_GROUND if change.needs_restart else Event.BUILT)

    def start(self) -> None:
        """Start the application, from no bytecode of another content; a thread says when it answers."""
        distrust_all()
        try:
            self.process = subprocess.Popen(self.application)
        except OSError as error:
            print(
                f"serve: cannot start '{self.application[0]}': {error.strerror}", file=sys.stderr, flush=True
            )
            return
        threading.Thread(target=say_when_it_answers, args=(self.process, self.address), daemon=True).start()

    def stop(self) -> None:
        """End the application: ask, wait for the grace period, then insist."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            print(
                f"serve: the application did not end within {GRACE_SECONDS:.0f} s and is killed", flush=True
            )
            process.kill()
            process.wait()

    def say_waiting(self, event: Event) -> None:
        """Say that nothing is needed but a corrected file."""
        if event is Event.EXITED:
            code = self.process.returncode if self.process else 1
            self.process = None
            what = f"the application ended with code {code}"
        elif self.state is State.UP:
            what = "the running application stays as it is"
        else:
            what = "the application is not running"
        print(f"serve: {what}; waiting for a changed file", file=sys.stderr, flush=True)


def say_when_it_answers(process: subprocess.Popen[bytes], address: Address) -> None:
    """Print how long the application took until it accepted a connection."""
    seconds = wait_until_accepted(address.reachable, lambda: process.poll() is None)
    if seconds is not None:
        print(f"serve: {address.url} answers after {seconds:.1f} s", flush=True)


def build(tasks: tuple[str, ...]) -> bool:
    """Run the tasks that make what changed, as a person would; tell whether they succeeded."""
    return subprocess.run([sys.executable, "-m", "buildgraph", *tasks], check=False).returncode == 0


def main(argv: list[str]) -> int:
    """Read the command line and supervise."""
    parser = argparse.ArgumentParser(prog="serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8000")
    for kind in ("code", "built", "ground"):
        parser.add_argument(f"--{kind}", action="append", default=[])
    end = argv.index("--")
    given = parser.parse_args(argv[:end])
    address = parse(given.host, given.port)
    require_free(address.host, address.port)
    address = replace(address, port=address.port or free(address.host))
    program, *arguments = (word.replace(PORT, str(address.port)) for word in argv[end + 1 :])
    watched = Watched(tuple(given.code), _tasks(given.built), _tasks(given.ground))
    application = [str(Path(program).absolute()), *arguments]
    return Supervisor(application, watched, address).run()


def _tasks(words: list[str]) -> dict[str, tuple[str, ...]]:
    """Read `PATH=TASK,TASK` words."""
    return {path: tuple(tasks.split(",")) for path, _, tasks in (word.partition("=") for word in words)}


def _names(files: tuple[str, ...]) -> str:
    more = f" and {len(files) - SHOWN_FILES} more" if len(files) > SHOWN_FILES else ""
    return ", ".join(files[:SHOWN_FILES]) + more


def _say(text: str) -> None:
    print(f"serve: {text}", file=sys.stderr, flush=True)


def _relative(path: str) -> str:
    return Path(os.path.relpath(path)).as_posix()
