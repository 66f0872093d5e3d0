"""Sizes: the table of docs/design/house.md says at most how many files and functions of the library are large; here they are counted."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES, ARGUMENTS, FILE_LINES = 40, 6, 400
TREES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "buildgraph").rglob("*.py"))
}
FUNCTIONS = {
    f"{path}:{node.lineno} {node.name}": node
    for path, tree in TREES.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
}


def arguments_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many arguments a caller can give."""
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def imports_doit(tree: ast.Module) -> bool:
    return any(
        name.split(".")[0] == "doit"
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""] * (not node.level)
            if isinstance(node, ast.ImportFrom)
            else []
        )
    )


COUNTED = {
    "files that import doit": [path for path, tree in TREES.items() if imports_doit(tree)],
    f"files over {FILE_LINES} lines": [
        path for path in TREES if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > FILE_LINES
    ],
    f"functions over {LINES} lines": [
        name for name, node in FUNCTIONS.items() if (node.end_lineno or 0) - node.lineno + 1 > LINES
    ],
    f"functions with more than {ARGUMENTS} arguments": [
        name for name, node in FUNCTIONS.items() if arguments_of(node) > ARGUMENTS
    ],
}


@pytest.mark.parametrize("what", COUNTED)
def test_no_more_of_them_are_large_than_the_table_says(what):
    page = (ROOT / "docs/design/house.md").read_text(encoding="utf-8")
    most = re.search(rf"^\| {re.escape(what)} \|.*\| (\d+) \|$", page, re.MULTILINE)
    assert most, f"docs/design/house.md has no row '{what}' that ends in a number"
    assert len(COUNTED[what]) <= int(most[1]), COUNTED[what]
