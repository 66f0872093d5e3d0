"""A checkout for tests: a copy of this repository's files, and its commands."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parents[2]
COMMAND_SECONDS = 300
ANSWER_SECONDS = 180  # a cold start on a busy machine
CHANGE_SECONDS = 30


def copy_files(target: Path) -> None:
    """Copy what git knows or would know, as it is on disk, without any state."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=HERE,
        capture_output=True,
        check=True,
    )
    for name in listing.stdout.decode().split("\0"):
        source = HERE / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def owners(folder: Path) -> set[int]:
    """Return the ids of the users who own a folder and anything in it."""
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Checkout:
    """A folder with the repository's files; commands run as from a person's terminal there."""

    def __init__(
        self, folder: Path, python: str = sys.executable, environment: Mapping[str, str] | None = None
    ) -> None:
        self.places = (folder, folder.with_name("moved elsewhere"))
        self.python = python
        self.environment = dict(environment or {})

    @property
    def folder(self) -> Path:
        """Return where it lies now; the disk says so, since another process may have moved it."""
        return next((each for each in self.places if each.exists()), self.places[0])

    def arguments(self, command: str | list[str]) -> list[str]:
        """Return the words of `python3 dodo.py …` or `doit …` with this checkout's programs."""
        words = command.split() if isinstance(command, str) else list(command)
        if words[0] == "python3":
            words[0] = self.python
        elif words[0] == "doit":
            words[0] = str(self.folder / ".venv/bin/doit")
        return words

    def start(self, command: str | list[str]) -> subprocess.Popen[str]:
        """Start a command at the head of a process group, as a shell does."""
        environment = {**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"}
        for name in ("VIRTUAL_ENV", "DATABASE_URL", "WAREHOUSE_FILES", "PYTEST_XDIST_WORKER"):
            environment.pop(name, None)
        return subprocess.Popen(
            self.arguments(command),
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str | list[str], code: int = 0) -> str:
        """Run a command to its end, check its exit code and return what it printed."""
        process = self.start(command)
        output, _ = process.communicate(timeout=COMMAND_SECONDS)
        assert process.returncode == code, f"{command} ended with {process.returncode}:\n{output}"
        return output

    @contextmanager
    def serving(self, *options: str) -> Iterator["Served"]:
        """Serve on a free port for a block of code, and end it as Ctrl-C does."""
        port = free_port()
        process = self.start(["python3", "dodo.py", "serve", f"--port={port}", *options])
        served = Served(process, port)
        try:
            served.wait_for(lambda: "answers after" in served.output, "it answers", ANSWER_SECONDS)
            assert served.status("/") == 200
            yield served
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            served.code = process.wait(30)
            served.reader.join(10)

    def processes(self) -> list[str]:
        """Return the command lines of all processes that run from or in this checkout (proc(5), Linux)."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                folder = os.readlink(process / "cwd")
            except OSError:
                continue
            if process.name != str(os.getpid()) and (
                str(self.folder) in words or folder.startswith(str(self.folder))
            ):
                found.append(words)
        return found


@contextmanager
def edited(path: Path, text: str) -> Iterator[None]:
    """Write a file, and put back what it held afterwards, whatever happens."""
    before = path.read_text("utf-8")
    path.write_text(text, "utf-8")
    try:
        yield
    finally:
        path.write_text(before, "utf-8")


class Served:
    """A running `doit serve`: its output as it comes, and its address."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.lines: list[str] = []
        self.code: int | None = None
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        self.lines.extend(self.process.stdout or ())

    @property
    def output(self) -> str:
        """Return what was printed so far."""
        return "".join(self.lines)

    def status(self, path: str) -> int:
        """Return the status of a request, 0 if nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def read(self, path: str, language: str = "en") -> str:
        """Return the body of a page, in a language."""
        asked = urllib.request.Request(self.url + path, headers={"Accept-Language": language})
        with urllib.request.urlopen(asked, timeout=30) as response:
            return response.read().decode()

    def stylesheet(self) -> str:
        """Return the text of the sheet that the home page links to."""
        name = re.search(r'href="(/static/css/warehouse\.[^"]+\.css)"', self.read("/"))
        assert name, "the home page links no sheet"
        return self.read(name[1])

    @contextmanager
    def expecting(self, text: str) -> Iterator[None]:
        """Do something, and wait until a text is printed that was not there before."""
        before = len(self.output)
        yield
        self.wait_for(lambda: text in self.output[before:], f"it prints {text!r}")

    def wait_for(self, condition, what: str, seconds: float = CHANGE_SECONDS) -> None:
        """Wait until a condition holds; fail with the output if it does not, or if the command ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except (OSError, AssertionError):
                pass
            assert self.process.poll() is None, f"serve ended while waiting until {what}:\n{self.output}"
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {what}\n{self.output}")
