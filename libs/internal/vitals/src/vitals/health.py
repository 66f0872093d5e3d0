"""Health: a WSGI application (PEP 3333) with two pages of its own, and a line of the log for each request.

A check that fails is named on the page; what it raised is in the log alone, since anybody may ask. The answers of checks hold
for a second, and while they are asked nobody else waits for them, so that asking often costs nobody anything.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Check = Callable[[], object]
"""Returns if all is well, and raises if not."""
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LIVE, READY = "/_health/live", "/_health/ready"
HELD_SECONDS = 1.0
LONGEST_SECONDS = 10.0  # of asking; after that nobody believes what was answered before
LONGEST_PATH = 2000  # characters of a path in a line
logger = logging.getLogger("vitals")


def watched(app: Application, service: str, checks: Mapping[str, Check] | None = None) -> Application:
    """Return an application that answers the two pages itself, and tells of each request that it hands on."""
    pages = Pages(service, dict(checks or {}))

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in (LIVE, READY):
            return pages.answer(path, environ, start_response)
        return _told(app, environ, start_response)

    return application


class Pages:
    """The two pages of a service; the checks are asked once a second at most."""

    def __init__(self, service: str, checks: dict[str, Check]) -> None:
        self.service = service
        self.checks = checks
        self.asking = threading.Lock()
        self.asked = self.began = float("-inf")
        self.failing = list(checks)  # nobody has asked yet

    def answer(
        self, path: str, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer GET and HEAD with JSON."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")])
            return []
        failing = self._failing() if path == READY else []
        said: dict[str, Any] = {"service": self.service, "ok": not failing}
        if path == READY:
            said["checks"] = {name: "fails" if name in failing else "ok" for name in self.checks}
        body = json.dumps(said).encode() + b"\n"
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response("503 Service Unavailable" if failing else "200 OK", headers)
        return [] if method == "HEAD" else [body]

    def _failing(self) -> list[str]:
        if not self.asking.acquire(blocking=False):
            is_stuck = time.monotonic() - self.began > LONGEST_SECONDS
            return list(self.checks) if is_stuck else self.failing
        try:
            if time.monotonic() - self.asked >= HELD_SECONDS:
                self.began = time.monotonic()
                self.failing = [name for name, check in self.checks.items() if not _holds(name, check)]
                self.asked = time.monotonic()
            return self.failing
        finally:
            self.asking.release()


def _holds(name: str, check: Check) -> bool:
    try:
        check()
    except Exception:
        logger.warning("the check '%s' fails", name, exc_info=True)
        return False
    return True


def _told(
    app: Application, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterator[bytes] | Iterable[bytes]:
    """Answer by the application, and tell of it when the answer has been given, or has failed."""
    began, statuses = time.perf_counter(), ["no answer"]
    method, path = environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")[:LONGEST_PATH]

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        statuses.append(status)
        return start_response(status, headers, *error)

    def tell() -> None:
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        status = statuses[-1].split(" ")[0] if len(statuses) > 1 else statuses[0]
        given = {"method": method, "path": path, "status": status, "milliseconds": milliseconds}
        logger.info("%s %s %s", method, path, status, extra=given)

    try:
        answer = app(environ, start)
    except BaseException:
        tell()
        raise
    return _Answer(answer, tell)


class _Answer:
    """An answer that tells of its end once, also if nobody read it to its end."""

    def __init__(self, answer: Iterable[bytes], tell: Callable[[], None]) -> None:
        self.answer = answer
        self.tell = tell

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        """Close the answer (PEP 3333: a server calls it once, in any case)."""
        try:
            getattr(self.answer, "close", lambda: None)()
        finally:
            self.tell()
