"""The engine in this process, on a disk that can die at any call that writes.

Commands are functions that do what the scripts of `graph_model` do. A death is an exception that is no `Exception`: from then on
every call that writes raises it, which leaves what a dead process leaves. What is not as in a process of its own: what listens while
`dodo.py` is loaded is replaced by what listens next, since Python forgets no audit hook; the modules of pytest count as not loaded;
nothing waits for the disk; the ledger is compacted early and few graphs are kept, so that both happen in small checkouts.
"""

from __future__ import annotations

import builtins
import contextlib
import fnmatch
import glob
import hashlib
import io
import os
import pathlib
import shutil
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from doit.task import dict_to_task
from graph_model import World

from buildgraph import check, rule
from buildgraph.act import command
from buildgraph.adapter import carry_out, loader
from buildgraph.adapter.definitions import make_plan
from buildgraph.decide.words import select
from buildgraph.layout import CERTIFICATES, GRAPHS, LEDGER
from buildgraph.observe import stamps
from buildgraph.observe.loading import module_files
from buildgraph.proof import certificate, certifier, contents, stored
from buildgraph.proof.certifier import Certifier
from buildgraph.proof.evidence import engine as engine_folders
from buildgraph.record import ledger
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock
from buildgraph.running import session
from buildgraph.running.loop import Loop, Settings
from buildgraph.running.reporter import Lines

WRITERS = ("write", "replace", "unlink", "mkdir", "rmdir", "truncate", "chmod", "utime")
ENGINES_TICK_NS = stamps.TICK_NS
LEAST_TICK_NS = 500_000
"""However fine the stamps of a file system are, two looks at the clock may be so far apart."""
OURS = (*engine_folders(), sys.executable)
"""What a process that runs the engine has loaded; what pytest has is left out."""


class Crash(BaseException):
    """The process has died."""


class Disk:
    """Counts the calls that write and fails from the n-th on; keeps in which modules it died."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left = -1
        self.lock = threading.Lock()
        self.deaths: Counter[str] = Counter()
        for name in WRITERS:
            patch.setattr(os, name, self._counted(name, getattr(os, name)))
        self.real_open, self.real_os_open = builtins.open, os.open
        patch.setattr(builtins, "open", self._open)
        patch.setattr(os, "open", self._os_open)

    def step(self) -> bool:
        """Return whether this call is the one that dies; raise if it comes after it."""
        with self.lock:
            if self.left < 0:
                return False
            if not self.left:
                raise Crash
            self.left -= 1
            if self.left:
                return False
            self.deaths[_writing_module()] += 1
            return True

    def _counted(self, name: str, real: Callable) -> Callable:
        def call(*arguments, **options):
            if self.step():
                if name == "write":
                    real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                raise Crash
            return real(*arguments, **options)

        return call

    def _open(self, path, mode="r", *arguments, **options):
        if "w" in mode and self.step():
            self.real_open(path, mode, *arguments, **options).close()
            raise Crash
        return self.real_open(path, mode, *arguments, **options)

    def _os_open(self, path, flags, *arguments, **options):
        if flags & os.O_CREAT and self.step():
            os.close(self.real_os_open(path, flags, *arguments, **options))
            raise Crash
        return self.real_os_open(path, flags, *arguments, **options)


def _writing_module() -> str:
    """Return which module of the engine is writing."""
    frame = sys._getframe(2)
    while frame is not None:
        _, is_ours, name = frame.f_globals["__name__"].partition("buildgraph.")
        if is_ours and name != "files":
            return name
        frame = frame.f_back
    return "?"


def _run_tool(words: Sequence[str], environ: dict, log: str) -> None:
    """Do what the scripts of the model do."""
    open(log, "w").close()
    if os.path.basename(words[0]).startswith("python"):
        _put_module(words[3], words[2])
        return
    program, salt, out, *patterns = words
    found = [path for pattern in patterns for path in sorted(glob.glob(pattern))]
    read = [path for path in found if not fnmatch.fnmatchcase(path, environ["WITHOUT"])]
    flavour = environ.get("FLAVOUR", "")
    if program == "bin/tree":
        os.makedirs(out, exist_ok=True)
        for path in read:
            _put(os.path.join(out, os.path.basename(path)), f"{salt}\n{path}\n{_text_of(path)}")
    elif program == "bin/tool":
        _put(out, "half")
        _put(out, f"{salt}\n{flavour}\n" + "".join(f"{path}\n{_text_of(path)}" for path in read))


def _put_module(out: str, salt: str) -> None:
    text = _text_of("lib/part.py")
    with open(out, "w") as file:
        file.write(salt + text[5:-2])


def _text_of(path: str) -> str:
    with open(path) as file:
        return file.read()


def _put(path: str, data: str) -> None:
    with open(path, "w") as file:
        file.write(hashlib.md5(data.encode()).hexdigest() + "  -\n")


def leave_only_traces(folder: pathlib.Path) -> None:
    """Take from a checkout its certificates, stored graphs and stamps: the next run reads all contents anew."""
    for path in (CERTIFICATES, GRAPHS):
        shutil.rmtree(folder / path, ignore_errors=True)
    known = Ledger(str(folder / LEDGER))
    known.load(is_writer=True)
    known.files.clear()
    known.compact()


class Engine:
    """The engine, and what came of its runs."""

    def __init__(self, folder: pathlib.Path, patch: pytest.MonkeyPatch) -> None:
        self.tick_ns = tick_of(folder)
        self.counts: Counter[str] = Counter()
        self.commands = 0
        """How many commands have run."""
        self.failing = 0
        """The number of the next command that fails, having written what it writes."""
        self.aimed = 0
        """The number of the call, counted from when a certificate and its graph are begun, at which the disk dies."""
        self.disk = Disk(patch)
        files = {path: stamp for path, stamp in module_files().items() if path.startswith(OURS)}
        for module in (loader, certifier):
            patch.setattr(module, "module_files", lambda: files)
        heard: deque[Callable] = deque(maxlen=1)
        sys.addaudithook(lambda *event: heard and heard[0](*event))
        patch.setattr(sys, "addaudithook", heard.append)
        patch.setattr(sys, "path", list(sys.path))
        patch.setitem(sys.modules, "dodo", None)
        patch.setenv("FLAVOUR", "")
        patch.setattr(threading, "excepthook", lambda _: None)
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(ledger, "COMPACT_BYTES", 1 << 11)
        patch.setattr(stored, "KEPT", 2)
        patch.setattr(stamps, "TICK_NS", ENGINES_TICK_NS)
        patch.setattr(session, "TICK_NS", self.tick_ns)
        # Not the clock that the lock's file tells, which is up to a tick of the kernel behind: stamps settle later by it.
        patch.setattr(session, "clock_ns", lambda: time.time_ns)
        patch.setattr(command, "run", self._run_command)
        patch.setattr(Loop, "run", _ending(Loop.run))
        patch.setattr(Certifier, "issue", self._aiming(Certifier.issue))
        patch.setattr(Certifier, "doubt", self._aiming(Certifier.doubt))
        patch.setattr(Certifier, "proved", self._counting("proved", Certifier.proved))
        patch.setattr(certificate, "holds", self._counting("held", certificate.holds))
        patch.setattr(contents, "issue", self._counting_issued(contents.issue))

    def run(self, world: World, words: Sequence[str]) -> tuple[int, str]:
        """Run as a person does, the certificate first; return the exit code and what was said.

        Stamps are trusted as soon as this file system allows, so that what was written just now can be certified.
        """
        stamps.TICK_NS = self.tick_ns
        os.environ["FLAVOUR"] = world.flavour
        said = certificate.holds(list(words))
        if said is not None:
            return 0, said
        told = io.StringIO()
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            return carry_out(list(words)), told.getvalue()

    def run_rules(self, world: World, workers: int) -> tuple[int, str]:
        """Run the model's rules without loading anything: no certificate, no stored graph, no command line."""
        stamps.TICK_NS = ENGINES_TICK_NS
        said = io.StringIO()
        source = {"check": check, "rule": rule, "os": os}
        tasks = []
        for node in world.nodes:
            if not node.is_removed:
                tasks.append(dict_to_task({"name": node.name, **eval(node.source(world.is_cached), source)}))
        plan = make_plan(tasks)
        select(plan, [], None)
        settings = Settings(workers=workers, is_caching=world.is_cached)
        environ = {**os.environ, **world.environ()} if world.is_cached else world.environ()
        loop = Loop(plan, Ledger(), Lock(), Lines(said), settings, environ)
        return loop.run(), said.getvalue()

    def look_at_everything(self, world: World) -> tuple[int, str]:
        """Run with nothing but the ledger's traces: all contents are read anew."""
        leave_only_traces(world.folder)
        return self.run(world, ["-r", "json"])

    def settle(self) -> None:
        """Wait until what was written is old enough to be certified."""
        time.sleep(1.5e-9 * self.tick_ns)

    def _run_command(self, words, environ, log, children) -> int:
        self.commands += 1
        _run_tool(words, environ, log)
        self.failing -= 1
        return int(self.failing == 0)

    def _aiming(self, real: Callable) -> Callable:
        def call(*arguments) -> None:
            if self.aimed:
                self.disk.left = self.aimed
            real(*arguments)

        return call

    def _counting(self, name: str, real: Callable) -> Callable:
        def call(*arguments):
            found = real(*arguments)
            self.counts[name] += bool(found)
            return found

        return call

    def _counting_issued(self, real: Callable) -> Callable:
        def issue(argv, text, *rest) -> None:
            real(argv, text, *rest)
            self.counts["doubted" if text is None else "issued"] += 1

        return issue


def _ending(real: Callable) -> Callable:
    """Give back what a process that ends gives back, however it ends: its threads, its lock and its files."""

    def run(loop: Loop) -> int:
        try:
            return real(loop)
        finally:
            loop.stop_work()
            loop.lock.release()
            if loop.ledger._file is not None:
                os.close(loop.ledger._file)

    return run


def tick_of(folder: pathlib.Path) -> int:
    """Return twice the nanoseconds between two times that the folder's file system can tell apart."""
    file, times = folder / "tick", []
    while len(times) < 4:
        file.write_bytes(b"1")
        changed = os.stat(file).st_ctime_ns
        if changed not in times:
            times.append(changed)
    file.unlink()
    return max(LEAST_TICK_NS, 2 * min(after - before for before, after in pairwise(times)))
