"""The application: `/project/NAME/VERSION/FILENAME/PATH`, where each part may be left out from the end."""

import logging
import os
import re
import threading
import weakref
from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name
from webob import Request, Response

import vitals
from inspector.errors import NotShown
from inspector.fetching import reach
from inspector.folders import Folder, end_in_order
from inspector.index import FILENAME, VERSION, File, Index
from inspector.looking import Looking
from inspector.pages import HELD_SECONDS, Pages, secured
from inspector.settings import Settings, from_environment

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,198}[A-Za-z0-9])?")  # PEP 508
NUMBER = re.compile(r"[1-9][0-9]{0,5}")
DOWNLOAD, PAGE = "download", "page="  # queries
FIXED = {b"/style.css": ("style.css", "text/css"), b"/robots.txt": ("robots.txt", "text/plain")}
logger = logging.getLogger("inspector")


def application() -> Callable[..., Iterable[bytes]]:
    """Return the WSGI application of the environment's settings."""
    settings = from_environment(os.environ)
    vitals.begin("inspector")
    end_in_order()
    checks = {"index": lambda: reach(settings.index, settings.limits)}
    return vitals.watched(Inspector(settings), "inspector", checks=checks)


class Moved(Response):
    """An answer whose Location stays a path (RFC 9110, 10.2.2): a host that a request names would be kept by caches for all."""

    @staticmethod
    def _make_location_absolute(environ: dict[str, Any], value: str) -> str:
        return value


class Inspector:
    """The WSGI application (PEP 3333)."""

    def __init__(self, settings: Settings) -> None:
        folder = Folder()
        self._index = Index(settings)
        self._looking = Looking(settings, folder.path)
        self._pages = Pages(settings.index)
        self._free = threading.BoundedSemaphore(settings.limits.answers)
        self.close = weakref.finalize(self, _close, folder, self._looking)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer with a page, or with one that says why there is none."""
        try:
            response = self._answer(Request(environ))
        except NotShown as refusal:
            logger.info("not shown: %s", refusal.reason, extra={"status": refusal.status})
            response = self._pages.refusal(refusal.status, refusal.reason)
        except Exception:
            logger.exception("a bug")
            response = self._pages.refusal(500, "This is a mistake of ours, and is in our log.")
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise NotShown(405, "There is nothing to write here: only GET and HEAD are answered.")
        path = request.environ.get("PATH_INFO", "").encode("latin-1")
        if path in (b"", b"/"):
            return self._pages.page("home")
        if path in FIXED:
            return self._pages.fixed(*FIXED[path])
        parts = path.split(b"/", 5)
        is_led_elsewhere = {b".", b".."} & set(path.split(b"/"))  # as no member is named, and no browser asks
        if parts[:2] != [b"", b"project"] or len(parts) < 3 or is_led_elsewhere:
            raise NotShown(404, "There is nothing at this address.")
        if not self._free.acquire(blocking=False):
            raise NotShown(503, "Too many pages are asked for at once. Try again later.")
        try:
            return self._of_project(request, *parts[2:])
        finally:
            self._free.release()

    def _of_project(self, request: Request, name: bytes, *rest: bytes) -> Response:
        named = _text(NAME, name, "There is no project of this name.")
        normalized = canonicalize_name(named)
        if named != normalized or not rest:
            return _moved(request, normalized, *(rest or [b""]))
        if rest == (b"",):
            return self._pages.page("project", name=named, releases=self._index.releases(named))
        return self._of_release(request, named, *rest)

    def _of_release(self, request: Request, name: str, version: bytes, *rest: bytes) -> Response:
        said = _text(VERSION, version, f"There is no such release of '{name}'.")
        spelled, found = self._index.release(name, said)
        if spelled != said or not rest:
            return _moved(request, name, spelled, *(rest or [b""]))
        if rest == (b"",):
            return self._pages.page("release", name=name, version=spelled, files=found)
        filename = _text(FILENAME, rest[0], "There is no such file in this release.")
        files = [each for each in found if each.filename == filename]
        if not files:
            raise NotShown(404, f"There is no file '{filename}' in this release.")
        if len(rest) == 1:
            return _moved(request, name, spelled, filename, b"")
        return self._of_file(request, name, spelled, files[0], rest[1])

    def _of_file(self, request: Request, name: str, version: str, file: File, place: bytes) -> Response:
        address, query = quote(place), request.environ.get("QUERY_STRING", "")
        values: dict[str, Any] = {"name": name, "version": version, "file": file, "address": address}
        if not place or place.endswith(b"/"):
            page = _number(query)
            found = self._looking.members(file, address, page)
            return self._pages.page("file", **values, page=page, found=found)
        if query == DOWNLOAD:
            return _download(self._looking.content(file, address), place)
        found = self._looking.member(file, address)
        if found["kind"] == "folder":
            return _moved(request, name, version, file.filename, place + b"/")
        return self._pages.page("member", **values, found=found)


def _close(folder: Folder, looking: Looking) -> None:
    looking.close()
    folder.close()


def _text(pattern: re.Pattern[str], said: bytes, otherwise: str) -> str:
    """Return a part of an address that is as it should be; what is not is the name of nothing."""
    text = said.decode("latin-1")
    if not pattern.fullmatch(text):
        raise NotShown(404, otherwise)
    return text


def _number(query: str) -> int:
    """Return the page of a long list that is asked for."""
    if not query.startswith(PAGE):
        return 1
    return int(_text(NUMBER, query.removeprefix(PAGE).encode("latin-1"), "There is no such page."))


def _moved(request: Request, *parts: str | bytes) -> Response:
    """Lead to the one address of a page."""
    response = Moved(status=301)
    response.location = request.script_name + "/project/" + "/".join(quote(part) for part in parts)
    response.cache_control = f"public, max-age={HELD_SECONDS}"
    return secured(response)


def _download(found: dict[str, Any], place: bytes) -> Response:
    if "content" not in found:
        raise NotShown(422, "What is encrypted, and what is a folder, has no content to hand out.")
    response = Response(b64decode(found["content"]), content_type="application/octet-stream")
    name = re.sub(rb"[^A-Za-z0-9._+-]", b"_", place.rpartition(b"/")[2])[-100:].decode("ascii")
    response.content_disposition = f'attachment; filename="{name.lstrip(".") or "_"}"'
    secured(response).headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
