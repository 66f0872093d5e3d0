"""Downloads. A file under its digest never changes, so it may be kept for ever and resumed at any byte."""

from functools import partial
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import FileResponse
from sqlalchemy import or_, select

from warehouse.files.storage import METADATA_SUFFIX
from warehouse.projects.models import File

FOREVER = "public, max-age=31536000, immutable"  # a year, the most that RFC 9111 caches care for


def download(request: Request) -> FileResponse:
    """Answer with a file, or with the metadata beside a wheel (conditional and range requests included)."""
    path = request.matchdict["path"]
    sha256 = _known_digest(request, path)
    place = request.registry.storage.locate(path)
    if sha256 is None or not place.is_file():
        raise HTTPNotFound(comment=f"There is no file {path}.")
    response = FileResponse(str(place), request=request, content_type="application/octet-stream")
    response.etag = sha256
    response.headers["Cache-Control"] = FOREVER
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.conditional_response = True
    if hasattr(response.app_iter, "seek"):  # the server sends the file: a part of it, too, keeps no thread
        response.app_iter.app_iter_range = partial(_part, response.app_iter)
    return response


def _part(file: Any, start: int, stop: int) -> Any:
    """Return a file from a place on; the server sends as much as the length of the answer says."""
    file.seek(start)
    return file


def _known_digest(request: Request, path: str) -> str | None:
    """Return the digest of a path that the index knows; only those are looked up on the disk."""
    wheel = path.removesuffix(METADATA_SUFFIX)
    query = select(File.path, File.sha256, File.metadata_sha256).where(
        or_(File.path == path, File.path == wheel)
    )
    row = request.db.execute(query).first()
    if row is None:
        return None
    return row.sha256 if row.path == path else row.metadata_sha256
