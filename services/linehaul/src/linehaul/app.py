"""The page of the service (PEP 3333): that it is there; how it is, say the pages of vitals."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import vitals
from linehaul.settings import from_environment
from linehaul.store import connected


def application() -> Callable[..., Iterable[bytes]]:
    """Return the application of the environment's settings."""
    vitals.begin("linehaul")
    settings = from_environment(os.environ)

    def database() -> None:
        with connected(settings.database_url) as connection:
            connection.execute("SELECT 1 FROM download_counts LIMIT 1")

    return vitals.watched(answer, "linehaul", checks={"database": database})


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer at `/` and say that there is nothing elsewhere."""
    is_here = environ.get("PATH_INFO", "/") in ("", "/")
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    start_response("200 OK" if is_here else "404 Not Found", headers)
    return [
        b"linehaul counts downloads; /_health/ready says how it is\n"
        if is_here
        else b"There is nothing here.\n"
    ]
