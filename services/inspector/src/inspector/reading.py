"""Reading an archive: its members, and one of them. Runs in quarantine; all that it takes and returns is text.

A member is named by its address: the bytes of its path, percent-encoded, so that a name which is not text has one, too.
"""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from inspector.contents import VIEW_BYTES, view
from inspector.texts import shown_name
from safe_archives import Archive, Limits, Member, Refused, opened, read

LIMITS = Limits(has_case=True)  # two names are two here
PAGE = 500  # members
CONTENT_BYTES = 8 * 1024 * 1024  # of a member that is handed out
DIGEST_BYTES = 64 * 1024 * 1024  # of one whose digest is computed
LONGEST_REASON = 1000  # characters; it quotes names
LONGEST_ADDRESS = 4000  # characters; what is longer is listed without a link


def _of_archive(answer: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Open the archive that is asked about; why one is refused is an answer, too."""

    @wraps(answer)
    def of(path: str, filename: str, *arguments: str) -> dict[str, Any]:
        try:
            with opened(Path(path), filename, LIMITS) as archive:
                return answer(archive, *arguments)
        except Refused as refusal:
            return {"refused": refusal.reason[:LONGEST_REASON]}

    return of


@_of_archive
def members(archive: Archive, folder: str, page: str) -> dict[str, Any]:
    """Return a page of the members of a folder ("" or an address with a slash at its end), as a tree reads: a folder's own files first."""
    found = list(archive)
    counts = Counter(member.path for member in found)
    twins = Counter(name.casefold() for name in counts)
    parents = {folder for name in counts for folder in _parents(name)}
    below = [each for each in found if _address(each).startswith(folder) and not _is_said(each, parents)]
    if (
        folder
        and not below
        and folder not in {f"{_address(each)}/" for each in found if each.kind == "folder"}
    ):
        return {"missing": True}
    below.sort(key=_place)
    start = (int(page) - 1) * PAGE
    return {
        "members": [_row(each, counts) for each in below[start : start + PAGE]],
        "count": len(below),
        "pages": max(-(-len(below) // PAGE), 1),
        "bytes": sum(each.size_bytes for each in below),
        "folder": shown_name(unquote(folder, errors="surrogateescape")),
        "twins": sum(count > 1 for count in twins.values()),
    }


@_of_archive
def member(archive: Archive, address: str) -> dict[str, Any]:
    """Return what is shown of a member; `missing` if there is none."""
    found = _found(archive, address)
    if found is None:
        return {"missing": True}
    if not _has_content(found):
        return _described(found)
    is_whole, digest, head, size = found.size_bytes <= DIGEST_BYTES, hashlib.sha256(), b"", 0
    for piece in archive.pieces(found):
        digest.update(piece)
        head += piece[: max(VIEW_BYTES - len(head), 0)]
        size += len(piece)
        if size > VIEW_BYTES and not is_whole:
            break
    size = size if is_whole else found.size_bytes
    seen = {
        "bytes": size,
        "sha256": digest.hexdigest() if is_whole else "",
        "is_handed_out": size <= CONTENT_BYTES,
    }
    return _described(found) | seen | view(head, size > len(head))


@_of_archive
def content(archive: Archive, address: str) -> dict[str, Any]:
    """Return the content of a member in base64, if it has any; `missing` if there is none."""
    found = _found(archive, address)
    if found is None:
        return {"missing": True}
    if not _has_content(found):
        return _described(found)
    return {"content": b64encode(read(archive, found, CONTENT_BYTES)).decode("ascii")}


def _found(archive: Archive, address: str) -> Member | None:
    """Return the last member of an address, as unpacking leaves it."""
    found = None
    for each in archive:  # to the end: what is behind it counts, too
        found = each if _address(each) == address else found
    return found


def _has_content(found: Member) -> bool:
    return found.kind != "folder" and not found.is_encrypted


def _described(found: Member) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "target": shown_name(found.target),
        "is_encrypted": found.is_encrypted,
        "name": shown_name(found.path),
    }


def _row(each: Member, counts: Counter[str]) -> dict[str, Any]:
    folder, _, name = each.path.rpartition("/")
    address = _address(each)
    return _described(each) | {
        "name": shown_name(name),
        "folder": shown_name(folder),
        "folder_address": _linked(address.rpartition("/")[0]),
        "address": _linked(address),
        "bytes": each.size_bytes,
        "times": counts[each.path],
    }


def _linked(address: str) -> str:
    return address if len(address) <= LONGEST_ADDRESS and address != "." else ""  # a browser leaves that out


def _address(each: Member) -> str:
    try:
        return quote(each.path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # a half of a pair, which no bytes stand for
        return quote(each.path.encode("utf-8", "surrogatepass"))


def _parents(name: str) -> Iterator[str]:
    while "/" in name and len(name) < LONGEST_ADDRESS:
        name = name.rpartition("/")[0]
        yield name


def _is_said(each: Member, parents: set[str]) -> bool:
    """Tell whether a folder is seen by what is in it."""
    return each.kind == "folder" and not each.size_bytes and (each.path in parents or each.path == ".")


def _place(each: Member) -> tuple[list[str], str]:
    *folders, name = each.path.split("/")
    return folders, name
