"""Changes: small changes of meaning that the files of a project allow, each in place, so that no other line moves."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARISONS = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.GtE: ast.Lt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}  # fmt: skip
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.And: ast.Or, ast.Or: ast.And}
SHARE_OF_FUNCTIONS = 0.75
LONGEST = 40
"""Longer texts are mostly prose."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DATA = (".txt", ".html", ".json", ".toml", ".cfg", ".ini", ".po", ".sql", ".css", ".js", ".xml", ".csv")


@dataclass(frozen=True)
class Change:
    """One change: of the node of a number in the order of `ast.walk`, or of the letter at a place of a file of data."""

    path: Path
    kind: str
    number: int

    def apply(self) -> str | None:
        """Return the changed text; None if the node cannot be written where it stands (in an f-string)."""
        text = self.path.read_text(encoding="utf-8")
        if self.kind == "data":
            letter = "b" if text[self.number] == "a" else "a"
            return text[: self.number] + letter + text[self.number + 1 :]
        tree = ast.parse(text)
        node = next(each for number, each in enumerate(ast.walk(tree)) if number == self.number)
        mutate(node)
        ast.fix_missing_locations(tree)
        lines = text.encode().splitlines(keepends=True)
        start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
        end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
        written = ast.unparse(node)
        written = written if isinstance(node, ast.stmt) else f"({written})"
        whole = text.encode()
        changed = (whole[:start] + written.encode() + whole[end:]).decode(errors="replace")
        try:
            return changed if ast.dump(ast.parse(changed)) == ast.dump(tree) else None
        except SyntaxError:
            return None


def choose(sources: list[Path], tests: Path, count: int, seed: int) -> Iterator[Change]:
    """Yield changes at random, three of four in functions, the others in turn of each other kind that there is."""
    rng = random.Random(seed)
    kinds: dict[str, list[Change]] = {}
    for path in sources:
        for change in of_python(path):
            kinds.setdefault(change.kind, []).append(change)
    for path in sorted(tests.rglob("conftest.py")):
        kinds.setdefault("conftest", []).extend(
            Change(path, "conftest", change.number) for change in of_python(path)
        )
    data = [path for path in sorted(tests.rglob("*")) if path.is_file() and path.suffix in DATA]
    letters = [
        Change(path, "data", at)
        for path in data
        for at, letter in enumerate(path.read_text(encoding="utf-8", errors="ignore"))
        if letter.isascii() and letter.isalnum()
    ]
    if letters:
        kinds["data"] = letters
    others = sorted(kind for kind in kinds if kind != "function")
    for changes in kinds.values():
        rng.shuffle(changes)
    for number in range(count):
        turn = number % 4 == 3 and others
        changes = kinds[others[number // 4 % len(others)]] if turn else kinds["function"]
        while changes:
            change = changes.pop()
            if change.apply() is not None:
                yield change
                break


def of_python(path: Path) -> Iterator[Change]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds: dict[ast.AST, str] = {}
    for node in ast.walk(tree):  # parents come before their children
        kind = kinds.get(node, "module")
        for child in ast.iter_child_nodes(node):
            is_body = isinstance(node, FUNCTIONS) and child in node.body
            is_class = isinstance(node, ast.ClassDef) and child in node.body
            kinds[child] = "function" if is_body or kind == "function" else "class" if is_class else kind
    texts = {
        id(each) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in ast.walk(node)
    }
    for number, node in enumerate(ast.walk(tree)):
        if id(node) not in texts and _can_change(node):
            yield Change(path, kinds.get(node, "module"), number)


def _can_change(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        value = node.value
        return isinstance(value, int) or (isinstance(value, str | bytes) and 0 < len(value) < LONGEST)
    if isinstance(node, ast.Compare):
        return type(node.ops[0]) in COMPARISONS
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return type(node.op) in OPERATORS
    return (
        isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant)
    )


def mutate(node: ast.AST) -> None:
    """Change a node that can be changed."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            node.value = not node.value
        else:
            node.value = node.value + 1 if isinstance(node.value, int) else node.value + node.value[:1]
    elif isinstance(node, ast.Compare):
        node.ops[0] = COMPARISONS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = OPERATORS[type(node.op)]()
    else:
        node.value = ast.Constant(None)
