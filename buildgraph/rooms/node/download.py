"""Download: a file from an address, or, within seconds, the reason why it did not come.

The time until the answer begins is limited as a whole, name look-up and redirects included, which no timeout of a socket does: the request runs in a
thread that is left behind. What is longer than an answer's head may be slow, but neither silent nor endless.
"""

import base64
import functools
import os
import queue
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.response import addinfourl

ANSWER_SECONDS = 5.0
SILENCE_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 20_000
PATIENCE_SECONDS = 30.0  # from then on the slowest rate is demanded
LARGEST_TEXT_BYTES = 1 << 24
CHUNK_BYTES = 1 << 18
TELL_SECONDS = 0.5  # how often a download says how far it is, over what it said before


class Unanswered(Exception):
    """A source did not give what it was asked for; the text says why."""


class Absent(Unanswered):
    """A source answered that it does not have what it was asked for."""


def download(url: str, target: Path, headers: Mapping[str, str] | None = None, cafile: str = "") -> None:
    """Write what the address answers into a file; raise Unanswered if it does not answer, or not to the end."""
    started, received, told = time.monotonic(), 0, time.monotonic()
    answer = _open(url, headers or {}, cafile)
    expected = answer.headers.get("Content-Length")
    with answer, target.open("wb") as file:
        while chunk := _read(answer, CHUNK_BYTES):
            file.write(chunk)
            received += len(chunk)
            seconds = time.monotonic() - started
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                _tell(url, received, expected)
            if seconds > PATIENCE_SECONDS and received < seconds * SLOWEST_BYTES_PER_SECOND:
                raise Unanswered(f"it sent {received} bytes in {seconds:.0f} s")
    if told > started + TELL_SECONDS:
        _tell(url, received, expected)
    if expected and expected.isdigit() and received < int(expected):
        raise Unanswered(f"it ended after {received} of {expected} bytes")


def _tell(url: str, received: int, expected: str | None) -> None:
    """Say how much has come, for the line that shows what runs; the next line overwrites it."""
    whole = f" of {int(expected) / 1e6:.1f}" if expected and expected.isdigit() else ""
    name = urlsplit(url).path.rpartition("/")[2]
    print(f"{name}: {received / 1e6:.1f}{whole} MB", end="\r", file=sys.stderr, flush=True)


def read(url: str, headers: Mapping[str, str] | None = None, cafile: str = "") -> bytes:
    """Return what the address answers; raise Unanswered as `download` does."""
    with _open(url, headers or {}, cafile, is_page_welcome=True) as answer:
        return _read(answer, LARGEST_TEXT_BYTES)


Answer = HTTPResponse | addinfourl
"""What a server answers, and what a folder does."""


def without_login(url: str) -> str:
    """Return the address without user and password, for messages."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _open(url: str, headers: Mapping[str, str], cafile: str, is_page_welcome: bool = False) -> Answer:
    """Open an address; an answer that comes too late is left to its thread."""
    answers: queue.Queue[Answer | Exception] = queue.Queue()
    request = _request(url, headers)

    def ask() -> None:
        try:
            opened = urllib.request.urlopen(  # noqa: S310 (what comes is verified; a mirror may be a folder)
                request, timeout=SILENCE_SECONDS, context=_context(cafile)
            )
            answers.put(opened)
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        raise Unanswered(f"no answer within {ANSWER_SECONDS:g} s") from None
    if isinstance(answer, Exception):
        raise _unanswered(answer) from None
    if not is_page_welcome and answer.headers.get_content_type() == "text/html":
        answer.close()
        raise Unanswered("it answered with a web page, as a proxy does")
    return answer


def _request(url: str, headers: Mapping[str, str]) -> urllib.request.Request:
    parts = urlsplit(url)
    request = urllib.request.Request(without_login(url))  # noqa: S310 (see `_open`)
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} | dict(headers)
    for name, value in headers.items():
        request.add_unredirected_header(name, value)  # a login is not for the place that is redirected to
    return request


@functools.cache
def _context(cafile: str) -> ssl.SSLContext:
    """Trust what Python trusts, and what the user's npm is told to."""
    context = ssl.create_default_context()
    for file in filter(None, (cafile, os.environ.get("NODE_EXTRA_CA_CERTS"))):
        try:
            context.load_verify_locations(os.path.expanduser(file))
        except OSError as error:
            raise Unanswered(f"the certificates in '{file}' cannot be read: {error}") from None
    return context


def _read(answer: Answer, size: int) -> bytes:
    try:
        return answer.read(size)
    except TimeoutError:
        raise Unanswered(f"it sent nothing for {SILENCE_SECONDS:g} s") from None
    except Exception as error:
        raise _unanswered(error) from None


def _unanswered(error: Exception) -> Unanswered:
    if isinstance(error, urllib.error.HTTPError):
        kind = Absent if error.code in (404, 410) else Unanswered
        return kind(f"it answered {error.code}")
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, FileNotFoundError):
        return Absent("there is no such file")
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return Unanswered(text.rstrip("."))
