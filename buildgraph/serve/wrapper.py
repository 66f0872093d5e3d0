"""Wrapper: what development adds to an application: a script in its pages, the page of an error in a view, and the supervisor's own paths.

It is put around the application by the worker; where anything else serves the application, nothing of it is there.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from buildgraph.colour import palette

from . import console, editors, failures, hosts, inject, page
from .application import ASGI
from .failures import Request
from .held import public

CLIENT = Path(__file__).with_name("client.js")
SCRIPT_PATH = f"{page.PATH}client.js"
"""Answered here: a policy of `'self'` does not admit what another port answers (CSP 3, 4.1.2)."""
THROW = "x-wsgiorg.throw_errors"
"""What asks an application to let its errors through to who shows them (wsgi.org, "Throw Errors")."""
FAILURES = (Exception, SystemExit, KeyboardInterrupt)
"""What a view may raise; a thread of a server has no answer to the last two, and its client would wait."""
MOST_TOLD = 100


@dataclass(frozen=True)
class Development:
    """Where the supervisor's own pages are (a port), which life of the application this is, and whose editor is meant."""

    port: str
    generation: int
    environ: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)  # class of an error → what to do
    told: set[str] = field(default_factory=set)  # failures that were said on the console

    def address(self, host: str, path: str) -> str:
        """Return the supervisor's address for who has asked at this host, with or without a port."""
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        safe = "".join(each for each in name if each.isalnum() or each in ".-[]:_")
        return f"http://{safe or '127.0.0.1'}:{self.port}{path}"

    def events(self, host: str) -> str:
        return self.address(host, f"{page.PATH}events")

    def life(self) -> inject.Life:
        """Return what the page of a request says of itself that begins now."""
        return inject.Life(self.generation, time.monotonic())

    def failure(self, error: BaseException, request: Request, life: inject.Life, accept: str, host: str) -> tuple[str, bytes]:  # fmt: skip
        """Return the page of an error in a view, which is said on the console as well, in full once."""
        found = replace(failures.of_exception(error, hints=self.hints), request=request)
        with suppress(Exception):  # nobody may be there to read it
            print(f"serve: {self._said(found)}", file=sys.stderr, flush=True)
        kind = page.media_type(accept)
        if not hosts.is_known(host):
            return page.TEXT, page.discreet(host)
        return kind, page.render(found, kind, editors.template(self.environ), inject.script(life))

    def _said(self, failure: failures.Failure) -> str:
        colours = palette(sys.stderr, self.environ)
        text = console.text(replace(failure, request=None))
        if text in self.told:
            assert failure.request is not None
            return f"{console.first(failure, colours)}, as before: {console.printable(failure.request.line)}"
        if len(self.told) < MOST_TOLD:
            self.told.add(text)
        return console.text(failure, colours)


def wrapped(application: Callable, kind: str, development: Development) -> Callable:
    """Return the application with what development adds."""
    return (Asgi if kind == ASGI else Wsgi)(application, development)


class Wsgi:
    """Around an application of WSGI (PEP 3333)."""

    def __init__(self, application: Callable, development: Development) -> None:
        self.application = application
        self.development = development

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        path, host = environ.get("PATH_INFO", ""), environ.get("HTTP_HOST", "")
        if path == SCRIPT_PATH:
            script = CLIENT.read_bytes()
            start_response("200 OK", _script_headers(script))
            return [script]
        if path.startswith(page.PATH):
            start_response(
                "307 Temporary Redirect", _redirect(self.development.address(host, quote(path, "/")))
            )
            return []
        exchange = Exchange(start_response, self.development, host)
        environ[THROW] = True
        try:
            return exchange.finish(self.application(environ, exchange.start))
        except FAILURES as error:
            if exchange.has_begun:
                raise
            return self.show(error, exchange.life, environ, start_response)

    def show(
        self, error: BaseException, life: inject.Life, environ: dict, start_response: Callable
    ) -> Iterable[bytes]:
        """Answer with what went wrong."""
        accept, host = environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_HOST", "")
        request = Request(
            environ.get("REQUEST_METHOD", ""),
            environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
            environ.get("QUERY_STRING", ""),
            public(
                (key[5:].replace("_", "-").title(), value)
                for key, value in environ.items()
                if key.startswith("HTTP_")
            ),
        )
        kind, body = self.development.failure(error, request, life, accept, host)
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(page.STATUS, [*headers, ("Cache-Control", "no-store")], sys.exc_info())
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


class Exchange:
    """One answer: its headers are held back until its first part is there, so that an error before that can still be shown."""

    def __init__(self, start_response: Callable, development: Development, host: str) -> None:
        self.start_response = start_response
        self.development = development
        self.host = host
        self.life = development.life()
        self.has_begun = False
        self.injection: inject.Injection | None = None

    def start(self, status: str, headers: inject.Headers, exc_info: object = None) -> Callable:
        """Take the application's `start_response`."""
        self.injection = None
        if inject.applies(status, headers):
            events = self.development.events(self.host)
            headers, self.injection = inject.prepared(headers, self.life, events)
        write = (
            self.start_response(status, headers, exc_info)
            if exc_info
            else self.start_response(status, headers)
        )
        return self._writing(write) if self.injection else write

    def _writing(self, write: Callable) -> Callable:
        """Return the application's `write`, which is an older way to answer: the script comes with the first part."""

        def first(data: bytes) -> None:
            if self.injection and data:
                data, self.injection = b"".join(self.injection.into([data])), None
            self.has_begun = True
            write(data)

        return first

    def finish(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        """Return what the application has answered; a page with the script in it, anything else as it is."""
        if isinstance(chunks, (list, tuple)):
            return list(self.injection.into(chunks)) if self.injection and any(chunks) else chunks
        if self.injection is None and hasattr(chunks, "__len__"):
            return chunks
        iterator = iter(chunks)
        try:
            first = next(iterator, None)  # what fails before the first part can still be shown as a page
        except BaseException:
            _close(chunks)
            raise
        self.has_begun = True
        rest = Rest([] if first is None else [first], iterator, chunks)
        return Rest([], self.injection.into(rest), chunks) if self.injection else rest


class Rest:
    """An iterable that begins with what was already taken from another one, and closes that."""

    def __init__(self, taken: list[bytes], iterator: Iterable[bytes], source: object) -> None:
        self.taken = taken
        self.iterator = iterator
        self.source = source

    def __iter__(self) -> Iterator[bytes]:
        yield from self.taken
        yield from self.iterator

    def close(self) -> None:
        _close(self.source)


def _close(source: object) -> None:
    close = getattr(source, "close", None)
    if close is not None:
        close()


def _script_headers(script: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", "text/javascript; charset=utf-8"), ("Content-Length", str(len(script))), ("Cache-Control", "no-store")]  # fmt: skip


def _redirect(address: str) -> list[tuple[str, str]]:
    return [("Location", address), ("Content-Length", "0"), ("Cache-Control", "no-store"), ("Access-Control-Allow-Origin", "*")]  # fmt: skip


class Asgi:
    """Around an application of ASGI 3."""

    def __init__(self, application: Callable, development: Development) -> None:
        self.application = application
        self.development = development

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        asked = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["path"] == SCRIPT_PATH:
            script = CLIENT.read_bytes()
            await _answer(send, 200, _script_headers(script), script)
            return
        if scope["path"].startswith(page.PATH):
            await _answer(
                send,
                307,
                _redirect(self.development.address(asked.get("host", ""), quote(scope["path"], "/"))),
                b"",
            )
            return
        answer = AsgiAnswer(send, self.development, asked.get("host", ""))
        try:
            await self.application(scope, receive, answer.send)
        except Exception as error:
            if answer.has_begun:
                raise
            query = scope["query_string"].decode("latin-1")
            request = Request(scope["method"], scope["path"], query, public(asked.items()))
            kind, body = self.development.failure(
                error, request, answer.life, asked.get("accept", ""), asked.get("host", "")
            )
            headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))]
            await _answer(send, 500, headers, body)
            traceback.clear_frames(error.__traceback__)


class AsgiAnswer:
    """One answer of ASGI, with the script put into a page."""

    def __init__(self, send: Callable, development: Development, host: str) -> None:
        self.forward = send
        self.development = development
        self.host = host
        self.life = development.life()
        self.has_begun = False
        self.injection: inject.Injection | None = None
        self.is_injected = False

    async def send(self, message: dict) -> None:
        """Take what the application sends."""
        if message["type"] == "http.response.start":
            message = self._started(message)
        elif message["type"] == "http.response.body" and self.injection:
            message = self._with_script(message, self.injection)
        self.has_begun = True
        await self.forward(message)

    def _started(self, message: dict) -> dict:
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())
        ]
        if not inject.applies(str(message["status"]), headers):
            return message
        events = self.development.events(self.host)
        headers, self.injection = inject.prepared(headers, self.life, events)
        return {
            **message,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }

    def _with_script(self, message: dict, injection: inject.Injection) -> dict:
        body, found = message.get("body", b""), None
        if not self.is_injected and body:
            found = inject.HEAD.search(body)
        if found:
            body = body[: found.end()] + injection.tag + body[found.end() :]
            self.is_injected = True
        elif not self.is_injected and not message.get("more_body"):
            body += injection.tag
            self.is_injected = True
        return {**message, "body": body}


async def _answer(send: Callable, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
