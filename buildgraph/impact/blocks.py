"""Blocks: a Python file as functions and the rest of its module, each with a digest that comments and positions do not change.

A block is an outermost function (a method, too) with all that is nested in it, or the module without the bodies of those functions: headers, decorators,
defaults, docstrings and class bodies run when the module is imported. A function's digest covers its header as well.

The units of a block are what coverage.py counts as lines: statements, handlers, decorators, cases, in the order of the tree. Which of them begin a
new line is a part of the digest. Two files whose block has one digest therefore have the same units, and a line that ran in one is a line of the other.
"""

from __future__ import annotations

import ast
import bisect
import hashlib
import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from .bodies import Body, body_of
from .evident import Evident
from .keeping import can_keep, state_of
from .syntax import constants_of, text_of
from .words import words_of

MODULE = "<module>"
VERSION = 6  # of the digests; a part of each of them
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Block:
    """One block, with the lines (counted from 1) that it has in this file."""

    name: str
    digest: str
    first: int  # where its code object begins: the first decorator, or the header
    body: int  # the first line of the body
    last: int
    units: tuple[int, ...]
    keeps: bool = True  # whether running it can leave something behind in its module (a cache, a registry)
    words: str = ""  # what it mentions (`words`), with spaces between


class Units:
    """The units of a block by their lines."""

    def __init__(self, units: tuple[int, ...]) -> None:
        self._ordinals = {line: ordinal for ordinal, line in reversed([*enumerate(units)])}
        self._lines = sorted(self._ordinals)

    def of(self, line: int) -> int:
        """Return the ordinal of the unit that a line belongs to, the first of those that begin there."""
        at = bisect.bisect_right(self._lines, line) - 1
        return self._ordinals[self._lines[max(at, 0)]] if self._lines else 0


EMPTY = Body("")


@dataclass(frozen=True)
class Source:
    """A file as it is read once."""

    blocks: tuple[Block, ...] = ()  # the module last
    body: Body = EMPTY
    constants: str = ""  # the digest of those that stand anywhere in it


def parse(source: bytes) -> Source:
    """Return the blocks of a file and its body; for one that does not compile, a module that stands for all its bytes."""
    last = source.count(b"\n") + 1
    try:
        with warnings.catch_warnings(record=True) as heard:  # A filter can make errors of them.
            warnings.simplefilter("always")
            tree = ast.parse(source)
            compile(source, "<source>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        digest = _digest(source.hex(), ())
        return Source(
            (Block(MODULE, digest, 1, 1, last, (1,), words="*"),), Body(digest, frozenset("*")), digest
        )
    constants = _digest(constants_of(tree), ())
    blocks: list[Block] = []
    counts: dict[str, int] = {}
    functions = list(_functions(tree.body, ""))
    state = state_of(tree)
    evident = Evident(tree)
    is_lazy = evident.has_lazy_annotations
    for name, node in functions:
        counts[name] = counts.get(name, 0) + 1
        units = tuple(_units(node.body))
        unique = name if counts[name] == 1 else f"{name}#{counts[name]}"
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        begins = min(units, default=node.lineno)
        keeps = "." in name or can_keep(node, state)
        end = node.end_lineno or begins
        words = " ".join(sorted(words_of([node], is_lazy)))
        blocks.append(Block(unique, _digest(text_of(node), units), first, begins, end, units, keeps, words))
    for _, node in functions:
        node.body = node.body[:1] if ast.get_docstring(node, clean=False) is not None else []
    units = tuple(_units(tree.body))
    words = " ".join(sorted(words_of([tree], is_lazy)))
    module = Block(MODULE, _digest(text_of(tree), units), 1, 1, last, units or (1,), words=words)
    body = body_of(tree, evident, sorted({str(each.message) for each in heard}))
    return Source((*blocks, module), body, constants)


def _functions(
    body: list[ast.stmt], prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the outermost functions below statements, with their qualified names."""
    for node in body:
        if isinstance(node, FUNCTIONS):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        else:
            for inner in _bodies(node):
                yield from _functions(inner, prefix)


def _bodies(node: ast.AST) -> Iterator[list]:
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        inner = getattr(node, field, None)
        if not isinstance(inner, list):
            continue
        if field in ("handlers", "cases"):
            for each in inner:
                yield each.body
        else:
            yield inner


def _units(body: list) -> Iterator[int]:
    """Yield the line at which each statement, handler, decorator or case begins."""
    for node in body:
        for decorator in getattr(node, "decorator_list", ()):
            yield decorator.lineno
        yield node.lineno
        for field in ("body", "handlers", "orelse", "finalbody"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                yield from _units(inner)
        for case in getattr(node, "cases", ()):
            yield case.pattern.lineno
            yield from _units(case.body)


def _digest(text: str, units: tuple[int, ...]) -> str:
    breaks = "".join("0" if a == b else "1" for a, b in itertools.pairwise(units))
    return hashlib.sha256(f"{VERSION}\n{breaks}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:20]
