"""Chosen: a list of paths, trees and patterns of which some begin with "!", which take out of the others what they match.

The order is without meaning. A single file that is named is never taken out. An exclusion that can take nothing out of any pattern of its list is a
mistake; whether it matches a file now says nothing: what it excludes may not have been made yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from buildgraph.errors import BuildError
from buildgraph.exclusions import as_pattern, excluding, may_meet
from buildgraph.layout import Glob, canonical, exact, is_exact, shown

MARK = "!"
LITERAL = "[!]"
"""How a plain text says a name that begins with the mark; "./!" says it as well."""
NOT_THERE = "{} has no pattern or tree there"
EXCLUDING = frozenset(("inputs", "judges"))
"""The keywords whose lists can exclude."""


def has_exclusions(paths: Sequence[object]) -> bool:
    """Tell whether one of the entries may be an exclusion; where all are plain texts, at the cost of one search."""
    try:
        if MARK not in "\0".join(paths):  # type: ignore[arg-type] # The error says which are not texts.
            return False
    except TypeError:
        pass
    return any(map(may_exclude, paths))


def may_exclude(path: object) -> bool:
    """Tell whether what `dodo.py` says is an exclusion, or a name that begins as one does."""
    if type(path) is str:
        return path[:1] == MARK or path[:3] == LITERAL
    # Of a glob, brackets are syntax: "[!]x]" is one letter, neither "]" nor "x".
    return (
        path.text[:1] == MARK
        if isinstance(path, Glob)
        else isinstance(path, str) and may_exclude(exact(path))
    )


def chosen(field: str, paths: Sequence[object], where: str) -> tuple[str, ...]:
    """Return the canonical paths of a list, each pattern with what is taken out of it."""
    kept, excluded = [], []
    for path in paths:
        if may_exclude(path) and _text(path).startswith(MARK):
            excluded.append(_excluded(field, path, where))
        elif may_exclude(path):
            kept.append(_literal(path, where))
        else:
            kept.append(canonical(path, where))
    for each in excluded:
        if not any(may_meet(pattern, each) for pattern in kept if not is_exact(pattern)):
            raise _useless(field, each, kept, where)
    return tuple(dict.fromkeys(each if is_exact(each) else _without(each, excluded) for each in kept))


def _useless(field: str, excluded: str, kept: Sequence[str], where: str) -> BuildError:
    """Return the sentence for an exclusion that takes nothing out, with what was most likely meant."""
    said = shown(excluded)
    what, plain = f"the exclusion '!{said}' takes nothing out: ", said.lstrip(f"{MARK} ")
    if said in kept:
        why, hint = (
            f"'{said}' is named as a single file",
            "Remove one of the two: a file that is named always counts.",
        )
    elif not kept:
        why, hint = (
            f"{field} has nothing but exclusions",
            f"Name what is read, too: {field}=['src/', '!src/made/'].",
        )
    elif plain not in ("", said) and _meets_any(plain, kept):
        why, hint = "a name does not begin like that", f"Write '!{plain}'."
    elif "/" not in said.rstrip("/") and _meets_any(f"**/{said}", kept):
        why, hint = NOT_THERE, f"It begins at the top folder: for one below any folder write '!**/{said}'."
    else:
        why, hint = NOT_THERE, "Correct it, or remove it."
    return BuildError(what + why.format(field), where, hint)


def _meets_any(excluded: str, kept: Sequence[str]) -> bool:
    return any(
        may_meet(pattern, as_pattern(canonical(excluded, ""))) for pattern in kept if not is_exact(pattern)
    )


def _excluded(field: str, path: object, where: str) -> str:
    if field not in EXCLUDING:
        hint = f"Name what is meant. A file of that name is './{_text(path)}'."
        raise BuildError(f"{field} cannot exclude: '{_text(path)}' begins with '!'", where, hint)
    return as_pattern(canonical(_like(path, _text(path)[1:]), where))


def _literal(path: object, where: str) -> str:
    """Return the path of a name that begins with "!", written `[!]name` or, as anything may be, `./!name`."""
    return canonical(f"./!{_text(path)[len(LITERAL) :]}", where)


def _without(pattern: str, excluded: Sequence[str]) -> str:
    met = sorted({each for each in excluded if may_meet(pattern, each)})
    return excluding(pattern, met) if met else pattern


def _text(path: object) -> str:
    return path.text if isinstance(path, Glob) else exact(path)


def _like(path: object, text: str) -> str | Glob:
    return Glob(text) if isinstance(path, Glob) else text
