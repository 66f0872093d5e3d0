"""Static files, named by their content: `css/warehouse.css` is served as `css/warehouse.0a1b2c3d.css`.

The build writes `manifest.json` beside the files. In development it is read again when it changes, so that a
rebuilt stylesheet needs no restart; a manifest that is momentarily missing or half there leaves the last good
one in force.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from pyramid.config import Configurator
from whitenoise import WhiteNoise

from warehouse.errors import WarehouseError
from warehouse.settings import Settings

PREFIX = "/static/"
HASHED_NAME = re.compile(r"\.[0-9A-Za-z_-]{8,}\.[a-z0-9]+(\.map)?$")
Stamp = tuple[int, int]  # time of change in nanoseconds, size in bytes


class Manifest:
    """The names of static files by the names that templates use."""

    def __init__(self, path: Path, *, reload: bool) -> None:
        self._path = path
        self._reload = reload
        self._stamp = _stamp(path)
        self._names = _read(path)

    def url(self, name: str) -> str:
        """Return the address of an asset; a name the build does not know is a WarehouseError."""
        if self._reload:
            self._refresh()
        try:
            return PREFIX + self._names[name]
        except KeyError:
            raise WarehouseError(f"'{self._path}' has no asset '{name}'", "Run 'doit assets'.") from None

    def _refresh(self) -> None:
        stamp = _stamp(self._path)
        if stamp in (None, self._stamp):
            return
        try:
            self._names = _read(self._path)
        except WarehouseError:
            return
        self._stamp = stamp


def serve_static(application: Callable[..., Any], settings: Settings) -> WhiteNoise:
    """Wrap the application so that the built assets are answered before it."""
    return WhiteNoise(
        application,
        root=settings.assets,
        prefix=PREFIX,
        autorefresh=settings.is_development,
        max_age=0 if settings.is_development else 60,
        allow_all_origins=False,
        immutable_file_test=_is_immutable,
        add_headers_function=_add_headers,
    )


def includeme(config: Configurator) -> None:
    """Give templates `request.asset(name)`."""
    settings = config.registry.warehouse
    config.registry.manifest = Manifest(settings.assets / "manifest.json", reload=settings.is_development)
    config.add_request_method(lambda request, name: request.registry.manifest.url(name), "asset")


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> dict[str, str]:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        what = f"the assets are not built: cannot read '{path}'"
        raise WarehouseError(what, "Run 'doit assets'.") from None


def _is_immutable(path: str, url: str) -> bool:
    return bool(HASHED_NAME.search(url))


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
