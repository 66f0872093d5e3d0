"""Answers: a redirect, or a sentence."""

from webob import Response

REDIRECT_SECONDS = 5 * 60
AWAY_SECONDS = 30
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def led(address: str) -> Response:
    """Lead to an address; for a while, since a file may be deleted and documentation may move."""
    response = told(302, "It is at another address now.")
    response.location = address
    response.cache_control = f"public, max-age={REDIRECT_SECONDS}"
    return response


def told(status: int, text: str) -> Response:
    """Say a sentence."""
    response = Response(f"{text}\n", status=status, content_type="text/plain", charset="utf-8")
    response.headers.update(HEADERS.items())
    response.cache_control = "no-store"
    return response


def nothing() -> Response:
    """Say that there is nothing."""
    return told(404, "There is nothing here.")


def away() -> Response:
    """Say that the index does not answer."""
    response = told(503, "The index does not answer. Try again in a while.")
    response.retry_after = AWAY_SECONDS
    return response


def not_allowed() -> Response:
    """Say that nothing is written here."""
    response = told(405, "An address is read with GET or HEAD.")
    response.allow = ("GET", "HEAD")
    return response
