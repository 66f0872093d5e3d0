"""Cleaning: what tasks made goes, what git tracks stays, and before much goes who sits there is asked."""

from __future__ import annotations

import os

import pytest
from shelled import git, shelled
from terminals import on_a_terminal

RULES = """
def task_locks(): return rule(outputs=["a.txt", "b.txt"], command=S("echo 1 > $1; echo 2 > $2", "a.txt", "b.txt"))
def task_env(): return rule(outputs=["env/stamp"], fills=["env/"], command=S("echo 1 > $1; echo 2 > env/more", "env/stamp"))
def task_docs(): return rule(outputs=["html/"], command=S("for i in 1 2 3 4 5 6 7 8 9; do echo $i > $1/$i; done", "html/"))
"""
KEPT = "kept: 'env/'; 'doit clean --all' removes them and the tools, too\n"


@pytest.fixture
def built(checkout):
    git(checkout, "init", "-q")
    checkout.write(".gitignore", "/.buildgraph/\n/env/\n/html/\n/b.txt\n")
    checkout.write("env/more", "")
    shelled(checkout, RULES)
    checkout.build()
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "x")
    return checkout


def test_clean_removes_what_was_made_but_nothing_that_git_tracks(built):
    assert built.run("clean").text == (
        "'a.txt' is kept: git tracks it\nremoving 9 files of 'docs' (18 bytes)\nremoving 'b.txt'\n" + KEPT
    )
    assert built.exists("a.txt") and built.exists("env/stamp")
    assert not built.exists("b.txt") and not built.exists("html")
    assert sorted(built.build()) == ["docs", "locks"]


def test_clean_of_a_named_task_removes_the_folder_that_it_fills(built):
    assert built.run("clean", "-n", "env").text == "would remove 'env/' (4 bytes)\n"
    assert built.exists("env/more")
    assert built.run("clean", "env").text == "removing 'env/' (4 bytes)\n"
    assert not built.exists("env")
    assert built.run("clean", "env").text == "there is nothing to remove\n"
    built.write("env/more", "")
    assert built.build() == ["env"]


def test_clean_of_all_removes_the_tools_too(built):
    built.write(".buildgraph/tools/key/bin/python", "1")
    run = built.run("clean", "--all")
    assert run.text == (
        "'a.txt' is kept: git tracks it\nremoving 9 files of 'docs' (18 bytes)\nremoving 'env/' (4 bytes)\n"
        "removing 'b.txt'\nremoving '.buildgraph/tools/' (1 byte); 'python3 dodo.py' makes it again\n"
    )
    assert not built.exists("env") and not built.exists(".buildgraph/tools")


def test_folder_that_the_task_has_not_made_or_that_git_tracks_is_kept(built):
    git(built, "add", "-f", "env/more")
    assert built.run("clean", "env").text == "'env/' is kept: git tracks 'env/more'\n"
    assert built.build() == []
    (built.folder / ".buildgraph/ledger").unlink()
    assert "'env/' is kept: 'env' has not made it\n" in built.run("clean", "env").text
    assert built.exists("env/stamp")


def test_who_sits_at_a_terminal_is_asked_before_a_gigabyte_goes(built):
    os.truncate(built.folder / "env/more", 1_200_000_000)
    code, said = on_a_terminal(built, "clean", "env", typed="n\n")
    assert code == 0 and "remove 1.2 GB? [y/N] " in said and "nothing is removed" in said
    assert built.exists("env/more")
    code, said = on_a_terminal(built, "clean", "--dry-run", "env")
    assert "[y/N]" not in said and "would remove 'env/' (1.2 GB)" in said
    code, said = on_a_terminal(built, "clean", "env", typed="y\n")
    assert code == 0 and "removing 'env/' (1.2 GB)" in said
    assert not built.exists("env")


@pytest.mark.parametrize("is_sure", [True, False])
def test_nobody_is_asked_with_yes_or_without_a_terminal(built, is_sure):
    os.truncate(built.folder / "env/more", 1_200_000_000)
    said = on_a_terminal(built, "clean", "--yes", "env")[1] if is_sure else built.run("clean", "env").text
    assert "[y/N]" not in said and "removing 'env/' (1.2 GB)" in said
    assert not built.exists("env")


def test_fills_names_folders(checkout):
    shelled(checkout, 'def task_a(): return rule(outputs=["x/y"], fills=["x"], command=S(":"))')
    assert checkout.run().text == (
        "error: dodo.py, line 4: fills names 'x', which is not a folder. Write 'x/'.\n"
    )
