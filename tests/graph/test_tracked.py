"""What git tracks is nobody's to delete, in whatever form git keeps its index."""

from __future__ import annotations

import shutil
import time

import pytest
from shelled import git, shelled

MAKE = "def task_a(): return rule(outputs=['gen/data.json'], command=S('echo a > $1', 'gen/data.json'))"
OTHER = "def task_a(): return rule(outputs=['other'], command=S('echo a > $1', 'other'))"


def commit(checkout, folder="."):
    git(checkout, "init", "-q", folder=folder)
    (checkout.folder / folder / ".gitignore").write_text(".buildgraph\n")
    for name, text in (("aaa.json", "q\n"), ("data.json", "a\n")):
        checkout.write(f"gen/{name}", text)
    git(checkout, "add", "-A", folder=folder)
    git(checkout, "commit", "-qm", "x", folder=folder)


def kept(checkout, **environ):
    """Make a tracked file anew, then let no rule make it any more; return what is left, and what was said."""
    shelled(checkout, MAKE)
    (checkout.folder / "gen/data.json").unlink()
    assert checkout.run(environ=environ).code == 0
    shelled(checkout, OTHER)
    run = checkout.run(environ=environ)
    assert run.code == 0
    return sorted(path.name for path in (checkout.folder / "gen").iterdir()), run.text


@pytest.mark.parametrize(
    "settings",
    [
        ("index.version", "2"),
        ("index.version", "3"),
        ("index.version", "4"),
        ("core.splitIndex", "true"),
        ("core.fsmonitor", "touch started"),
    ],
)
def test_tracked_file_is_kept_whatever_the_form_of_the_index(checkout, settings):
    git(checkout, "init", "-q")
    git(checkout, "config", *settings)
    commit(checkout)
    (checkout.folder / "started").unlink(missing_ok=True)
    assert kept(checkout)[0] == ["aaa.json", "data.json"]
    assert not checkout.exists("started"), "git was asked, and nothing of the user's was started"


def test_tracked_file_is_kept_in_a_sparse_checkout(checkout):
    commit(checkout)
    checkout.write("far/file", "")
    git(checkout, "add", "far")
    git(checkout, "commit", "-qm", "far")
    git(checkout, "sparse-checkout", "set", "--cone", "--sparse-index", "gen")
    assert kept(checkout)[0] == ["aaa.json", "data.json"]


def test_tracked_file_is_kept_in_a_worktree(another, checkout):
    commit(checkout)
    git(checkout, "worktree", "add", "-q", "../two")
    two = another(checkout.folder.parent / "two")
    assert kept(two)[0] == ["aaa.json", "data.json"]


def test_tracked_file_is_kept_where_the_checkout_is_a_folder_of_the_repository(another, checkout):
    inner = another(checkout.folder / "deep/[in]ner")
    inner.write("gen/x", "")
    commit(inner, folder="../..")
    assert "data.json" in kept(inner)[0]


def test_tracked_file_is_kept_in_a_submodule(another, checkout):
    module = another(checkout.folder.parent / "module")
    commit(module)
    git(checkout, "init", "-q")
    git(checkout, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(module.folder), "gen")
    checkout.write("gen/gen/data.json", "a\n")
    shelled(checkout, MAKE.replace("gen/", "gen/gen/"))
    assert checkout.run().code == 0
    shelled(checkout, OTHER)
    assert checkout.run().code == 0
    assert checkout.exists("gen/gen/data.json")


def test_repository_and_index_of_the_environment_are_asked(checkout):
    commit(checkout)
    elsewhere = checkout.folder.parent / "elsewhere"
    shutil.move(checkout.folder / ".git", elsewhere)
    assert kept(checkout, GIT_DIR=str(elsewhere))[0] == ["aaa.json", "data.json"]


@pytest.mark.parametrize("named", ["GIT_DIR", "GIT_WORK_TREE", "nothing"])
def test_repository_of_the_environment_is_asked_from_a_folder_of_it(another, checkout, named):
    inner = another(checkout.folder / "inner")
    inner.write("gen/x", "")
    commit(inner, folder="..")
    elsewhere = checkout.folder.parent / "elsewhere"
    shutil.move(checkout.folder / ".git", elsewhere)
    environ = {"GIT_DIR": str(elsewhere), "GIT_WORK_TREE": str(checkout.folder)}
    found, _ = kept(
        inner, **{name: value for name, value in environ.items() if named != "nothing" and name <= named}
    )
    assert ("data.json" in found) is (named != "nothing")


def test_file_that_only_another_index_has_is_tracked_by_either(checkout):
    commit(checkout)
    other = str(checkout.folder.parent / "index")
    git(checkout, "read-tree", "--empty", GIT_INDEX_FILE=other)
    assert kept(checkout, GIT_INDEX_FILE=other)[0] == ["aaa.json", "data.json"]
    git(checkout, "read-tree", "HEAD", GIT_INDEX_FILE=other)
    git(checkout, "rm", "-q", "--cached", "gen/data.json")
    assert kept(checkout, GIT_INDEX_FILE=other)[0] == ["aaa.json", "data.json"]


def test_path_that_ends_like_a_tracked_one_is_not_tracked(checkout):
    commit(checkout)
    shelled(checkout, MAKE.replace("gen/data.json", "data.json"))
    assert checkout.run().code == 0
    shelled(checkout, OTHER)
    assert "removed 'data.json', which 'a' had made and nothing makes any more" in checkout.run().text
    assert not checkout.exists("data.json")


@pytest.mark.parametrize("fault", ["no git", "damaged index"])
def test_where_git_cannot_say_nothing_is_deleted(checkout, fault):
    commit(checkout)
    environ = {}
    if fault == "no git":
        environ["PATH"] = ""
    else:
        checkout.write(".git/index", "damaged")
    found, said = kept(checkout, **environ)
    assert found == ["aaa.json", "data.json"]
    assert "kept 'gen/data.json' and what else may be tracked: git cannot say what it tracks in " in said


@pytest.mark.parametrize("word", ["", ", 'dist/'"])
def test_tracked_file_in_a_tree_of_outputs_stays(checkout, word):
    place = "$1" if word else "dist"
    text = "def task_t(): return rule(inputs=['in'], outputs=['dist/'], command=S('mkdir -p {0}; for i in $(cat in); do echo $i > {0}/$i; done'{1}))"
    shelled(checkout, text.format(place, word))
    git(checkout, "init", "-q")
    checkout.write("dist/.gitkeep", "")
    git(checkout, "add", "-f", "dist/.gitkeep")
    checkout.write("in", "a b")
    assert checkout.run().code == 0
    git(checkout, "add", "-f", "dist/b")
    checkout.write("in", "a")
    assert checkout.run().code == 0
    assert sorted(path.name for path in (checkout.folder / "dist").iterdir()) == [".gitkeep", "a", "b"]
    assert not checkout.exists(".buildgraph/set-aside")


def test_folder_with_an_empty_git_folder_is_of_the_repository_above(another, checkout):
    git(checkout, "init", "-q")
    inner = another(checkout.folder / "sub")
    inner.write("gen/data.json", "a\n")
    git(checkout, "add", "-f", "sub/gen/data.json")
    (inner.folder / ".git").mkdir()
    assert kept(inner)[0] == ["data.json"]


def test_what_a_killed_command_wrote_and_git_tracks_by_now_stays(checkout):
    git(checkout, "init", "-q")
    shelled(
        checkout,
        "def task_a(): return rule(outputs=['gen/data.json'], command=S('echo half > gen/data.json; sleep 60'))",
    )
    checkout.write("gen/aaa.json", "q\n")
    checkout.start()
    while not checkout.exists("gen/data.json"):
        time.sleep(0.01)
    checkout.kill()
    git(checkout, "add", "-f", "gen/data.json")
    shelled(checkout, OTHER)
    assert checkout.run().code == 0
    assert checkout.read("gen/data.json") == "half\n"
    assert not checkout.exists(".buildgraph/set-aside")
