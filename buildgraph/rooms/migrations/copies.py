"""Copies: where the text of an applied revision is kept, and what a revision's file says, without running it."""

import ast
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(".buildgraph/revisions")


def path_of(revision: str) -> Path:
    """Return the place of a revision's copy."""
    return FOLDER / f"{quote(revision, safe='')}.py"


def constants(path: Path) -> dict[str, object]:
    """Return the plain values that a file gives to names at its top; raise ValueError for one of a revision's that is computed."""
    found: dict[str, object] = {}
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in ("revision", "down_revision", "depends_on"):
                    found[target.id] = ast.literal_eval(node.value)
    return found
