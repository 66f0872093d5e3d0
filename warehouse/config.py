"""The application, put together: settings in, WSGI application out.

Views are registered by name and imported at start, without a scan: what is not in `routes` does not exist, and
starting reads no module twice.
"""

import os
from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined
from pyramid.config import Configurator
from pyramid.events import BeforeRender

import warehouse.models  # noqa: F401 (relationships name models of other cells)
from warehouse.assets import serve_static
from warehouse.db import IMPATIENT, conninfo
from warehouse.files.storage import Storage
from warehouse.languages import LANGUAGES
from warehouse.settings import Settings, from_environment
from warehouse.simple.remembered import Remembered, Serials
from warehouse.site import Site
from warehouse.uploads.form import Limits

PARTS = (
    "transactions", "assets", "headers", "languages", "forms", "jobs.requests", "accounts.sessions", "routes",
)  # fmt: skip
TEMPLATES = {
    "jinja2.trim_blocks": True,
    "jinja2.lstrip_blocks": True,
    "jinja2.undefined": StrictUndefined,
    "jinja2.i18n.domain": "warehouse",
}


def configure(settings: Settings) -> Configurator:
    """Return the application's configurator; `make_wsgi_app` finishes it."""
    reload = {"pyramid.reload_templates": settings.is_development}
    config = Configurator(settings=TEMPLATES | reload, package="warehouse")
    config.registry.warehouse = settings
    config.include("pyramid_jinja2")
    config.add_jinja2_search_path("warehouse:templates")
    config.add_subscriber("warehouse.config._add_globals", BeforeRender)
    config.registry.storage = Storage(settings.files)
    config.registry.serials = Serials(conninfo(settings.database_url, IMPATIENT))
    config.registry.simple_index = {}  # pages by media type
    config.registry.upload_limits = Limits()
    for part in PARTS:
        config.include(f"warehouse.{part}")
    config.commit()
    return config


def main(settings: Settings | None = None) -> Callable[..., Any]:
    """Return the WSGI application, static files included; without settings, those of the environment."""
    return assemble(configure(settings or from_environment(os.environ)))


def assemble(config: Configurator) -> Callable[..., Any]:
    """Return the configured application with what is answered before it: static files, remembered pages, foreign hosts."""
    settings = config.registry.warehouse
    application = serve_static(config.make_wsgi_app(), settings)
    remembered = Remembered(application, lambda name: config.registry.serials.of(name))  # noqa: PLW0108 (replaceable)
    return Site(remembered, settings)


def _add_globals(event: BeforeRender) -> None:
    """Let templates name texts for macros (`_`), and translate those that views name (`translate`)."""
    request = event["request"]
    event["languages"] = LANGUAGES
    event["_"] = event["translate"] = lambda text: (
        request.localizer.translate(text, domain="warehouse") if text else text
    )
