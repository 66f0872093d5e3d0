"""Bodies: what importing a module runs, as the names that it evidently only binds, each with a digest, and one digest of the rest.

An importer of a module depends on its rest. On one of its names depends only who mentions it, directly or by way of a name whose statement does (`readers`). A name's digest is of all
statements that bind it, of how many of the rest come before, and of how often the names that it mentions are bound by then. A class counts as a whole, and has its subclasses in its digest (`__subclasses__`).
"""

from __future__ import annotations

import ast
import builtins
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .evident import Evident
from .syntax import text_of
from .words import ANY, EXISTS, imports_of, words_of

SHORT = 12


@dataclass(frozen=True)
class Body:
    """The body of one module."""

    rest: str  # a digest
    words: frozenset[str] = frozenset()  # of the rest
    names: dict[str, str] = field(default_factory=dict)  # digests
    mentioned: dict[str, frozenset[str]] = field(default_factory=dict)  # words of a name's statements
    imports: dict[str, str] = field(default_factory=dict)  # names that come from elsewhere, and theirs there

    def value(self, whole: str) -> str:
        """Return the body as a fact's value: a digest of everything, that of the rest, and those of the names."""
        return " ".join((whole, self.rest, *(f"{name}={each}" for name, each in sorted(self.names.items()))))


@dataclass(frozen=True)
class Change:
    """What differs between two bodies with the same rest."""

    changed: frozenset[str]
    appeared: frozenset[str]
    vanished: frozenset[str]

    def __or__(self, other: Change) -> Change:
        """Return what differs between a body and either of two others."""
        return Change(
            self.changed | other.changed, self.appeared | other.appeared, self.vanished | other.vanished
        )


def body_of(tree: ast.Module, evident: Evident, notes: Iterable[str] = ()) -> Body:
    """Return the body of a module whose functions have no bodies any more; notes are what compiling it says."""
    is_lazy = evident.has_lazy_annotations
    rest: list[str] = [*notes]
    words: set[str] = set()
    texts: dict[str, list[str]] = {}
    mentioned: dict[str, set[str]] = {}
    imports: dict[str, str] = {}
    bases: dict[str, str] = {}
    for node in tree.body:
        names = evident.names(node)
        mentions = words_of([node], is_lazy)
        if names:
            known = [(name, len(texts[name])) for name in sorted(mentions & texts.keys())]
            text = f"{len(rest)}\n{known}\n{text_of(node)}"
            for name in names:
                texts.setdefault(name, []).append(text)
                mentioned.setdefault(name, set()).update(mentions)
            if isinstance(node, ast.ClassDef):
                for base in _ancestors(node, bases):
                    texts[base].append(f"< {node.name}")
            continue
        rest.append(text_of(node))
        if isinstance(node, ast.Import | ast.ImportFrom):
            words |= {each for each in mentions if each.startswith((ANY, EXISTS))}
            imports |= imports_of(node)
        else:
            words |= mentions
    return Body(
        _digest("\n".join(rest)),
        frozenset(words),
        {name: _digest("\n".join(each)) for name, each in texts.items()},
        {name: frozenset(each) for name, each in mentioned.items()},
        imports,
    )


def _ancestors(node: ast.ClassDef, bases: dict[str, str]) -> Iterator[str]:
    """Yield the classes of the module that an evident class inherits from, and remember it."""
    base = node.bases[0] if node.bases else None
    if isinstance(base, ast.Name):
        name = bases[node.name] = base.id
        while name in bases or not hasattr(builtins, name):
            yield name
            name = bases.get(name, "object")


def whole_of(value: str) -> str:
    """Return the digest of everything in a fact's value."""
    return value.partition(" ")[0]


def change_of(old: str, new: str) -> Change | None:
    """Return what differs between two values; None if it is the rest."""
    (_, old_rest, *old_names), (_, new_rest, *new_names) = _fields(old), _fields(new)
    if not old_rest or old_rest != new_rest:
        return None
    before, after = (dict(each.split("=") for each in names) for names in (old_names, new_names))
    return Change(
        frozenset(name for name in before.keys() & after if before[name] != after[name]),
        frozenset(after.keys() - before),
        frozenset(before.keys() - after),
    )


def _fields(value: str) -> list[str]:
    fields = value.split(" ")
    return fields if len(fields) > 1 else [value, ""]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:SHORT]
