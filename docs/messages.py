"""Messages: the page of all sentences with which the build ends, as its code has them.

python docs/messages.py

It writes docs/manual/messages.md. A test compares the page with the code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/manual/messages.md"
HEAD = """# Messages

What the build says when it ends on a mistake or a failure, and what to do then. `…` stands for a name, a path or a number. A message begins with its place (a file
and a line, a task) where there is one. This page is made from the code by `docs/messages.py`.
"""
ANYTHING = "…"
AREAS = {
    "rules": "Definitions", "adapter": "Commands and settings", "decide": "Tasks, inputs and outputs", "observe": "Files", "act": "Commands of tasks",
    "record": "What is kept between runs", "store": "What is kept between runs", "running": "Runs", "inspect": "Questions", "proof": "Runs", "serve": "Serving", "impact": "Tests",
    "rooms/locks": "Locks", "rooms/wheels": "Wheels", "rooms/services": "Services", "leasing": "Services", "rooms/environment": "Environments", "rooms/node": "node and its packages", "rooms/database": "Databases", "rooms/migrations": "Migrations",
    "members": "Members", "rooms/assets": "Assets", "rooms/catalogs": "Catalogs", "rooms": "Rooms",
}  # fmt: skip
"""Folder → heading; the longest that fits counts."""
ELSE = "First steps"
WHERE = "The place before the sentence is what to correct: a line of 'dodo.py', or the file that it names."
SYSTEM = "The reason comes from the system: make the file readable, or free space, and run the command again."
LOG = "The lines above come from the program itself: fix what they name and run the task again."
ELSEWHERE = {
    "'doit trace' takes one number, not '…'": "Run 'doit trace' to see the numbers.",
    "unknown option '--…'": "The sentence names the option that was probably meant.",
    "the path … contains a zero byte": WHERE,
    "'doit.cfg' cannot be parsed: …": "Correct the line that is named in 'doit.cfg'.",
    "'pyproject.toml' cannot be parsed: …": "Correct the line that is named in 'pyproject.toml'.",
    "… is imported…, but …": "The sentence ends with the rule that it breaks, and says what to do.",
    "the run is ending": "Nothing: it was asked to end. Run the command again.",
    "the database is at no revision, so there is nothing to undo": "Nothing; 'doit db' brings it to the newest revision.",
    "the host '…' cannot be looked up: …": "Give 'doit serve --host' an address of this machine, such as 127.0.0.1.",
    "… cannot serve this application, which speaks …": "Name a server of the application's own kind in 'dodo.py'.",
    "'…', a dependency of '…', does not exist…": "Correct the name, or make the file.",
    "the input '…' does not exist, and no task makes it": "Correct the name in 'dodo.py', or make the file.",
    "the input '…' does not exist…": "Correct the name in 'dodo.py', or make the file.",
    "…, and no task makes it": "Correct the name in 'dodo.py', or make the file.",
    "… without a digest that could be verified": "Run 'doit node:lock', which writes digests, or name a source that has them.",
    "'…' comes after '…', which is not a task": "Name a task of 'dodo.py' in 'after' or 'needs'.",
    "'…' has a character that this system cannot write": "Give it a name that the file system takes.",
    "Alembic says: …": "The reason comes from Alembic: fix what it names and run the task again.",
    "… finds no packages for it: …": "Check the requirement that is named: the name, the versions, the Python.",
    "the resolver failed: …": LOG, "PostgreSQL did not start: …": LOG, "initdb failed: …": LOG, "docker compose … failed: …": LOG,
    "cannot use '…': …": SYSTEM, "cannot examine '…': …": SYSTEM, "cannot list '…': …": SYSTEM, "cannot read '…': …": SYSTEM,
}  # fmt: skip
"""What to do where the sentence itself says it, or the message ends with what another program has said."""


class Message(NamedTuple):
    """One sentence, and what to do."""

    area: str
    what: str
    hint: str


def messages() -> list[Message]:
    """Return all messages, sorted by area."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted((ROOT / "buildgraph").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function, call in _errors(tree):
            words = {each.arg: each.value for each in call.keywords}
            words |= dict(zip(("what", "where", "hint"), call.args, strict=False))
            values = _assigned(function)
            hints = _texts(words["hint"], values) if "hint" in words else [""]
            for what in _texts(words["what"], values):
                if re.search(r"\w{3}", what):
                    found.setdefault((_area(path), what), []).extend(filter(_says, hints))
    return [
        Message(*key, " / ".join(dict.fromkeys(hints)) or _else(*key)) for key, hints in sorted(found.items())
    ]


def _else(area: str, what: str) -> str:
    """Return what to do where the code says nothing more; of a definition, its place is named."""
    return ELSEWHERE.get(what) or (WHERE if area in (AREAS["rules"], "Tasks, inputs and outputs") else "")


def _errors(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Yield what makes an error, with the innermost function around it."""

    def visit(node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
        if isinstance(node, ast.FunctionDef):
            function = node
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BuildError" and node.args:
            yield function, node
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    return visit(tree, tree)


def _assigned(function: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what the names of a function are set to."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))
                for name, value in pairs:
                    if isinstance(name, ast.Name):
                        values.setdefault(name.id, []).append(value)
    return values


def _texts(node: ast.expr, values: dict[str, list[ast.expr]]) -> list[str]:
    """Return what an expression can say."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.Constant) else ANYTHING for each in node.values]
        return ["".join(parts)]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, values), *_texts(node.orelse, values)]
    if isinstance(node, ast.BoolOp):
        return [text for each in node.values for text in _texts(each, values)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [one + other for one in _texts(node.left, values) for other in _texts(node.right, values)]
    if isinstance(node, ast.Name) and node.id in values:
        rest = {name: each for name, each in values.items() if name != node.id}
        return [text for value in values[node.id] for text in _texts(value, rest)]
    return [ANYTHING]


def _says(text: str) -> bool:
    return bool(re.search(r"\w{3}", text))


def _area(path: Path) -> str:
    folder = path.relative_to(ROOT / "buildgraph").parent.as_posix()
    fitting = [each for each in AREAS if f"{folder}/".startswith(f"{each}/")]
    return AREAS[max(fitting, key=len)] if fitting else ELSE


def page() -> str:
    """Return the page."""
    lines, area = [HEAD], ""
    for message in messages():
        if message.area != area:
            area = message.area
            lines += ["", f"## {area}", "", "| message | what to do |", "| --- | --- |"]
        lines.append(f"| {_cell(message.what)} | {_cell(message.hint)} |")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _cell(text: str) -> str:
    escaped = re.sub(r"([\\|*_<>\[\]`$#])", r"\\\1", " ".join(text.split()))
    return escaped.replace("…" * 2, "…")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
