"""Failures: why pip could not resolve, as a phrase that names the package. Runs with pip, in the resolver's process.

pip takes a page that a registry does not give for a package that the registry does not have, and picks what is left. A lock must
not depend on that, so anything but an answer ends the resolution. "Not found" and "forbidden" are answers: some registries say the
latter of a package that they lack. "Unauthorized" is not such an answer: the package may be there, and another registry's of that name is somebody else's.
"""

import errno
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

UNAUTHORIZED = 401  # a login is missing or wrong (RFC 9110)
TOO_MANY = 429  # requests (RFC 6585), and from 500 on a server's own failure
ERROR = 500


class NoAnswer(Exception):
    """A registry gave no page of a package."""


def stop_without_answer(collector: Any) -> None:
    """Have pip's collector of pages raise NoAnswer where it would go on without a page."""

    def fail(link: Any, reason: object, meth: Any = None) -> None:
        if _is_answer(reason):
            return
        name = link.url.rstrip("/").rpartition("/")[2]
        if refused := _login(reason):
            raise NoAnswer(f"{refused}, asked for '{name}'")
        raise NoAnswer(f"the registry '{_host(link.url)}' gives no page of '{name}': {_why(str(reason))}")

    collector._handle_get_simple_fail = fail


def phrase(error: BaseException) -> str:
    """Return what an error of pip's means, "" if that is not known; addresses, which may hold a password, are left out."""
    for cause in _chain(error):
        text = str(cause)
        if isinstance(cause, NoAnswer):
            return text
        if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
            return "the disk is full"
        if name := _unbuilt(cause):
            return f"'{name}' has no wheel that fits, and its source distribution cannot be built"
        if found := re.match(r"Could not install requirement ([\w.-]+)", text):
            if refused := next(filter(None, map(_login, _chain(cause))), ""):
                return f"{refused}, asked for a file of '{found[1]}'"
            return f"a file of '{found[1]}' cannot be fetched: {_why(text)}"
    return ""


def _is_answer(reason: object) -> bool:
    status = getattr(getattr(reason, "response", None), "status_code", ERROR)
    return status < ERROR and status not in (UNAUTHORIZED, TOO_MANY)


def _login(reason: object) -> str:
    """Return what is wrong with the login, "" if the answer is not about one."""
    response: Any = getattr(reason, "response", None)
    if getattr(response, "status_code", 0) != UNAUTHORIZED:
        return ""
    host = _host(response.url)
    if "Authorization" in response.request.headers:
        return f"the registry '{host}' does not accept your login"
    return f"the registry '{host}' demands a login, and pip's configuration has none for it"


def _host(url: str) -> str:
    """Return the host and port of an address, without the login that it may have."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _unbuilt(error: Any) -> str:
    """Return the name of the package that pip could not build, "" if that is not what happened."""
    kind = type(error).__name__
    if kind == "FailedToPrepareCandidate":
        return str(error.package_name)
    if kind == "MetadataGenerationFailed":
        return str(error.context).partition(" ")[0]
    return ""


def _why(text: str) -> str:
    if found := re.search(r"too many (\d+) error|HTTP error (\d+)|^(\d{3}) ", text):
        return f"it answers {next(filter(None, found.groups()))}"
    if re.search("timed out|timeout|respond", text, re.IGNORECASE):
        return "it does not answer in time"
    return "its certificate is not trusted" if "certificate" in text else "it cannot be reached"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
