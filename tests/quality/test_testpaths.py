"""`doit test` without words runs every folder of tests but the one of whole checkouts, and those of all members."""

import tomllib
from pathlib import Path

from buildgraph.members import KINDS

TESTS = Path(__file__).parents[1]


def test_every_folder_of_tests_is_run():
    settings = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {f"tests/{each.parent.relative_to(TESTS).parts[0]}" for each in TESTS.rglob("test_*.py")}

    folders.remove("tests/adoption")  # Repositories of their own, whose tests their own graphs run.

    members = {f"{kind.folder}/*/tests" for kind in KINDS}
    assert {*settings["tool"]["pytest"]["ini_options"]["testpaths"], "tests/e2e"} == folders | members
