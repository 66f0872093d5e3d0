"""The application: `/DIGEST/HEX` is the image at the address that HEX says, if we signed it."""

import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from webob import Request, Response

import vitals
from camo.exchange import PSEUDONYM
from camo.fetching import Fetcher, Picture
from camo.network import Network, internet
from camo.refusals import NotShown
from camo.settings import Settings, from_environment
from readme_images.signing import verified

PATH = re.compile("/([0-9a-f]{64})/([0-9a-f]+)")
FOUND_SECONDS = 24 * 60 * 60
REFUSED_SECONDS = 5 * 60  # of what will most likely be refused again
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",  # SVGs have styles
    "Cross-Origin-Resource-Policy": "cross-origin",  # pages of another origin show these images
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
logger = logging.getLogger("camo")


def application() -> Callable[..., Iterable[bytes]]:
    """Return the WSGI application of the environment's settings."""
    vitals.begin("camo")
    return vitals.watched(Camo(from_environment(os.environ), internet()), "camo")


class Camo:
    """The WSGI application (PEP 3333)."""

    def __init__(self, settings: Settings, network: Network) -> None:
        self.key = settings.key
        self.fetcher = Fetcher(settings, network)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer with an image, or with a sentence."""
        request = Request(environ)
        try:
            response = _shown(self._picture(request))
        except NotShown as refusal:
            logger.info("not shown: %s", refusal.text, extra={"status": refusal.status})
            response = _told(refusal)
        response.headers.update(HEADERS.items())
        return response(environ, start_response)

    def _picture(self, request: Request) -> Picture:
        if request.method not in ("GET", "HEAD"):
            raise NotShown(405, "An image is read with GET or HEAD.")
        found = PATH.fullmatch(request.environ.get("PATH_INFO", ""))
        if not found or not _is_in_one_form(request):
            raise NotShown(404, "There is nothing here.")
        address = verified(self.key, found[1], found[2])
        if address is None:
            raise NotShown(403, "The address is not signed by this index.")
        if PSEUDONYM in request.headers.get("Via", ""):  # an image that is redirected to itself, through us
            raise NotShown(403, "A proxy like this one asks.")
        return self.fetcher.fetch(address)


def _is_in_one_form(request: Request) -> bool:
    """Tell whether an address is written as it was signed: "%61", "//", a query would each be another one to a cache before us."""
    plain = request.script_name + request.environ.get("PATH_INFO", "")
    said = request.environ.get("REQUEST_URI", plain)  # as it came; not all servers tell it
    return bool(said == plain) and not request.environ.get("QUERY_STRING")


def _shown(picture: Picture) -> Response:
    response = Response(picture.content, content_type=picture.kind.type)
    response.charset = None  # an SVG says its own
    response.etag = hashlib.sha256(picture.content).hexdigest()[:32]
    response.cache_control = f"public, max-age={FOUND_SECONDS}"
    response.content_disposition = f'inline; filename="image.{picture.kind.suffix}"'
    response.conditional_response = True
    return response


def _told(refusal: NotShown) -> Response:
    is_lasting = refusal.status in (404, 415, 502)
    response = Response(
        f"{refusal.text}\n", status=refusal.status, content_type="text/plain", charset="utf-8"
    )
    response.cache_control = f"public, max-age={REFUSED_SECONDS}" if is_lasting else "no-store"
    if refusal.status == 405:
        response.allow = ("GET", "HEAD")
    if refusal.status == 503:
        response.retry_after = 5
    return response
