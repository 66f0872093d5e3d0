"""Syntax: going over the nodes of a tree, and their text, faster than `ast` does, which is half of what reading a source costs."""

from __future__ import annotations

import ast
from collections.abc import Callable


def walk(tree: ast.AST) -> list[ast.AST]:
    """Return all nodes of a tree but contexts and operators, in no order."""
    found = [tree]
    for node in found:  # It grows meanwhile.
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                if value._fields:
                    found.append(value)
            elif isinstance(value, list):
                found += [each for each in value if isinstance(each, ast.AST)]
    return found


def constants_of(tree: ast.AST) -> str:
    """Return the constants that stand in a tree, each once, negative ones with their sign."""
    found = set()
    for node in walk(tree):
        if isinstance(node, ast.Constant):
            found.add(repr(node.value))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            found.add(f"{node.op.__class__.__name__} {node.operand.value!r}")
    return " ".join(sorted(found))


def text_of(tree: ast.AST) -> str:
    """Return what a tree says, without positions: two texts are equal only if the trees are."""
    parts: list[str] = []
    _tell(tree, parts.append)
    return "".join(parts)


def _tell(node: ast.AST, add: Callable[[str], None]) -> None:
    add(node.__class__.__name__)
    add("(")
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            if value._fields:
                _tell(value, add)
            else:  # `Load()` and its like
                add(value.__class__.__name__)
        elif isinstance(value, list):
            add("[")
            for each in value:
                if isinstance(each, ast.AST):
                    _tell(each, add)
                else:
                    add(repr(each))
                add(",")
            add("]")
        else:
            add(repr(value))
        add(",")
    add(")")
