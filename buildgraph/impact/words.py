"""Words: the names that a piece of syntax mentions, and so all by which it can read a name of a module.

There are four kinds. `X` is a name, an attribute, or a part of a string that is nothing but a name or a dotted path. `?X` is imported from somewhere: only whether it is there counts, since
to read its value is to mention it as well. `=X` is used as a value, not only as what stands before a dot: if it is a module, all its names can be read. `*` may read any name.

Annotations are not words where they are never evaluated (PEP 563); if somebody evaluates them, that is heard as it happens.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from types import CodeType

ANY = "*"
EXISTS = "?"
VALUE = "="
PATH = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)*")
OPEN = frozenset((
    "globals", "locals", "eval", "exec", "__globals__", "f_globals", "f_locals", "__builtins__", "modules", "import_module", "__import__", "__subclasses__", "get_objects",
    "get_referrers", "getmodule", "load_module", "resolve_name", "run_module", "run_path", "find_class", "__annotations__",
))  # fmt: skip
"""Names by which code gets at modules or namespaces that it does not mention."""
OPEN_WITHOUT_ARGUMENT = frozenset(("vars", "dir"))


def has_lazy_annotations(tree: ast.Module) -> bool:
    """Tell whether a module asks for annotations that are never evaluated (PEP 563)."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(each.name == "annotations" for each in node.names)
        for node in tree.body
    )


def words_of(nodes: Iterable[ast.AST], has_lazy_annotations: bool) -> set[str]:
    """Return the words of pieces of syntax."""
    found: set[str] = set()
    for node in nodes:
        _add(node, has_lazy_annotations, found)
    return found


def words_of_text(code: CodeType) -> set[str]:
    """Return the words of code that was compiled from a text."""
    found = set(code.co_names)
    for each in code.co_consts:
        if isinstance(each, str):
            found.update(_string(each))
        elif isinstance(each, CodeType):
            found |= words_of_text(each)
    return found | {VALUE + each for each in code.co_names} | ({ANY} if OPEN & found else set())


def imports_of(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Return the names that an import binds, and what they are called where they come from."""
    is_whole = isinstance(node, ast.Import)
    return {
        each.asname or each.name: each.name.rpartition(".")[2]
        for each in node.names
        if each.asname or not is_whole
    }


def _add(node: ast.AST, is_lazy: bool, found: set[str], is_base: bool = False) -> None:
    """Add the words of a piece; an expression that is the base of an attribute is not used as a value."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        found.add(name)
        if not is_base:
            found.add(VALUE + name)
        if name in OPEN or name in OPEN_WITHOUT_ARGUMENT:
            found.add(ANY)
        if isinstance(node, ast.Attribute):
            _add(node.value, is_lazy, found, not _is_special(name))
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in OPEN_WITHOUT_ARGUMENT
        and node.args
    ):
        found.add(node.func.id)
        for each in (*node.args, *node.keywords):
            _add(each, is_lazy, found)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            found.update(_string(node.value))
    elif isinstance(node, ast.Import | ast.ImportFrom):
        found.update(_imported(node))
    elif isinstance(node, ast.Global | ast.Nonlocal):
        found.update(node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        found.add(node.name)
        _add_children(node, is_lazy, found)
        if is_lazy and node.decorator_list:  # `dataclass` looks for `ClassVar` in them, by whatever name
            for each in ast.iter_child_nodes(node):
                if isinstance(each, ast.AnnAssign):
                    _add(each.annotation, is_lazy, found)
    else:
        _add_children(node, is_lazy, found)


def _add_children(node: ast.AST, is_lazy: bool, found: set[str]) -> None:
    for field in node._fields:
        if is_lazy and field in ("annotation", "returns"):
            continue
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            _add(value, is_lazy, found)
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, ast.AST):
                    _add(each, is_lazy, found)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for each in node.names:
        if each.name == "*":
            yield ANY
        for part in each.name.split("."):
            yield EXISTS + part
        if each.name in OPEN or each.name in OPEN_WITHOUT_ARGUMENT:
            yield ANY
        if each.asname and each.asname != each.name:
            last = each.name.rpartition(".")[2]
            yield from (last, VALUE + last)


def _string(text: str) -> list[str]:
    return re.split(r"[.:]", text) if PATH.fullmatch(text) else []


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
