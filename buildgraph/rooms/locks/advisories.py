"""Advisories: whether a release is known to be vulnerable, in three values: found, none, unknown.

The index that a release came from is asked by its JSON API (as PyPI documents it, "Known vulnerabilities"), and
no other: the same name elsewhere may be another package. Everything but a well-formed answer about that release is
"unknown", never "none": an index without that API, an error, a time-out, an archive in a folder.
"""

import json
import queue
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from typing import Any

NONE, UNKNOWN = "none", "unknown"
THREADS = 8
TIMEOUT_SECONDS = 5.0  # for one answer to begin
PATIENCE_SECONDS = 30.0  # for all of them
LONGEST_BYTES = 8 * 2**20

Release = tuple[str, str]


def look_up(
    pages: Mapping[Release, str], certificates: str = "", patience_seconds: float = PATIENCE_SECONDS
) -> dict[Release, str]:
    """Return "none", "unknown", or the identifiers found, for each (name, version) with its page of a simple index.

    `certificates` is a file of authorities, "" for the system's.
    """
    found = dict.fromkeys(pages, UNKNOWN)
    todo: queue.SimpleQueue[tuple[Release, str]] = queue.SimpleQueue()
    for release, page in pages.items():
        if address := address_of(release, page):
            todo.put((release, address))
    answers: queue.SimpleQueue[tuple[Release, str]] = queue.SimpleQueue()
    expected = todo.qsize()
    for _ in range(min(THREADS, expected)):
        # A daemon: one that waits for a server that never ends its answer must not keep the program.
        threading.Thread(target=_work, args=(todo, answers, certificates), daemon=True).start()
    deadline = time.monotonic() + patience_seconds
    for _ in range(expected):
        try:
            release, said = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[release] = said
    return found


def address_of(release: Release, page: str) -> str:
    """Return where the index of a package's page tells of a release, "" if it is not a simple index that can be asked."""
    name, version = release
    base, simple, _ = page.rpartition("/simple/")
    if not simple or not base.startswith(("https://", "http://")):
        return ""
    return f"{base}/pypi/{name}/{version}/json"


def read_answer(version: str, answer: Any) -> str:
    """Return what an answer says of a release."""
    try:
        rows = answer["vulnerabilities"]
        if answer["info"]["version"] != version or not isinstance(rows, list):
            return UNKNOWN
        return ", ".join(_identifiers(rows)) or NONE
    except (AttributeError, KeyError, TypeError):
        return UNKNOWN


def _identifiers(rows: Iterable[Mapping[str, object]]) -> list[str]:
    return sorted(str(row["id"]) for row in rows if not row.get("withdrawn"))


def _work(
    todo: "queue.SimpleQueue[tuple[Release, str]]",
    answers: "queue.SimpleQueue[tuple[Release, str]]",
    certificates: str,
) -> None:
    while True:
        try:
            release, address = todo.get_nowait()
        except queue.Empty:
            return
        answers.put((release, _ask(release[1], address, certificates)))


def _ask(version: str, address: str, certificates: str) -> str:
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 (`address_of` gives http only)
    try:
        trust = ssl.create_default_context(cafile=certificates or None)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS, context=trust) as answer:  # noqa: S310
            return read_answer(version, json.loads(answer.read(LONGEST_BYTES)))
    # URLError is an OSError; a wrong address and a wrong JSON are ValueErrors, one that is nested for ever is the last.
    except (OSError, ValueError, HTTPException, RecursionError):
        return UNKNOWN
