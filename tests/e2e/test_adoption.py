"""A repository of another shape is adopted as docs/adopting.md says, command by command, and has nothing to do then."""

import re
import shutil
import subprocess
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

from tests.packaged import built, copied

from .checkout import HERE, Checkout
from .documents import Typed, missing, steps

PAGE = HERE / "docs/adopting.md"


@pytest.fixture
def mine(tmp_path: Path) -> Checkout:
    """A repository of git with a Flask application, next to a clone in which the library was built."""
    copied(tmp_path / "warehouse/buildgraph")
    built(tmp_path / "warehouse/buildgraph", tmp_path / "warehouse/dist")
    shutil.copytree(HERE / "tests/adoption/flat", tmp_path / "mine")
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "mine")], check=True)
    return Checkout(tmp_path / "mine")


def test_a_repository_is_adopted_as_the_page_says(mine: Checkout):
    before = Checkout(mine.folder.with_name("warehouse"))
    typed = [step for step in steps(PAGE) if isinstance(step, Typed)]
    assert (
        typed[0].command == "python3 dodo.py library"
    )  # What `mine` has done: it takes the whole of this repository.
    where = before
    for step in typed[1:]:
        if step.command == "cd ../mine":
            where = mine
        elif step.command == "python3 dodo.py serve":
            with mine.serving() as served:
                assert served.read("/").startswith("flat")
        else:
            said = where.run(step.command)
            assert not missing(step.printed, said), said
    assert said.endswith("locks, env: up to date\n")
    assert mine.run("doit test") == "test: up to date\n"
    assert mine.run("python3 dodo.py") == "locks, env: up to date\n"


def test_the_table_names_all_that_a_room_can_be_told():
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) == 13
    for room, name, told in rows:
        value = getattr(import_module(f"buildgraph.rooms.{room}"), name)
        assert re.findall(r"`(\w+)`", told) == [field.name for field in fields(value)], name
