"""Uploaded files: how they are kept and handed out."""

from typing import TYPE_CHECKING

from warehouse.files.storage import Storage

if TYPE_CHECKING:
    from pyramid.config import Configurator

PATTERN = "/files/{path:[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[A-Za-z0-9._+!-]+}"  # see storage.place_of


def includeme(config: "Configurator") -> None:
    """Open the file store and register downloads."""
    config.registry.storage = Storage(config.registry.warehouse.files)
    config.add_route("file", PATTERN)
    config.add_view("warehouse.files.views.download", route_name="file", request_method=("GET", "HEAD"))
