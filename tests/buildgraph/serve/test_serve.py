"""Serving a small application of its own: what a person sees of the supervisor."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from buildgraph import serve
from tests.e2e.checkout import free_port

ROOT = Path(__file__).parents[3]
SECONDS = 20
APPLICATION = """
import http.server, socket, sys
from app import words
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(words.WORD.encode())
    def do_HEAD(self):
        breakpoint()
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


class Served:
    """A supervisor, and what it printed so far."""

    def __init__(self, host: str, port: str) -> None:
        words = serve.command([sys.executable, "app/main.py", host, "{port}"], ["app"], {}, {})
        words = [word.replace("{host}", host).replace("{port}", port) for word in words[1:]]
        self.process = subprocess.Popen(
            [sys.executable, *words],
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}.", "PYTHONDONTWRITEBYTECODE": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(
            target=lambda: self.lines.extend(self.process.stdout or ()), daemon=True
        )
        self.reader.start()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str, after: int = 0) -> str:
        """Wait for a line with a text, and return it."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = [line for line in self.lines[after:] if text in line]
            if found:
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"{text!r} was not printed:\\n{self.output}")

    def expect(self, text: str, act: Callable[[], object]) -> None:
        """Do something, and wait for a line that was not there before."""
        before = len(self.lines)
        act()
        self.wait_for(text, before)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Served]]:
    """Serve a small application."""
    monkeypatch.chdir(tmp_path)
    Path("app").mkdir()
    Path("app/__init__.py").write_text("")
    Path("app/words.py").write_text("WORD = 'one'\n")
    Path("app/main.py").write_text(APPLICATION)
    made: list[Served] = []

    def begin(host: str = "127.0.0.1", port: str = "") -> Served:
        made.append(Served(host, port or str(free_port())))
        return made[-1]

    yield begin
    for each in made:
        each.process.send_signal(signal.SIGINT)
        each.process.wait(20)
        each.reader.join(5)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):  # it is just starting
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def read(line: str) -> str:
    """Return the page at the address that a line names."""
    with urlopen(line.split()[1], timeout=10) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "localhost"])
def test_the_printed_address_answers(start, host):
    assert read(start(host).wait_for("answers after")) == "one"


def test_port_0_is_any_free_one_and_it_is_said_which(start):
    line = start(port="0").wait_for("answers after")

    assert ":0 " not in line and read(line) == "one"


def test_the_application_is_asked_for_no_page(start):
    served = start()
    line = served.wait_for("answers after")

    assert read(line) == "one"
    assert "Pdb" not in served.output and "Traceback" not in served.output, served.output


def test_code_in_a_replaced_folder_is_served_and_followed(start):
    served = start()
    line = served.wait_for("answers after")

    def away_and_back() -> None:
        os.rename("app", "app.away")
        shutil.copytree("app.away", "app")
        shutil.rmtree("app.away")

    served.expect("answers after", away_and_back)
    Path("app/words.py").write_text("WORD = 'another'\n")

    wait_until(lambda: read(line) == "another")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("127.0.0.1", "abc"), "error: 'abc' is not a port. Take a number up to 65535: '--port=8000'; 0 is any that is free.\n"),
        (("127.0.0.1", "70000"), "error: '70000' is not a port. Take a number up to 65535: '--port=8000'; 0 is any that is free.\n"),
        (("192.0.2.1", "8741"), "error: '192.0.2.1' is not an address of this machine. Take an address of this machine: '--host=127.0.0.1'.\n"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_served_at_is_one_sentence(start, options, message):
    served = start(*options)

    assert served.process.wait(20) == 1
    served.reader.join(5)
    assert served.output == message


def test_an_edit_of_equal_size_and_time_is_served(start):
    served = start()
    line = served.wait_for("answers after")
    assert read(line) == "one"
    before = Path("app/words.py").stat()
    for word in ("two", "six"):

        def save(word: str = word) -> None:
            Path("app/words.py").write_text(f"WORD = '{word}'\n")
            os.utime("app/words.py", ns=(before.st_atime_ns, before.st_mtime_ns))

        served.expect("answers after", save)
        assert read(line) == word
