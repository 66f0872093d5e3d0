"""Twice: a message of which a catalog has two translations. Babel would keep one of them; msgmerge refuses them, too.

A merge of two branches leaves such catalogs behind. What is there once, and once more as obsolete (`#~`), loses nothing and is let through.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from buildgraph.errors import BuildError

PART = re.compile(r'(#~)?\s*(msg\w+(?:\[\d+\])?)?\s*"(.*)"')
BEGINS = ("msgctxt", "msgid")
Key = tuple[bool, str | None, str]
"""Whether it is obsolete, its context, its text."""


def refuse_twice(path: Path, text: str) -> None:
    """Raise BuildError for the second of two messages, or of two translations of one, with its line."""
    first: dict[Key, int] = {}
    for line, key in _messages(path, text):
        if key in first:
            raise _twice(path, line, f"'{key[-1]}' is there already, in line {first[key]}")
        first[key] = line


def _messages(path: Path, text: str) -> Iterator[tuple[int, Key]]:
    """Yield the line of each message, and what tells it from others."""
    parts: dict[str, str] = {}
    begun, is_obsolete, keyword = 0, False, ""
    for number, line in enumerate(text.split("\n"), 1):
        if not (found := PART.match(line)):
            continue
        if found[2] in BEGINS and any(each.startswith("msgstr") for each in parts):
            yield begun, (is_obsolete, parts.get("msgctxt"), parts.get("msgid", ""))
            parts = {}
        if not parts:
            begun, is_obsolete = number, bool(found[1])
        if found[2] in parts:
            raise _twice(path, number, f"the message of line {begun} has a '{found[2]}' already")
        keyword = found[2] or keyword
        parts[keyword] = parts.get(keyword, "") + found[3]
    if parts:
        yield begun, (is_obsolete, parts.get("msgctxt"), parts.get("msgid", ""))


def _twice(path: Path, line: int, what: str) -> BuildError:
    return BuildError(
        f"cannot read the catalog: {what}", f"{path.as_posix()}, line {line}", "Keep one of them."
    )
