"""Uploads, by the legacy API that twine and its like speak.

The way of an upload: `form` reads the request within limits, `distributions` reads what it claims to be,
`archives` looks into the file, `services` stores file and rows together or not at all, `views` says how it
went. Later, `extraction` makes the file's metadata available.
"""

from typing import TYPE_CHECKING

from warehouse.uploads.form import Limits

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: "Configurator") -> None:
    """Register the upload API."""
    config.registry.upload_limits = Limits()
    config.add_route("upload", "/legacy/")
    config.add_view(
        "warehouse.uploads.views.upload", route_name="upload", request_method="POST", require_csrf=False
    )
