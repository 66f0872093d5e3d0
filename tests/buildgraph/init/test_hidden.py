"""What git would leave out of a commit is told, with lines that bring it back."""

from __future__ import annotations

import re
import subprocess

import pytest

FILES = {"requirements.txt": "six\n", "tests/test_a.py": ""}


def git(folder, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def noted(said: str) -> str:
    return next((line for line in said.splitlines() if line.startswith("note")), "")


def test_the_library_and_the_locks_are_told(begin, tmp_path, capsys):
    git(tmp_path, "init", "--quiet", "mine")
    begin(FILES | {".gitignore": "*.whl\nconstraints.txt\n"})
    assert noted(capsys.readouterr().out) == (
        "note    git ignores 'requirements/buildgraph-0.1.0-py3-none-any.whl', 'requirements/constraints.txt', "
        "which the graph cannot be without in another clone: add to the end of .gitignore "
        "'!/requirements/buildgraph-*.whl', '!/requirements/constraints.txt'."
    )


@pytest.mark.parametrize(
    "ignored",
    ["*.whl", "*.txt\n*.in", "requirements/", "/requirements/*", "*.whl\nrequirements", "dodo.py", "*"],
)
def test_with_the_lines_nothing_is_hidden(begin, tmp_path, capsys, ignored):
    git(tmp_path, "init", "--quiet", "mine")
    folder = begin(FILES | {".gitignore": f"{ignored}\n"})
    _, _, lines = noted(capsys.readouterr().out).partition("add to the end of .gitignore ")
    with (folder / ".gitignore").open("a") as file:
        file.write("\n".join(re.findall("'([^']+)'", lines)) + "\n")
    (folder / "requirements/constraints.txt").write_text("")

    git(folder, "add", "dodo.py", "requirements")

    for path in ("dodo.py", *(f"requirements/{each.name}" for each in (folder / "requirements").iterdir())):
        assert path in git(folder, "ls-files").splitlines()


@pytest.mark.parametrize("is_repository", [True, False])
def test_nothing_is_told_where_nothing_is_hidden(begin, tmp_path, capsys, is_repository):
    if is_repository:
        git(tmp_path, "init", "--quiet", "mine")
    begin(FILES | {".gitignore": "*.log\n" if is_repository else "*.whl\n"})
    assert not noted(capsys.readouterr().out)
