"""Places: where documents of the index say that something is, if it is somewhere that we lead to.

What a project says of itself was written by a stranger. It is led to on the web only, at an address that is written in
one way, so that no reader takes a part of it for a login, another host or another header.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

LABELS = ("documentation", "docs")  # PEP 753, the better one first
# A name with a dot, its last part not a number: neither a machine nearby nor an address of IP.
HOST = r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*"
WEB = re.compile(
    rf"(?P<origin>https?://(?P<host>{HOST})(?::[0-9]{{1,5}})?)(?P<rest>[/?#].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,  # without ASCII, "ſ" and the Kelvin sign are taken for "s" and "k"
)
UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]")
KEPT = "/?#:@!$&'()*+,;=-._~%[]|^`{}"
LONGEST = 2000  # characters of an address


@dataclass(frozen=True)
class File:
    """A file of a project: its address, and which siblings it has."""

    address: str
    suffixes: tuple[str, ...]


def files_of(document: Mapping[str, Any], index: str) -> dict[str, File]:
    """Return the files of a project by name in small letters, out of its page of the simple API (PEP 691, 714).

    A file that is not on the index itself is left out.
    """
    found = {}
    for entry in document["files"]:
        address = urljoin(f"{index}/simple/", entry["url"]).partition("#")[0]
        if not address.startswith(f"{index}/packages/") or UNSAFE.search(address) or not address.isascii():
            continue
        flags = {".asc": entry.get("gpg-sig"), ".metadata": entry.get("core-metadata")}
        found[entry["filename"].lower()] = File(address, tuple(name for name, flag in flags.items() if flag))
    return found


def file_at(files: Mapping[str, File], filename: str) -> str | None:
    """Return the address of a file, or of its sibling; None if the project has none of this name."""
    name = filename.lower()
    if file := files.get(name):
        return file.address
    for suffix in (".asc", ".metadata"):
        file = files.get(name.removesuffix(suffix))
        if file and name.endswith(suffix) and suffix in file.suffixes:
            return file.address + suffix
    return None


def documentation_of(document: Mapping[str, Any], docs_domain: str) -> str | None:
    """Return the address of the documentation that a project's JSON document names; None if we do not lead there."""
    urls = document["info"].get("project_urls") or {}
    by_label = {re.sub(r"[\W_]", "", label).lower(): address for label, address in urls.items()}
    addresses = (_on_the_web(by_label[label], docs_domain) for label in LABELS if label in by_label)
    return next((address for address in addresses if address), None)


def _on_the_web(address: object, docs_domain: str) -> str | None:
    if not isinstance(address, str):
        return None
    found = WEB.fullmatch(address)
    if not found or len(address) > LONGEST or UNSAFE.search(address):
        return None
    host = found["host"].lower()
    if docs_domain and (host == docs_domain or host.endswith(f".{docs_domain}")):
        return None  # it would lead here again, for ever
    return found["origin"] + quote(found["rest"] or "", safe=KEPT)
