"""Revisions: which ones the migrations beside the code have, read from their files without running them or loading Alembic."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "migrations"
SAID = re.compile(r"^(revision|down_revision)\b[^=\n]*=(.*)$", re.MULTILINE)
NAME = re.compile(r"""["'](\w+)["']""")


@cache
def known() -> tuple[str, ...]:
    """Return all revisions of this code, the newest last."""
    files = sorted((FOLDER / "versions").glob("*.py"))
    told = [dict(SAID.findall(file.read_text("utf-8"))) for file in files]
    revisions = [NAME.findall(each["revision"])[0] for each in told]
    followed = {name for each in told for name in NAME.findall(each["down_revision"])}
    return tuple(sorted(revisions, key=lambda name: (name not in followed, name)))
