"""A shared library is published from what is committed; whatever fails on the way is told, and leaves nothing half-written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.errors import BuildError
from buildgraph.members import git, releasing, versions
from buildgraph.members.creating import create
from buildgraph.members.released import Releases
from buildgraph.rules.command import Command
from buildgraph.rules.word import from_word, to_word
from tests.servers import Quiet, serving

PROJECT = "libs/shared/images/pyproject.toml"
CHANGES = "libs/shared/images/CHANGELOG.md"


@pytest.fixture
def checkout(tmp_path, monkeypatch, capfd) -> Path:
    """A repository with a shared library and a service, committed."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("TWINE_REPOSITORY", "TWINE_REPOSITORY_URL", "TWINE_NON_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TWINE_USERNAME", "__token__")
    monkeypatch.setenv("TWINE_PASSWORD", "hush")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@example.org")
    create("library", "images")
    create("service", "camo")
    Path("lock.txt").write_text("")
    asked("init", "--quiet", "--initial-branch=main")
    commit("Images: a library")
    capfd.readouterr()
    return folder


@pytest.fixture
def index():
    """An index that keeps what it is sent, and answers as it is told."""
    found: dict = {"answers": [200] * 9, "sent": []}

    class Index(Quiet):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = found["answers"].pop(0)
            name = re.search(rb'filename="([^"]+)"', body)[1].decode()
            found["sent"].append((name, body, self.headers["Authorization"], code))
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Index) as address:
        yield found | {"address": f"{address}/legacy/"}


def asked(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def commit(subject: str) -> None:
    asked("add", "--all")
    asked("commit", "--quiet", f"--message={subject}")


def releases(test: tuple[str, ...] = ("-c", "")) -> Releases:
    tests = Command([sys.executable, *test])
    (task,) = members.releases(members.find(), sys.executable, tests, lambda group: "lock.txt")
    return from_word(Releases, task["actions"][0].words[4])


def release(index: str, part: str = "", name: str = "images", **more) -> None:
    releasing.release(releases(**more), name, index, part)


def refused(index: str = "http://127.0.0.1:9/", **more) -> str:
    before = asked("status", "--porcelain", "--ignored"), asked("rev-parse", "HEAD"), asked("tag")
    with pytest.raises(BuildError) as caught:
        release(index, **more)
    assert (asked("status", "--porcelain", "--ignored"), asked("rev-parse", "HEAD"), asked("tag")) == before
    return str(caught.value)


def version() -> str:
    return versions.version_of(Path(PROJECT).read_text(), PROJECT)


def test_a_first_release_has_the_version_that_is_there_and_the_next_a_higher_one(checkout, index, capfd):
    release(index["address"])

    assert [name for name, *_ in index["sent"]] == ["images-0.1.0-py3-none-any.whl", "images-0.1.0.tar.gz"]
    assert asked("tag") == "images-0.1.0\n"
    assert asked("log", "-1", "--format=%s", "--name-only") == f"images 0.1.0\n\n{CHANGES}\n"
    assert re.fullmatch(
        r"# Changes\n\n## 0\.1\.0 \(\d{4}-\d\d-\d\d\)\n\n- Images: a library\n", Path(CHANGES).read_text()
    )

    with Path("libs/shared/images/src/images/__init__.py").open("a") as file:
        file.write("MORE = 1\n")
    commit("Images: more")
    Path("services/camo/README.md").write_text("# camo\n")
    commit("Camo: of nobody's concern")
    release(index["address"], "minor")

    assert version() == "0.2.0"
    assert asked("tag") == "images-0.1.0\nimages-0.2.0\n"
    assert [line for line in Path(CHANGES).read_text().splitlines() if line.startswith("-")] == [
        "- Images: more",
        "- Images: a library",
    ]
    said = capfd.readouterr()
    assert "published images 0.2.0; 'git push --follow-tags' tells the others\n" in said.out
    assert "hush" not in said.out + said.err
    assert asked("status", "--porcelain") == ""

    assert (
        refused()
        == "nothing has changed in 'libs/shared/images/' since 'images-0.2.0'. There is nothing to release."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: Path(PROJECT).write_text("[project]\nname = 'images'\n"), PROJECT),
        (lambda: Path("services/camo/README.md").write_text("x"), "services/camo/README.md"),
        (lambda: Path("libs/shared/images/new.py").touch(), "libs/shared/images/new.py"),
        (
            lambda: [Path(f"libs/shared/images/{n}").touch() for n in "abcdefg"],
            ", ".join(f"libs/shared/images/{n}" for n in "abcde") + " and 2 more",
        ),
    ],
)
def test_what_is_not_committed_is_not_released(checkout, change, message: str):
    change()
    assert refused() == (
        f"there are changes that are not committed: {message}. "
        "Commit them, or put them aside: a release is built from what is committed."
    )


def test_a_new_file_elsewhere_is_not_in_the_way(checkout, index):
    Path("notes.txt").touch()
    release(index["address"])
    assert asked("tag") == "images-0.1.0\n"


def test_without_a_branch_or_a_repository_there_is_no_release(checkout, tmp_path, monkeypatch):
    asked("switch", "--quiet", "--detach")
    assert refused() == "no branch is checked out. A release is committed to one: 'git switch BRANCH'."
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BuildError, match=r"^it is not in a git repository: "):
        git.refuse_unclean(".")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BuildError) as caught:
        git.refuse_unclean(".")
    assert str(caught.value) == "git cannot be found. A release is recorded by it: install it."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"index": ""},
            "a release needs the index that it goes to. "
            "Add '--index=URL', the address that twine uploads to, or '--index=NAME' of ~/.pypirc.",
        ),
        (
            {"index": "https://me:hush@example.org/"},
            "the address of the index has a login in it. Give it to twine as TWINE_USERNAME and TWINE_PASSWORD, "
            "or in ~/.pypirc: command lines are seen by others.",
        ),
        (
            {"index": "ftp://example.org/"},
            "'ftp://example.org/' is not the address of an index. It begins with https:// or http://.",
        ),
        ({"part": "mino"}, "'mino' is not a part of a version. Did you mean 'minor'?"),
        ({"part": "x"}, "'x' is not a part of a version. Write: '--part=patch', minor or major."),
        (
            {"name": ""},
            "a release is one of a shared library. Write: 'doit release NAME --index=URL'; 'doit members' lists them.",
        ),
        (
            {"name": "camo"},
            "'camo' is not a shared library, and nothing else is published. "
            "Move what is to be published to libs/shared/: 'doit new library NAME'.",
        ),
        ({"name": "imges"}, "there is no shared library 'imges'. Did you mean 'images'?"),
        ({"name": "other"}, "there is no shared library 'other'. There is images."),
    ],
)
def test_what_was_asked_for_has_to_be_possible(checkout, given: dict, message: str):
    assert refused(**given) == message


def test_a_build_or_a_test_that_fails_leaves_everything_as_it_was(checkout, capfd):
    assert refused(test=("-c", "raise SystemExit('broken')")) == (
        "the tests of 'images' fail. The lines above come from them; nothing was uploaded."
    )
    assert capfd.readouterr().err.endswith("broken\n'libs/shared/images/' is unchanged\n")

    Path("libs/shared/images/README.md").unlink()
    commit("Images: no page")
    assert refused().startswith(f"{PROJECT}: 'images' cannot be built.")
    assert version() == "0.1.0" and not Path(CHANGES).exists()


def test_a_commit_that_a_hook_refuses_leaves_everything_as_it_was(checkout):
    hook = Path(".git/hooks/pre-commit")
    hook.write_text("#!/bin/sh\necho 'not on Fridays.' >&2\nexit 1\n")
    hook.chmod(0o755)
    assert refused() == ("git does not take the commit: not on Fridays. Correct that, and run it again.")
    assert not Path(CHANGES).exists()


def test_an_upload_that_fails_is_taken_up_by_the_same_command(checkout, index, capfd):
    index["answers"][:2] = [200, 403]
    with pytest.raises(BuildError) as caught:
        release(index["address"], "minor")
    assert str(caught.value) == (
        "twine could not upload images 0.2.0, which is committed and has no tag. "
        "The lines above come from it. Correct what they name, and run the command again: it goes on from here."
    )
    assert (version(), asked("tag"), asked("status", "--porcelain")) == ("0.2.0", "", "")
    assert "403 Forbidden" in capfd.readouterr().out

    release(index["address"])

    assert (version(), asked("tag")) == ("0.2.0", "images-0.2.0\n")
    assert asked("rev-list", "--count", "HEAD") == "2\n"
    assert "images 0.2.0 is recorded and has no tag: it is built and uploaded now\n" in capfd.readouterr().out
    first, _, again, _ = index["sent"]
    assert first[0] == again[0] and wheel_of(first[1]) == wheel_of(again[1]), "the same bytes"
    assert first[2].startswith("Basic ")


def wheel_of(body: bytes) -> bytes:
    """Return the wheel in a form."""
    return body[body.index(b"PK\x03\x04") : body.rindex(b"PK\x05\x06") + 22]


def test_a_tag_of_that_version_is_in_the_way(checkout):
    asked("tag", "images-0.1.0")
    with Path("libs/shared/images/README.md").open("a") as file:
        file.write("\nMore.\n")
    commit("Images: more to read")
    asked("tag", "images-0.1.1")
    asked("reset", "--quiet", "--hard", "HEAD~1")
    Path("libs/shared/images/README.md").write_text("# images\n")
    commit("Images: less to read")
    assert refused() == "there is a tag 'images-0.1.1' already. Release another version: '--part'."


def test_the_newest_version_before_this_commit_is_the_last_release(checkout):
    for name in ("images-0.9.0", "images-0.10.0", "images-more-2.0", "images-x", "other-3.0"):
        asked("tag", name)
    assert git.last_tag("images") == "images-0.10.0"
    assert git.last_tag("camo") == ""


@pytest.mark.parametrize(
    ("before", "part", "after"),
    [
        *(("1.2.3", "patch", "1.2.4"), ("1.2.3", "minor", "1.3.0"), ("1.2.3", "major", "2.0.0")),
        *(("1", "patch", "1.0.1"), ("2.0rc1", "patch", "2.0.0"), ("2.0rc1", "minor", "2.1.0")),
        *(("1.2.3.dev4", "patch", "1.2.3"), ("1.2.3.post1", "patch", "1.2.4"), ("1!2.3", "minor", "1!2.4.0")),
    ],
)
def test_the_next_version(before: str, part: str, after: str):
    assert versions.bumped(before, part) == after


def test_nothing_but_the_version_is_changed():
    text = "[tool.x]\r\nversion = '9'\r\n\r\n[project] # it\r\nname = 'a'\r\nversion  = \"1.0\" # now\r\n[y]\r\nversion='2'\r\n"
    assert versions.with_version(text, "1.1") == text.replace('"1.0"', '"1.1"')


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[project]\ndynamic = ['version']\n", "its [project] table has no version"),
        ("project.version = '1'\n", "its [project] table has no version"),
        ("[project]\nversion = 'one'\n", "'one' is not a version"),
    ],
)
def test_a_version_that_cannot_be_raised_is_told(text: str, what: str):
    with pytest.raises(BuildError, match=re.escape(f"a.toml: {what}. ")):
        versions.version_of(text, "a.toml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "# Changes\n\nNEW"),
        ("# Log\n\nWords.\n", "# Log\n\nWords.\n\nNEW"),
        ("# Log\n\n## 1.0\n\n- old\n", "# Log\n\nNEW\n## 1.0\n\n- old\n"),
    ],
)
def test_an_entry_stands_before_the_others(before: str, after: str):
    entry = "## 1.1 (2026-01-02)\n\n- new\n"
    made = versions.with_entry(before, "1.1", "2026-01-02", ["new"])
    assert made == after.replace("NEW", entry)
    assert versions.first_entry(made) == "1.1"


def test_the_word_of_the_releases_is_all_that_the_command_is_told(checkout):
    found = releases()
    assert from_word(Releases, to_word(found)) == found
    assert found.others == ("camo",)
    assert found.publishable["images"].tests[-1] == "libs/shared/images/tests"
