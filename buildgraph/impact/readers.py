"""Readers: who can notice that names of modules changed while the rest of those modules did not.

A changed name is read by who mentions it. If that is a statement which evidently only binds another name, in whatever module, that name has changed as well: this is repeated until no more is
found. Names are compared as words, whichever module they belong to: a reader of another module's name of the same spelling counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from .bodies import Body, Change
from .words import ANY, EXISTS, VALUE


def spread(changes: Iterable[tuple[str, Change]], bodies: Iterable[Body]) -> set[str]:
    """Return the words whose readers are affected by changes of modules (by their keys)."""
    found = {ANY}
    for key, change in changes:
        came_or_went = change.appeared | change.vanished
        for name in change.changed | came_or_went:
            found |= _spellings(name)
        found.update(EXISTS + name for name in came_or_went)
        if change.changed or came_or_went:
            found.update(VALUE + part for part in key.removesuffix(".py").split("/"))
    known = list(bodies)
    size = 0
    while size != len(found):
        size = len(found)
        for body in known:
            for name, words in body.mentioned.items():
                if name not in found and not found.isdisjoint(words):
                    found |= _spellings(name)
            for name, origin in body.aliases.items():
                if origin in found:
                    found |= _spellings(name)
                if VALUE + origin in found:
                    found.add(VALUE + name)
    return found


def _spellings(name: str) -> set[str]:
    """Return a name, and how classes whose names begin it would mention it (Python's reference, "Private name mangling")."""
    is_mangled = name.startswith("_") and not name.endswith("__")
    return {name} | {name[at:] for at in range(1, len(name)) if is_mangled and name.startswith("__", at)}
