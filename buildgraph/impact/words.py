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
        found.update(_words(node, has_lazy_annotations))
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


def _words(node: ast.AST, is_lazy: bool, is_base: bool = False) -> Iterator[str]:
    """Yield words; an expression that is the base of an attribute is not used as a value."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        yield name
        if not is_base:
            yield VALUE + name
        if name in OPEN or name in OPEN_WITHOUT_ARGUMENT:
            yield ANY
        if isinstance(node, ast.Attribute):
            yield from _words(node.value, is_lazy, not _is_special(name))
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in OPEN_WITHOUT_ARGUMENT
        and node.args
    ):
        yield node.func.id
        for each in (*node.args, *node.keywords):
            yield from _words(each, is_lazy)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield from _string(node.value)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imported(node)
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        yield from _children(node, is_lazy)
        if is_lazy and node.decorator_list:  # `dataclass` looks for `ClassVar` in them, by whatever name
            for each in ast.iter_child_nodes(node):
                if isinstance(each, ast.AnnAssign):
                    yield from _words(each.annotation, is_lazy)
    else:
        yield from _children(node, is_lazy)


def _children(node: ast.AST, is_lazy: bool) -> Iterator[str]:
    for field, value in ast.iter_fields(node):
        if is_lazy and field in ("annotation", "returns"):
            continue
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, ast.AST):
                yield from _words(each, is_lazy)


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


def _string(text: str) -> Iterator[str]:
    if PATH.fullmatch(text):
        yield from re.split(r"[.:]", text)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
