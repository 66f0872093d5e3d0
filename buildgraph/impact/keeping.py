"""Keeping: whether a call of a function can leave something behind in its module, read from its source; in doubt it can.

What runs before the tests are forked (imports, wide fixtures) may fill a cache that a test then finds full. So who uses a module also uses what has called into it, unless the functions
called keep nothing: no decorator but a fixture's, nothing nested, no `global`, no mutable default, and no name of the module but functions and imports, none of them stored into.
"""

from __future__ import annotations

import ast
from collections import Counter

from .syntax import walk

NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Global, ast.Nonlocal)
REFLECTION = frozenset(("globals", "vars", "setattr", "exec", "eval", "__dict__"))


def state_of(tree: ast.Module) -> frozenset[str]:
    """Return the names of a module that are bound to something else than functions and imports."""
    harmless: set[str] = set()
    others: set[str] = set()
    counts: Counter[str] = Counter()
    for node in walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            others.add(node.id)
            counts[node.id] += 1
        elif isinstance(node, ast.ClassDef):
            others.add(node.name)
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            harmless.update(each.id for each in node.targets if isinstance(each, ast.Name))
    return frozenset(name for name in others if name not in harmless or counts[name] > 1)


def can_keep(function: ast.FunctionDef | ast.AsyncFunctionDef, state: frozenset[str]) -> bool:
    """Tell whether a function of a module with such names can leave something behind in it."""
    defaults = [*function.args.defaults, *filter(None, function.args.kw_defaults)]
    if not all(_is_fixture(each) for each in function.decorator_list):
        return True
    if not all(isinstance(each, ast.Constant) for each in defaults):
        return True
    local = {node.arg for node in walk(function.args) if isinstance(node, ast.arg)}
    for statement in function.body:
        for node in walk(statement):
            if isinstance(node, NESTED):
                return True
            if isinstance(node, ast.Name) and (
                node.id in REFLECTION
                or (
                    node.id in state
                    and node.id not in local
                    and isinstance(node.ctx, ast.Load)
                    and not _is_local(function, node.id)
                )
            ):
                return True
            if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
                return True
            if isinstance(node, ast.Attribute) and node.attr in REFLECTION:
                return True
    return False


def _is_local(function: ast.AST, name: str) -> bool:
    """Tell whether a name is bound in a function, which has no `global`."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in walk(function)
    )


def _is_fixture(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (isinstance(called, ast.Attribute) and called.attr == "fixture") or (
        isinstance(called, ast.Name) and called.id == "fixture"
    )
