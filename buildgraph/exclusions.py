"""Exclusions: what a list of inputs takes out of its own patterns, as in `inputs=["src/", "!src/generated/"]`.

A pattern carries what is taken out of it, as one text (`excluding`), so that there is one answer to what it stands for: edges,
listings, identities, stored graphs. An exclusion takes out the file or the folder that it names or matches, with all that is below; with a slash at its end, folders alone.

It is judged name by name on the way down, by the names under which a path is found. What of all exclusions can still match below a folder is the folder's
`Rest`: texts of names, each with the ones that follow from it if `**` stands for no folder. A folder that is excluded whole is not entered; and since
there are few different rests, a search through links ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from buildgraph.layout import PATTERN, WITHOUT, is_pattern, is_tree
from buildgraph.wildcards import name_matcher

Names = tuple[str, ...]
Rest = frozenset[Names]

ALL = ("**",)
NOTHING: Rest = frozenset()
"""The rest where nothing is excluded."""


def excluding(pattern: str, excluded: Iterable[str]) -> str:
    """Return a pattern or a tree, and patterns and paths that are taken out of it, as one pattern."""
    return WITHOUT.join([as_pattern(pattern), *map(as_pattern, excluded), ""])


def as_pattern(path: str) -> str:
    """Return a path or a tree as the pattern that stands for it alone."""
    return path if is_pattern(path) else PATTERN + path.replace("[", "[[]")


@lru_cache(maxsize=4096)
def divided(pattern: str) -> tuple[str, tuple[str, ...]]:
    """Return a pattern or a tree without its exclusions, and these."""
    if pattern[-1] != WITHOUT:
        return pattern, ()
    kept, *excluded = pattern[:-1].split(WITHOUT)
    return kept, tuple(excluded)


@lru_cache(maxsize=4096)
def rest_of(excluded: tuple[str, ...]) -> Rest:
    """Return the rest of exclusions at the top folder."""
    return frozenset(each for pattern in excluded for each in _with_shorter(_names(pattern)))


@lru_cache(maxsize=65536)
def below(rest: Rest, folder: str) -> Rest | None:
    """Return the rest below a folder of that name, None if all that is there is excluded."""
    found: set[Names] = set()
    for names in rest:
        if names == ALL or (name_matcher(names[0])(folder) and names[1:] in ((), ALL)):
            return None
        if names[0] == "**":
            if not folder.startswith("."):
                found.update(_with_shorter(names))
        elif name_matcher(names[0])(folder):
            found.update(_with_shorter(names[1:]))
    return frozenset(found)


def is_out(rest: Rest, name: str) -> bool:
    """Tell whether a file of that name is excluded."""
    return any(len(names) == 1 and (names == ALL or name_matcher(names[0])(name)) for names in rest)


def below_folder(rest: Rest, folder: str) -> Rest | None:
    """Return the rest below a folder that is named by its whole path, "" for the top, with its slash or without."""
    now: Rest | None = rest
    for name in filter(None, folder.split("/")):
        now = None if now is None else below(now, name)
    return now


def excludes(excluded: tuple[str, ...], path: str) -> bool:
    """Tell whether exclusions take out a file."""
    folder, _, name = path.rpartition("/")
    rest = below_folder(rest_of(excluded), folder)
    return rest is None or is_out(rest, name)


def excludes_all(excluded: tuple[str, ...], pattern: str) -> bool:
    """Tell whether exclusions take out all that a tree or a pattern can stand for, whatever files there are.

    They may do so and not be known to: a pattern is compared by its text and by the folder below which its matches lie.
    """
    from buildgraph.patterns import fixed_folder

    rest = rest_of(excluded)
    return (is_pattern(pattern) and _names(pattern) in rest) or below_folder(
        rest, fixed_folder(pattern)
    ) is None


def may_meet(pattern: str, excluded: str) -> bool:
    """Tell whether an exclusion may take something out of a tree or a pattern, by the names on the way down and by how deep matches lie."""
    from buildgraph.patterns import fixed_folder

    if below_folder(rest_of((excluded,)), fixed_folder(pattern)) == NOTHING:
        return False
    if is_tree(pattern) or "**" in pattern:
        return True
    return sum(name != "**" for name in _names(excluded)) <= pattern.count("/", 1) + 1


def moved_exclusions(excluded: tuple[str, ...], folder: str, place: str) -> tuple[str, ...]:
    """Return exclusions for the folder's content at another place, which is already written as a pattern's text ("" for the top)."""
    rest = below_folder(rest_of(excluded), folder)
    start = PATTERN + place + "/" if place else PATTERN
    return tuple(sorted(start + "/".join(names) for names in ({ALL} if rest is None else rest)))


def _names(pattern: str) -> Names:
    """Return the names of an exclusion; a folder is excluded by what is below it."""
    names = tuple(pattern[1:].rstrip("/").split("/"))
    return (*names, "**") if is_tree(pattern) and names[-1] != "**" else names


def _with_shorter(names: Names) -> Iterator[Names]:
    yield names
    while len(names) > 1 and names[0] == "**":
        names = names[1:]
        yield names
