"""The application, as a WSGI server calls it (PEP 3333)."""

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer at `/` and say that there is nothing elsewhere."""
    is_here = environ.get("PATH_INFO", "/") in ("", "/")
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    start_response("200 OK" if is_here else "404 Not Found", headers)
    return [b"inspector answers\n" if is_here else b"There is nothing here.\n"]
