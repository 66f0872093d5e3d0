"""The pages, drawn from templates that escape everything; and the headers with which no page of a stranger's runs or is framed."""

from importlib.resources import files
from itertools import groupby
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from webob import Response

from inspector.texts import shown_line

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HELD_SECONDS = 300  # what the index deletes may be shown so long
FIXED_SECONDS = 24 * 60 * 60
TITLES = {
    404: "Not found", 405: "Only reading", 422: "Not shown", 500: "Something is wrong here",
    502: "The index does not answer as it should", 503: "Too busy", 504: "The index is slow",
}  # fmt: skip


class Pages:
    """Draws pages."""

    def __init__(self, index: str) -> None:
        self._templates = Environment(
            loader=PackageLoader("inspector"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"size": size, "quoted": quote, "groupby_runs": runs}
        self._templates.globals["index"] = index

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page."""
        body = self._templates.get_template(f"{template}.jinja2").render(values)
        response = Response(body, status=status, content_type="text/html", charset="utf-8")
        response.cache_control = f"public, max-age={HELD_SECONDS}" if status == 200 else "no-store"
        return secured(response)

    def refusal(self, status: int, reason: str) -> Response:
        """Return a page that says why there is nothing else."""
        response = self.page("refusal", status, title=TITLES[status], reason=shown_line(reason))
        if status == 405:
            response.allow = ("GET", "HEAD")
        if status == 503:
            response.retry_after = 5
        return response

    def fixed(self, name: str, content_type: str) -> Response:
        """Return a file of ours that is the same for all, as the style sheet is."""
        content = (files("inspector") / name).read_bytes()
        response = Response(content, content_type=content_type, charset="utf-8")
        response.cache_control = f"public, max-age={FIXED_SECONDS}"
        return secured(response)


def secured(response: Response) -> Response:
    """Give an answer the headers that all of them have."""
    response.headers.update(list(HEADERS.items()))
    return response


def runs(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the rows of members by their folders, which follow each other."""
    return [list(rows) for _, rows in groupby(rows, key=lambda row: row["folder"])]


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    if count < 1024:
        return f"{count} byte{'' if count == 1 else 's'}"
    number, unit = float(count), ""
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        number /= 1024
        if number < 999.95:
            break
    return f"{number:.1f} {unit}"
