"""Holds: releases that failed the tests, kept out of upgrades until a day, in a file that is committed.

A hold names one release: a later one of the same package is tried at the next upgrade. Once its day has come the hold no
longer counts, and the release is tried again. Format: TOML, one `[[hold]]` table each.
"""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from buildgraph.errors import BuildError

HEAD = "# Releases that failed the tests. Written by `doit upgrade --test`; delete an entry to try it again before its day.\n"
HINT = (
    'An entry is: [[hold]], name = "…", version = "…", reason = "…", since = 2026-01-31, until = 2026-03-02.'
)


@dataclass(frozen=True)
class Hold:
    """A release that upgrades leave out until a day."""

    name: str
    version: str
    reason: str
    since: date
    until: date

    def __str__(self) -> str:
        return f"{self.name} {self.version} is held back until {self.until}: {self.reason}"


def read(path: str) -> tuple[Hold, ...]:
    """Return the holds of a file, none if there is no file; raise BuildError if it cannot be understood."""
    try:
        rows = tomllib.loads(Path(path).read_text(encoding="utf-8")).get("hold", [])
        return tuple(_hold(row) for row in rows)
    except FileNotFoundError:
        return ()
    except (AttributeError, TypeError, ValueError) as error:
        raise BuildError(f"it cannot be read: {error}", path, HINT) from None


def render(holds: Iterable[Hold]) -> str:
    """Return the text of the file, "" for no hold."""
    entries = "".join(
        f"\n[[hold]]\nname = {_quoted(hold.name)}\nversion = {_quoted(hold.version)}\n"
        f"reason = {_quoted(hold.reason)}\nsince = {hold.since}\nuntil = {hold.until}\n"
        for hold in sorted(holds, key=lambda hold: (hold.name, hold.version))
    )
    return HEAD + entries if entries else ""


def active(holds: Iterable[Hold], today: date) -> tuple[Hold, ...]:
    """Return the holds whose day has not come."""
    return tuple(hold for hold in holds if today < hold.until)


def constraints(holds: Iterable[Hold]) -> str:
    """Return the holds as a constraints file that keeps a resolver off them."""
    return "".join(f"{hold.name}!={hold.version}\n" for hold in holds)


def _hold(row: Any) -> Hold:
    """Return the hold of a table; raise TypeError or ValueError for a missing, unknown or wrong value."""
    hold = Hold(**row)
    for value, kind in (
        *((text, str) for text in (hold.name, hold.version, hold.reason)),
        *((day, date) for day in (hold.since, hold.until)),
    ):
        if type(value) is not kind:
            raise TypeError(f"{value!r} is not a {'day' if kind is date else 'text'}")
    name = canonicalize_name(hold.name, validate=True)
    return Hold(name, str(Version(hold.version)), hold.reason, hold.since, hold.until)


def _quoted(text: str) -> str:
    """Return a TOML basic string; all of JSON's escapes are TOML's."""
    return json.dumps("".join(letter for letter in text if letter.isprintable()), ensure_ascii=False)
