"""Requirement: one line that can be locked, read as PEP 508 says; what cannot be locked is refused with the reason."""

import re
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from buildgraph.errors import BuildError

VERSION_CONTROL = ("git", "hg", "svn", "bzr")
DIGEST = re.compile(r"sha256=[0-9a-f]{64}")
ARCHIVE = "name @ https://…/name-1.0-py3-none-any.whl#sha256=…"


def read_requirement(text: str, where: str) -> Requirement:
    """Parse a requirement; raise BuildError for an option, a repository, or an address without a digest."""
    if text.startswith("-"):
        raise BuildError(
            f"'{text}' is an option, and a locked group takes requirements only",
            where,
            "List what the group itself imports; index options belong into your own pip configuration.",
        )
    if any(f"{scheme}+" in text for scheme in VERSION_CONTROL):
        raise BuildError(
            f"'{text}' names a repository, which cannot be pinned by digest",
            where,
            f"Name a release, or a wheel: '{ARCHIVE}'.",
        )
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise BuildError(
            f"'{text}' is not a requirement: {reason}", where, "Write it as PEP 508 says: name[extra]>=1.2."
        ) from None
    if requirement.url and (reason := _refusal(requirement.name, requirement.url)):
        raise BuildError(f"'{text}' {reason}", where, f"Write it as '{ARCHIVE}'.")
    return requirement


def version_at(url: str) -> str:
    """Return the version of the wheel at an address."""
    return str(parse_wheel_filename(unquote(urlsplit(url).path.rpartition("/")[2]))[1])


def _refusal(name: str, url: str) -> str:
    """Return why an address cannot be locked, "" if it can."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http"):
        return "is a place of one machine; a library of the checkout is written as './folder'"
    if not DIGEST.fullmatch(parts.fragment):
        return "has no digest, so whoever has the address could change what is installed"
    try:
        packaged = parse_wheel_filename(unquote(parts.path.rpartition("/")[2]))[0]
    except InvalidWheelFilename:
        return "is no wheel: environments are made without building anything"
    return "" if packaged == canonicalize_name(name) else f"is a wheel of '{packaged}'"
