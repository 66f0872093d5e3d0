"""Requirements that are said where `init` does not take them over are told, in the graph and at the end."""

from __future__ import annotations

import pytest

POETRY = '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "~3.12"\nflask = "^3"\n'
PROJECT = '[project]\nname = "x"\nversion = "1"\n'
OF_POETRY = (
    "pyproject.toml, tool.poetry.dependencies: its requirements are not taken over; move them to [project], which Poetry 2 reads, or run "
    "`poetry export --without-hashes --output=requirements.txt` (its plugin poetry-plugin-export), and `init` after that."
)
GROUP = "its requirements are not taken over; write each group into a file requirements/NAME.in, and NAME into the groups of LOCKS."
DYNAMIC = (
    "pyproject.toml: its dependencies are dynamic, so that only a build could tell them; "
    "write them into [project], or into requirements/main.in."
)
SETUP = "its install_requires are not taken over; write them into requirements/main.in, or into [project] of pyproject.toml."
TOLD = [
    ({"pyproject.toml": POETRY}, OF_POETRY),
    (
        {"pyproject.toml": PROJECT + '[tool.poetry.group.dev.dependencies]\nx = "1"'},
        f"pyproject.toml, tool.poetry.group: {GROUP}",
    ),
    (
        {"pyproject.toml": PROJECT + '[tool.uv]\ndev-dependencies = ["x"]'},
        f"pyproject.toml, tool.uv.dev-dependencies: {GROUP}",
    ),
    (
        {"pyproject.toml": PROJECT + '[tool.pdm.dev-dependencies]\na = ["x"]'},
        f"pyproject.toml, tool.pdm.dev-dependencies: {GROUP}",
    ),
    (
        {"pyproject.toml": PROJECT + '[tool.hatch.envs.a]\ndependencies = ["x"]'},
        f"pyproject.toml, tool.hatch.envs: {GROUP}",
    ),
    ({"pyproject.toml": PROJECT + 'dynamic = ["dependencies"]'}, DYNAMIC),
    (
        {"pyproject.toml": '[tool.flit.metadata]\nmodule = "x"\nrequires = ["y"]'},
        "pyproject.toml, tool.flit.metadata.requires: its requirements are not taken over; move them to [project], which flit reads.",
    ),
    ({"setup.py": "setup(install_requires=['six'])"}, f"setup.py: {SETUP}"),
    ({"setup.cfg": "[options]\ninstall_requires =\n  six"}, f"setup.cfg: {SETUP}"),
    (
        {"Pipfile": "[packages]"},
        "Pipfile: its requirements are not taken over; `pipenv requirements` prints a requirements.txt, which `init` reads.",
    ),
    (
        {"environment.yml": "dependencies:"},
        "environment.yml: its requirements are not taken over; what it has of PyPI belongs in requirements/main.in.",
    ),
]


@pytest.mark.parametrize(("files", "said"), TOLD, ids=[said[:40] for _, said in TOLD])
def test_what_is_not_taken_over_is_told_twice(begin, capsys, files, said):
    folder = begin(files)
    assert f"# - {said}\n" in (folder / "dodo.py").read_text()
    assert f"note    {said}\n" in capsys.readouterr().out


KNOWN = [
    (files, known)
    for files, said in TOLD
    for known in ("requirements.txt", "requirements/main.in")
    if known.endswith(".in")
    or not said.endswith(GROUP)  # Of [project] the groups are made, not of a requirements.txt.
]


@pytest.mark.parametrize(("files", "known"), KNOWN)
def test_nothing_is_told_where_requirements_are_known(begin, capsys, files, known):
    folder = begin(files | {known: "six\n"})
    assert "note" not in capsys.readouterr().out
    assert "six" in (folder / "requirements/main.in").read_text()


@pytest.mark.parametrize("name", ["setup.py", "setup.cfg", "Pipfile"])
def test_a_project_that_says_its_requirements_is_enough(begin, capsys, name):
    begin({"pyproject.toml": PROJECT + 'dependencies = ["six"]', name: "install_requires = six"})
    assert "note" not in capsys.readouterr().out


def test_poetry_says_which_pythons(begin):
    assert 'pythons=("3.12",)' in (begin({"pyproject.toml": POETRY}) / "dodo.py").read_text()


def test_a_project_whose_dependencies_are_in_a_file_has_those_of_the_file(begin):
    said = (
        PROJECT
        + 'dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {file = ["requirements.txt"]}'
    )
    folder = begin({"pyproject.toml": said, "requirements.txt": "six\n"})
    assert "-e ." not in (folder / "requirements/main.in").read_text()
    assert "libraries" not in (folder / "dodo.py").read_text()


def test_dependency_groups_become_groups(begin, capsys):
    said = """
[project]
name = "x"
optional-dependencies = {docs = ["sphinx"]}
[dependency-groups]
Dev_Tools = ["ruff", {include-group = "tests"}, {include-group = "BUILD"}]
tests = ["pytest>8"]
build = ["hatchling"]
docs = ["furo"]
"""
    folder = begin({"pyproject.toml": said, "tests/test_a.py": ""})
    groups = {path.stem: path.read_text().splitlines() for path in (folder / "requirements").glob("*.in")}
    first = "# As pyproject.toml said when this was written."
    assert groups.pop("build")
    assert groups == {
        "main": ["-e ."],
        "docs": ["-e .[docs]", "furo"],
        "Dev_Tools": [first, "ruff", "-r tests.in", "-r build-own.in"],
        "tests": [first, "pytest>8"],
        "build-own": [first, "hatchling"],
    }
    assert "note" not in capsys.readouterr().out
