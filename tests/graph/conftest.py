"""Small checkouts in which the real engine runs in real processes."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator

import doit
import pytest

ROOT = pathlib.Path(__file__).parents[2]
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
PYTHONS = (sys.executable, "/usr/bin/python3")
"""What nobody may start: the tests' own Python can be in a folder of root's."""
MOUNT = 'mount -t tmpfs -o size=1m,nr_inodes=100 none "$0" && exec "$@"'

ZYGOTE = """
import json, os, sys, traceback
import buildgraph.adapter.front, buildgraph.adapter.run, buildgraph.adapter.commands, buildgraph.adapter.loader
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
        from buildgraph.adapter import main
        code = main(order["argv"])
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush(); sys.stderr.flush()
    os._exit(code)
print(os.getpid(), flush=True)
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
    """A zygote, started by the words before it."""

    def __init__(self, *words: str, python: str = sys.executable, path: str = str(ROOT), **options) -> None:
        self.process = subprocess.Popen(
            [*words, python, "-c", ZYGOTE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            **options,
        )
        self.pid = int(self.process.stdout.readline() or 0)

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

    @property
    def succeeded(self) -> list[str]:
        return [event["task"] for event in self.events if event["event"] == "succeeded"]

    def __repr__(self) -> str:
        return f"exit code {self.code}\n{self.text}"


class Checkout:
    """A folder with a `dodo.py`."""

    def __init__(self, engine: Engine, folder: pathlib.Path) -> None:
        self.engine = engine
        self.folder = folder
        self.outputs = folder.parent / (folder.name + "-output")
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
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
            "environ": {**self.environ, **(environ or {})},
            "output": str(self.outputs / str(self.count)),
        }
        (self.outputs / str(self.count)).touch()
        (self.outputs / str(self.count)).chmod(0o666)
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


@pytest.fixture
def another(engine: Engine) -> Callable[[pathlib.Path], Checkout]:
    """Makes a checkout of any folder."""
    return lambda folder: Checkout(engine, folder)


@pytest.fixture
def counting() -> type[str]:
    """A kind of text that counts in `compared` how often two of it are compared."""

    class Counting(str):
        __hash__ = str.__hash__
        compared = 0

        def __eq__(self, other):
            Counting.compared += 1
            return str.__eq__(self, other)

    return Counting


@pytest.fixture(scope="session")
def nobodys_engine() -> Iterator[Engine]:
    """An engine that nobody runs."""
    path = os.pathsep.join([str(ROOT), str(pathlib.Path(doit.__file__).parents[1])])
    for python in PYTHONS:
        with contextlib.suppress(PermissionError, FileNotFoundError):
            engine = Engine(python=python, path=path, stderr=subprocess.DEVNULL, **NOBODY)
            if engine.pid:
                yield engine
            engine.close()
            if engine.pid:
                return
    pytest.skip("there is no Python that nobody may start and that may read these modules")


@pytest.fixture
def ordinary(request: pytest.FixtureRequest) -> Iterator[Checkout]:
    """A checkout of a user whom permissions bind: of nobody, if the tests are run by root."""
    if os.geteuid():
        yield request.getfixturevalue("checkout")
        return
    engine = request.getfixturevalue("nobodys_engine")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        checkout = Checkout(engine, pathlib.Path(folder) / "checkout")
        os.chown(checkout.folder, NOBODY["user"], NOBODY["group"])
        yield checkout


@pytest.fixture(scope="session")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, pathlib.Path]]:
    """An engine that has mounted a disk of one megabyte for itself alone, and the folder in which others see it."""
    folder = tmp_path_factory.mktemp("small") / "checkout"
    folder.mkdir()
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, str(folder)]
    try:
        is_mounted = not subprocess.run([*words, "true"], capture_output=True).returncode
    except FileNotFoundError:
        is_mounted = False
    if not is_mounted:
        pytest.skip("this machine allows no mount namespaces, so there is no small disk")
    engine = Engine(*words)
    yield engine, pathlib.Path(f"/proc/{engine.pid}/root{folder}")
    engine.close()


@pytest.fixture
def small(small_disk: tuple[Engine, pathlib.Path]) -> Iterator[Checkout]:
    """A checkout that is all there is on a disk of one megabyte."""
    checkout = Checkout(*small_disk)
    yield checkout
    for path in checkout.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
