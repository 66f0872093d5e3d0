"""Readers: who can notice that names of modules changed while the rest of those modules did not.

A changed name is read by who mentions it. If that is a statement which evidently only binds another name of the same module, that name has changed as well, and so has a name that is
imported from a module where one of its spelling changed. This is repeated until no more is found. What is left are modules, and for each the words whose readers notice, if they use it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from .bodies import Body, Change
from .words import ANY, EXISTS, VALUE


def spread(
    changes: Mapping[str, Change], bodies: Mapping[str, Body], users_of: Callable[[str], Set[str]]
) -> dict[str, set[str]]:
    """Return the words whose readers notice, by the module that they use; modules by their keys, and of each those that use it."""
    came_or_went = {key: each.appeared | each.vanished for key, each in changes.items()}
    changed = {key: set(each.changed | came_or_went[key]) for key, each in changes.items()}
    changed = {key: _within(bodies[key], names) for key, names in changed.items()}  # none: their order
    values: dict[str, set[str]] = {}
    rest = list(changed)
    for key in rest:
        values.setdefault(key, _values(key, bodies))
        for user in users_of(key) & bodies.keys():
            found = changed.get(user, set()) | _through(bodies[user], changed[key], values[key])
            found = _within(bodies[user], found)
            if found and found != changed.get(user):
                changed[user] = found
                rest.append(user)
    return {
        key: {ANY, *values[key]}.union(
            *map(_spellings, names), {EXISTS + name for name in came_or_went.get(key, ())}
        )
        for key, names in changed.items()
    }


def _through(body: Body, names: set[str], values: set[str]) -> set[str]:
    """Return names of a module that stand for changed ones of another, or for that other."""
    imported = {name for name, origin in body.imports.items() if origin in names}
    return imported | {name for name, words in body.mentioned.items() if not words.isdisjoint(values)}


def _within(body: Body, found: set[str]) -> set[str]:
    """Return names of a module with those that are bound by way of them."""
    size = -1
    while size != len(found):
        size = len(found)
        found = found | {name for name, words in body.mentioned.items() if not words.isdisjoint(found)}
    return found


def _values(key: str, bodies: Mapping[str, Body]) -> set[str]:
    """Return the words by which a module or a package above it can be used as a value."""
    names = set(key.removesuffix(".py").split("/"))
    size = -1
    while size != len(names):
        size = len(names)
        names |= {
            name for each in bodies.values() for name, origin in each.imports.items() if origin in names
        }
    return {VALUE + name for name in names}


def _spellings(name: str) -> set[str]:
    """Return a name, and how classes whose names begin it would mention it (Python's reference, "Private name mangling")."""
    is_mangled = name.startswith("_") and not name.endswith("__")
    return {name} | {name[at:] for at in range(1, len(name)) if is_mangled and name.startswith("__", at)}
