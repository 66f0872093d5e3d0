"""A supervisor over a small project, as real processes: start it, edit the project, ask it, and look at what is left of it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[3]
SECONDS = 15.0
POLL_SECONDS = 0.01

MAIN = """
import os, sys, threading, time
from app import words, views

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(float(environ["QUERY_STRING"] or 1))
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return stream(float(environ["QUERY_STRING"]))
    if path == "/post":
        body = environ["wsgi.input"].read()
        return answer(start_response, str(len(body)))
    if path == "/pid":
        return answer(start_response, str(os.getpid()))
    if path == "/error":
        raise ValueError("<b>from a view</b>")
    if path == "/html":
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [b"<html><head></head><body>", words.WORD.encode(), b"</body></html>"]
    return answer(start_response, words.WORD + views.SUFFIX)

def stream(seconds):
    for number in range(10):
        yield b"%d %s\\n" % (number, words.WORD.encode())
        time.sleep(seconds / 10)

def answer(start_response, text):
    body = text.encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""


def wait_until(condition: Callable[[], object], what: str = "it", seconds: float = SECONDS) -> object:
    """Wait for a condition and return what it returned; an error of the connection is a no."""
    deadline = time.monotonic() + seconds
    found: object = None
    while time.monotonic() < deadline:
        try:
            found = condition()
        except (OSError, http.client.HTTPException) as error:
            found = None
            last = error
        else:
            last = None
        if found:
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"{what} did not happen within {seconds:g} s ({last or found!r})")


class Answer:
    """What came back."""

    def __init__(self, status: int, body: bytes, headers: dict) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Served:
    """A supervisor over a project in a folder."""

    def __init__(self, folder: Path, *options: str, app: str = "app.main:application", environ: dict | None = None, port: int = 0, python: str = sys.executable, is_heard: bool = True, task: str = "") -> None:  # fmt: skip
        self.folder = folder
        self.port = port or free_port()
        words = [python, "-m", "buildgraph.serve", f"--app={app}", f"--bind=127.0.0.1:{self.port}", *options]
        if task:  # as who types it does
            words = [python, "-m", "buildgraph", "run", *options, task, f"--port={self.port}"]
        base = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.process = subprocess.Popen(
            words,
            cwd=folder,
            env={**base, "PYTHONPATH": str(ROOT), **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.is_heard = is_heard
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        if not self.is_heard:
            self.process.stdout.close()
            return
        for line in self.process.stdout:
            self.lines.append(line.decode("utf-8", "replace"))

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def boots(self) -> int:
        """Return how many times it has said that the application answers."""
        return self.output.count("answers after")

    # Asking

    def get(self, path: str = "/", seconds: float = SECONDS, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(
                "GET", path, headers={name.replace("_", "-"): each for name, each in headers.items()}
            )
            found = connection.getresponse()
            return Answer(found.status, found.read(), dict(found.getheaders()))
        finally:
            connection.close()

    def wait_for(self, text: str, path: str = "/", status: int = 200, seconds: float = SECONDS) -> Answer:
        """Ask until an answer has a text."""

        def asked() -> Answer | None:
            found = self.get(path)
            return found if text in found.text and found.status == status else None

        try:
            return wait_until(asked, f"an answer {status} with {text!r}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output}") from None

    def wait_for_line(self, text: str, after: int = 0) -> str:
        found = wait_until(
            lambda: next((line for line in self.lines[after:] if text in line), None), f"the line {text!r}"
        )
        return str(found)

    def status(self) -> dict:
        """Return the supervisor's own facts."""
        import json

        answer = self.get("/__serve__/status.json")
        if answer.status in (302, 307):
            port = int(answer.headers["Location"].split(":")[2].split("/")[0])
            other = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
            other.request("GET", "/__serve__/status.json")
            return json.loads(other.getresponse().read())
        return json.loads(answer.body)

    def wait_until_parked(self) -> None:
        """Wait until the copies are there that the next start may be forked from."""

        def is_done() -> bool:
            found = self.status()  # a worker answers some time before its supervisor knows
            return found["state"] != "booting" and not found["is_parking"]

        wait_until(is_done, "the parking of copies")

    # Editing

    def write(self, path: str, text: str | bytes) -> Path:
        """Save a file as most editors do: in place."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def replace(self, path: str, text: str) -> None:
        """Save a file as some editors do: under another name first, so that it is never half there."""
        self.write(f"{path}.tmp", text)
        os.replace(self.folder / f"{path}.tmp", self.folder / path)

    # Processes

    def processes(self) -> set[int]:
        """Return all processes that descend from the supervisor, itself included."""
        return descendants(self.process.pid)

    def stop(self, number: int = signal.SIGINT, seconds: float = SECONDS) -> float:
        """End it and return how long that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(seconds)
        return time.monotonic() - began

    def close(self) -> None:
        """End it, whatever happened to it."""
        mine = self.processes() if self.process.poll() is None else set()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in mine:
            if pid != self.process.pid and is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.reader.join(3)


def project(folder: Path) -> Path:
    """Write the small project."""
    files = {"__init__.py": "", "words.py": "WORD = 'one'\n", "views.py": "SUFFIX = '!'\n", "main.py": MAIN}
    for name, text in files.items():
        path = folder / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def copied(source: Path, target: Path) -> Path:
    """Copy a folder without bytecode, which the application writes and deletes meanwhile."""
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__")))


def removed(folder: Path) -> None:
    """Remove a folder, however often the application writes bytecode into it meanwhile."""

    def gone() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    wait_until(gone, f"the removal of '{folder}'")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Tell whether somebody else could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def descendants(pid: int) -> set[int]:
    """Return a process and all that descend from it (proc(5))."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] != b"Z":
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, rest = set(), [pid]
    while rest:
        one = rest.pop()
        found.add(one)
        rest += children.get(one, [])
    return found


def is_alive(pid: int) -> bool:
    try:
        return (Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split())[0] != b"Z"
    except OSError:
        return False


def left(pids: set[int]) -> set[int]:
    return {pid for pid in pids if is_alive(pid)}
