"""The CDN before the index, if there is one: it is asked to forget what changed, by PURGE requests as Fastly takes them.

A page that no purge reached is right again once its own `max-age` is over. Feeds and the sitemap, which are kept for
five minutes, are left to that; so are files, which never change.
"""

import re
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from warehouse.errors import WarehouseError
from warehouse.projects.models import Project, Release
from warehouse.settings import Settings

TIMEOUT_SECONDS = 10  # to connect, and again for the answer
TOKEN_HEADER = "Fastly-Key"  # noqa: S105 (its name)


def project_paths(session: Session, name: str) -> list[str]:
    """Return the paths of all that is kept of a project of this normalized name, or was before it was deleted."""
    query = select(Release.version).join(Release.project).where(Project.normalized_name == name)
    versions = session.scalars(query.order_by(Release.id))
    documents = [f"/pypi/{name}/json", *(f"/pypi/{name}/{version}/json" for version in versions)]
    return ["/simple/", f"/simple/{name}/", *documents]


def purge(settings: Settings, addresses: Iterable[str]) -> None:
    """Have the CDN forget addresses; the first that is wrong, or refused, is a WarehouseError."""
    if not settings.cdn:
        raise WarehouseError("no CDN is configured", "Name its address in WAREHOUSE_CDN.")
    for path in [_path(settings, address) for address in addresses]:
        _purge(settings, path)


def _path(settings: Settings, address: str) -> str:
    inside = [base for base in (settings.cdn, settings.site) if base and address.startswith(f"{base}/")]
    path = address[len(inside[0]) :] if inside else address
    if not re.fullmatch(r"/(?!/)[!-~]*", path) or "#" in path:
        hint = f"Name a path, or an address that begins with '{settings.cdn}/'."
        raise WarehouseError(f"'{address}' is not an address of this site", hint)
    return path


def _purge(settings: Settings, path: str) -> None:
    base = urlsplit(settings.cdn)
    connect = HTTPSConnection if base.scheme == "https" else HTTPConnection
    connection = connect(base.hostname or "", base.port, timeout=TIMEOUT_SECONDS)
    headers = {TOKEN_HEADER: settings.cdn_token} if settings.cdn_token else {}
    try:
        connection.request("PURGE", path, headers=headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        reason = getattr(error, "strerror", None) or error
        what = f"cannot reach the CDN at '{settings.cdn}': {reason}"
        raise WarehouseError(what, "Correct WAREHOUSE_CDN, or wait.") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        hint = "Is WAREHOUSE_CDN_TOKEN right, and may it purge?"
        raise WarehouseError(f"the CDN refused to purge '{path}' with status {status}", hint)
