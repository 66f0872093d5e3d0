"""Questions: what a request asks for, by its host and path, in the only forms that are understood."""

import re
from dataclasses import dataclass

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?"  # PEP 508, as long as the index takes them
FILENAME = r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,219}"  # as the index takes them, and a suffix
OLD_FILE = re.compile(
    rf"/packages/[A-Za-z0-9._+-]{{1,50}}/(?P<letter>[A-Za-z0-9])/(?P<name>{NAME})/(?P<file>{FILENAME})"
)
PRESENT_FILE = re.compile(rf"/packages/[0-9a-f]{{2}}/[0-9a-f]{{2}}/[0-9a-f]{{60}}/{FILENAME}")
DOCUMENTATION = re.compile(rf"/(?P<name>{NAME})(?:/.*)?", re.DOTALL)
HOST = re.compile(rf"(?P<host>{NAME})\.?(?::[0-9]{{1,5}})?")


@dataclass(frozen=True)
class OldFile:
    """A file by its project's normalized name and its own."""

    project: str
    filename: str


@dataclass(frozen=True)
class PresentFile:
    """A file by its path in the index, which has its digest."""

    path: str


@dataclass(frozen=True)
class Documentation:
    """The documentation of a project, by its normalized name."""

    project: str


Question = OldFile | PresentFile | Documentation


def question_of(host: str, path: str, docs_domain: str) -> Question | None:
    """Return what is asked for; None for what never was an address here."""
    is_read = HOST.fullmatch(host.lower())
    name = is_read["host"] if is_read else ""
    if docs_domain and name == docs_domain:
        return _documentation(DOCUMENTATION.fullmatch(path))
    if docs_domain and name.endswith(f".{docs_domain}"):
        return _documentation(re.fullmatch(f"(?P<name>{NAME})", name.removesuffix(f".{docs_domain}")))
    if PRESENT_FILE.fullmatch(path):
        return PresentFile(path)
    found = OLD_FILE.fullmatch(path)
    if not found or found["letter"].lower() != found["name"][0].lower():
        return None
    return OldFile(normalized(found["name"]), found["file"])


def normalized(name: str) -> str:
    """Return the one spelling of a project's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _documentation(found: re.Match[str] | None) -> Documentation | None:
    return Documentation(normalized(found["name"])) if found else None
