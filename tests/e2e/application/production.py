"""The web process and the worker as production runs them, for tests and measurements that talk to them from outside."""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy.engine import URL

ROOT = Path(__file__).parents[3]
HOST = "index.example.org"  # production answers to its own name only
SECRET = "of nobody" * 4
BOUNDARY = "6f0a3d5c-of-this-form"
PATIENCE_SECONDS = 60.0
STOPPING_SECONDS = 30.0
Fields = list[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Answer:
    """What came of a request; a status of 0 is a connection that was closed without one."""

    status: int
    body: bytes
    seconds: float
    cookie: str = ""


@dataclass(frozen=True)
class Web:
    """A running web process."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """Ask on a connection of its own."""
        began, connection = time.monotonic(), HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, {"Host": HOST} | dict(headers))
            response = connection.getresponse()
            answer = response.status, response.read()
        except (ConnectionError, HTTPException):
            return Answer(0, b"", time.monotonic() - began)
        finally:
            connection.close()
        cookie = (response.getheader("Set-Cookie") or "").partition(";")[0]
        return Answer(*answer, time.monotonic() - began, cookie)

    def upload(self, fields: Fields, filename: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Upload as twine does."""
        body = form(fields, filename, content)
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.ask("/legacy/", method="POST", body=body, headers=kind | dict(headers))

    def resident_bytes(self) -> int:
        """Return the memory that the process holds (proc(5), so on Linux only)."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf(
            "SC_PAGE_SIZE"
        )


class Person:
    """Somebody at the forms, whose session outlives the web process."""

    def __init__(self, web: Web, username: str, password: str) -> None:
        self._cookie = self._token = ""
        self._read(web, "/account/login/")
        self.post(web, "/account/login/", username=username, password=password)
        self._read(web, "/account/")

    def post(self, web: Web, path: str, **fields: str) -> Answer:
        """Send a form."""
        body = urlencode(fields | {"csrf_token": self._token}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{HOST}"}
        return self._ask(web, path, method="POST", body=body, headers=kind)

    def _read(self, web: Web, path: str) -> None:
        found = re.search(rb'name="csrf_token" value="([^"]+)"', self._ask(web, path).body)
        self._token = found[1].decode() if found else ""

    def _ask(self, web: Web, path: str, *, headers: Mapping[str, str] = {}, **more: Any) -> Answer:
        answer = web.ask(path, headers={"Cookie": self._cookie, **headers}, **more)
        self._cookie = answer.cookie or self._cookie
        return answer


def form(fields: Fields, filename: str, content: bytes) -> bytes:
    """Return a form with a file, as bytes: what is in it need not be text."""
    parts = [f'name="{name}"'.encode() + _value(value) for name, value in fields]
    parts.append(
        f'name="content"; filename="{filename}"\r\n\r\n'.encode("utf-8", "surrogateescape") + content
    )
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
    return b"".join(head + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


def upload_form(content: bytes, name: str, version: str, filetype: str = "bdist_wheel") -> Fields:
    """Return the fields that every upload has."""
    return [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("metadata_version", "2.1"),
        ("name", name),
        ("version", version),
        ("filetype", filetype),
        ("pyversion", "py3"),
        ("sha256_digest", hashlib.sha256(content).hexdigest()),
    ]


def production(url: URL, files: Path) -> dict[str, str]:
    """Return the environment of processes that serve this database and this folder."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WAREHOUSE_")} | {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "WAREHOUSE_FILES": str(files),
        "WAREHOUSE_MODE": "production",
        "WAREHOUSE_PYTHON": "accept-known-holes",
        "WAREHOUSE_SECRET": SECRET,
        "WAREHOUSE_SITE": f"https://{HOST}",
    }


@contextmanager
def web(environment: Mapping[str, str]) -> Iterator[Web]:
    """Run a web process until the end of the block."""
    with running(environment, "serve", "--port=0", until="Serving on ") as (process, line):
        yield Web(process, urlsplit(line.split()[-1]).port or 0)


@contextmanager
def worker(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker until the end of the block."""
    with running(environment, "worker", until="Working.") as (process, _):
        yield process


@contextmanager
def running(
    environment: Mapping[str, str], *words: str, until: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a command of the application that says a line once it is at work; it may be killed in the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "warehouse", *words],
        env=dict(environment),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        line = process.stdout.readline().decode()
        assert line.startswith(until), f"'{' '.join(words)}' said {line!r}"
        yield process, line
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


def _value(value: str | bytes) -> bytes:
    """Return a part's end: a text, or bytes that have its headers with them."""
    return value if isinstance(value, bytes) else b"\r\n\r\n" + value.encode("utf-8", "surrogatepass")
