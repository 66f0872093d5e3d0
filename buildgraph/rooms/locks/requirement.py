"""Requirement: one line that can be locked, read as PEP 508 says; what cannot be locked is refused with the reason."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from buildgraph.address import VARIABLE
from buildgraph.errors import BuildError

VERSION_CONTROL = ("git", "hg", "svn", "bzr")
DIGEST = re.compile(r"sha256=[0-9a-f]{64}")
# Options that requirements files of pip and pip-tools have, what is wrong with each here, and what to write instead.
OPTIONS = (
    (
        "-r|--requirement",
        "includes another file, and a group is one file",
        "Name that file's group in the groups of dodo.py as well, in the same folder: then it may be taken in.",
    ),
    (
        "-c|--constraint",
        "names constraints, and all groups are one resolution already",
        "Name that file's group in the groups of dodo.py as well, or write the bound into this one, as a requirement: 'name<2'.",
    ),
    (
        "-e|--editable",
        "names a repository or an address to be built, which cannot be pinned by digest",
        "Name a release, a wheel by its address with '#sha256=…', or a library of the checkout: '-e ./folder'.",
    ),
    (
        "-i|--index-url|--extra-index-url|--no-index|--trusted-host|--pre|--prefer-binary|--no-binary|--only-binary"
        "|-f|--find-links|--use-feature",
        "says where or how packages are found, which a group does not say",
        "Which registry is asked is your own pip configuration; a pre-release is asked for by its version: 'name>=2.0rc1'.",
    ),
    (
        "-.*",
        "is an option, and a locked group takes requirements only",
        "List what the group itself imports.",
    ),
)
REFERENCE = re.compile(r"(?:(-r|--requirement)|-c|--constraint)[\s=]*(?:\./)?(.+?)\.(?:in|txt)")
LOGIN = re.compile(r"//[^/]*@")
ARCHIVE = "name @ https://…/name-1.0-py3-none-any.whl#sha256=…"


def referred(text: str, groups: Sequence[str]) -> tuple[str, str]:
    """Return "-r" or "-c" and the group of the same resolution that a line refers to, ("", "") if it refers to none."""
    found = REFERENCE.fullmatch(text)
    if not found or found[2] not in groups:
        return "", ""
    return "-r" if found[1] else "-c", found[2]


def read_requirement(text: str, where: str) -> Requirement:
    """Parse a requirement; raise BuildError for an option, a repository, or an address without a digest."""
    if text.startswith("-"):
        reason, hint = next(
            (reason, hint) for option, reason, hint in OPTIONS if re.match(rf"(?:{option})(?![\w-])", text)
        )
        raise BuildError(f"'{LOGIN.sub('//…@', text)}' {reason}", where, hint)
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
    if requirement.url and _has_secret(requirement.url):
        raise BuildError(
            f"'{LOGIN.sub('//…@', text)}' contains a login, which would be committed with the lock",
            where,
            "Write a variable in its place: 'https://name:${TOKEN}@…'.",
        )
    if requirement.url and (reason := _refusal(requirement.name, requirement.url)):
        raise BuildError(f"'{text}' {reason}", where, f"Write it as '{ARCHIVE}'.")
    return requirement


def version_at(url: str) -> str:
    """Return the version of the wheel at an address."""
    return str(parse_wheel_filename(unquote(urlsplit(url).path.rpartition("/")[2]))[1])


def _has_secret(url: str) -> bool:
    """Tell whether an address holds a password, or a token in place of a name, and not the name of a variable."""
    name, colon, password = urlsplit(url).netloc.rpartition("@")[0].partition(":")
    secret = password if colon else name
    return bool(secret) and not VARIABLE.fullmatch(secret)


def _refusal(name: str, url: str) -> str:
    """Return why an address cannot be locked, "" if it can."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http"):
        return "is a place of one machine; a library of the checkout is written as './folder'"
    if not DIGEST.fullmatch(parts.fragment):
        return "has no digest, so anyone who controls the address could change what is installed"
    try:
        packaged = parse_wheel_filename(unquote(parts.path.rpartition("/")[2]))[0]
    except InvalidWheelFilename:
        return "is not a wheel: environments are made without building anything"
    return "" if packaged == canonicalize_name(name) else f"is a wheel of '{packaged}'"
