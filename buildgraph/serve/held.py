"""Held: what the names of a function hold, as a page may show it: short, and without what is secret by its name."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping
from types import FunctionType, ModuleType

SECRET = re.compile(
    r"pass|secret|token|api_?key|private_?key|signature|credential|cookie|authorization|dsn|database_url",
    re.IGNORECASE,
)
HIDDEN = "•••"
MOST_NAMES = 20
MOST_CHARACTERS = 160
SAID_BY_SOURCE = (ModuleType, FunctionType, type)
"""What the source says as well as its value does."""


def held(names: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return names and what they hold; a value whose `repr` raises is said to be one."""
    wanted = [
        (name, value)
        for name, value in names.items()
        if not name.startswith(("__", "@")) and not isinstance(value, SAID_BY_SOURCE)
    ]
    return tuple(
        (name, HIDDEN if SECRET.search(name) else _brief(value)) for name, value in wanted[:MOST_NAMES]
    )


def public(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return a request's headers, by name, without what is secret in them."""
    shown = ((name, HIDDEN if SECRET.search(name) else value[:MOST_CHARACTERS]) for name, value in headers)
    return tuple(sorted(shown))


def _brief(value: object) -> str:
    brief = reprlib.Repr()
    brief.maxstring = brief.maxother = MOST_CHARACTERS
    try:
        if type(value) is dict:
            value = {
                key: HIDDEN if isinstance(key, str) and SECRET.search(key) else each
                for key, each in value.items()
            }
        return brief.repr(value)[: 2 * MOST_CHARACTERS]
    except BaseException as error:  # it is the application's own
        return f"its repr() raised {type(error).__name__}"
