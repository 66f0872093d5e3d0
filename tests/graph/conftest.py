"""Small checkouts in which the real engine runs in real processes."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[2]

ZYGOTE = """
import json, os, sys, traceback
import buildgraph.engine.front, buildgraph.engine.run, buildgraph.engine.commands, buildgraph.engine.loader
import doit.cmd_clean, subprocess, difflib, fnmatch
def serve(order):
    os.setpgid(0, 0)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environ"])
    out = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(out, number)
    code = 70
    try:
        from buildgraph.engine import main
        code = main(order["argv"])
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush(); sys.stderr.flush()
    os._exit(code)
for line in sys.stdin:
    order = json.loads(line)
    if "wait" in order:
        _, status = os.waitpid(order["wait"], 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        continue
    pid = os.fork()
    if not pid:
        serve(order)
    print(pid, flush=True)
"""
"""A process that has imported the engine and forks for each run: a run costs milliseconds, and can really be killed."""


class Engine:
    """The zygote of one test session."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ZYGOTE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def ask(self, order: dict) -> int:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Run:
    """A run of the engine: its exit code, what it printed, which tasks it started."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    @property
    def started(self) -> list[str]:
        return [event["task"] for event in self.events if event["event"] == "started"]

    def __repr__(self) -> str:
        return f"exit code {self.code}\n{self.text}"


class Checkout:
    """A folder with a `dodo.py`."""

    def __init__(self, engine: Engine, folder: pathlib.Path) -> None:
        self.engine = engine
        self.folder = folder
        self.outputs = folder.parent / (folder.name + "-output")
        self.count = 0
        folder.mkdir(parents=True, exist_ok=True)
        self.outputs.mkdir(exist_ok=True)

    def dodo(self, text: str) -> None:
        self.write("dodo.py", "from buildgraph import check, rule, service\n" + textwrap.dedent(text))

    def write(self, path: str, text: str) -> pathlib.Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()

    def exists(self, path: str) -> bool:
        return os.path.lexists(self.folder / path)

    def start(self, *argv: str, environ: dict[str, str] | None = None) -> int:
        """Start a run and return its process id."""
        self.count += 1
        order = {
            "cwd": str(self.folder),
            "argv": list(argv),
            "environ": {"PATH": os.environ["PATH"], "HOME": str(self.folder), **(environ or {})},
            "output": str(self.outputs / str(self.count)),
        }
        (self.outputs / str(self.count)).touch()
        self.last = (self.engine.ask(order), self.outputs / str(self.count))
        return self.last[0]

    def wait(self, pid: int | None = None) -> Run:
        pid, output = self.last if pid is None else (pid, self.last[1])
        code = self.engine.ask({"wait": pid})
        return Run(code, output.read_text(errors="replace"))

    def run(self, *argv: str, environ: dict[str, str] | None = None) -> Run:
        """Run the engine to its end."""
        self.start(*argv, environ=environ)
        return self.wait()

    def build(self, *argv: str, environ: dict[str, str] | None = None) -> list[str]:
        """Run the engine, expect success, and return which tasks it started."""
        run = self.run("-r", "json", *argv, environ=environ)
        assert run.code == 0, run
        return run.started

    def kill(self) -> None:
        """Kill the last run and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.last[0], signal.SIGKILL)
        self.engine.ask({"wait": self.last[0]})


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def checkout(engine: Engine, tmp_path: pathlib.Path) -> Checkout:
    return Checkout(engine, tmp_path / "checkout")
