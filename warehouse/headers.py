"""Security headers on every answer of the application, error pages included."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW

from warehouse.settings import Settings
from warehouse.transactions import Handler

POLICY = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "img-src": "'self' data:",
    "script-src": "'self'",
    "style-src": "'self'",
}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# To scripts of any site.
OPEN = ("simple_index", "simple_project", "json_project", "json_release", "file", "old_file")
SECURE_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")  # a year; in production only


def headers_of(settings: Settings) -> dict[str, str]:
    """Return the headers of all pages; images may come from the proxy, too, if there is one."""
    policy = POLICY | {"img-src": f"{POLICY['img-src']} {settings.camo}".strip()}
    said = {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items())}
    return HEADERS | said | ({} if settings.is_development else dict([SECURE_TRANSPORT]))


def headers_tween_factory(handler: Handler, registry: Any) -> Handler:
    """Add the headers that a view has not set itself."""

    headers = headers_of(registry.warehouse)

    def headers_tween(request: Request) -> Response:
        response = handler(request)
        if request.matched_route and request.matched_route.name in OPEN:
            response.headers["Access-Control-Allow-Origin"] = "*"
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if response.content_type == "text/html" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
            response.vary = ("Accept-Language", "Cookie")
        return response

    return headers_tween


def includeme(config: Configurator) -> None:
    """Put the headers around the error pages too."""
    config.add_tween("warehouse.headers.headers_tween_factory", over=EXCVIEW)
