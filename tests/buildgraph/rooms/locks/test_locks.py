"""The locks as a person meets them: real pip-compile, on a folder of small wheels."""

import re
import socket
import sys
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks, resolve
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
LOCKS = Locks(groups=("main", "tests"), pythons=("3.11", "3.12", "3.13", "3.14"))


def write(**groups: str) -> None:
    Path("requirements").mkdir(exist_ok=True)
    for group, text in groups.items():
        Path(f"requirements/{group}.in").write_text(text)


def lock(verb: str = "compile", *options: str) -> None:
    main([verb, to_word(LOCKS), *options])


def pinned(group: str) -> list[str]:
    text = Path(f"requirements/{group}.txt").read_text()
    return re.findall(r"^([a-z][^\\\n]*?) \\$", text, re.MULTILINE)


@pytest.fixture
def tree(project: Path, index: Path) -> Path:
    """Two groups that share a package, and one package that only Windows needs."""
    wheel(index, "web", "1.0", ["shared>=1", 'colours; sys_platform == "win32"'])
    wheel(index, "shared", "1.0")
    wheel(index, "shared", "2.0")
    wheel(index, "colours", "1.0", ["shades"])
    wheel(index, "shades", "1.0")
    wheel(index, "check", "1.0", ["shared<2", 'plug; extra == "more"'])
    wheel(index, "plug", "1.0")
    write(main="web  # serves\n", tests="check[more]\n")
    return index


def test_one_resolution_gives_one_version_and_exact_groups(tree):
    lock()

    windows = ' ; sys_platform == "win32"'
    assert pinned("main") == [f"colours==1.0{windows}", f"shades==1.0{windows}", "shared==1.0", "web==1.0"]
    assert pinned("tests") == ["check==1.0", "plug==1.0", "shared==1.0"]
    constraints = Path("requirements/constraints.txt").read_text()
    assert len(re.findall(r"^shared==", constraints, re.MULTILINE)) == 1


def test_nothing_moved_means_that_no_resolver_runs(tree, monkeypatch, capsys):
    lock()
    monkeypatch.setattr(resolve, "resolve", lambda *_: pytest.fail("a resolver ran"))
    before = {path: path.stat().st_mtime_ns for path in Path("requirements").iterdir()}

    write(main="# a comment is no change\n\nweb\n")
    lock()

    assert "nothing to resolve, nothing to write" in capsys.readouterr().out
    after = {path: path.stat().st_mtime_ns for path in Path("requirements").iterdir() if path.suffix != ".in"}
    assert after.items() <= before.items()


def test_the_check_opens_no_socket_and_ignores_the_index(tree, monkeypatch):
    lock()
    wheel(tree, "web", "9.0")
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a socket was opened"))

    lock("check")


def test_a_moved_input_is_named_by_the_check(tree):
    lock()
    write(main="web\nplug\n")

    with pytest.raises(BuildError) as caught:
        lock("check")
    assert caught.value.what.startswith("'requirements/main.in' has changed since it was locked (20")
    assert caught.value.hint == "Run 'doit locks' and commit what it changes."


def test_one_added_requirement_changes_only_the_lines_of_its_closure(tree):
    lock()
    before = Path("requirements/constraints.txt").read_text().splitlines()
    wheel(tree, "new", "1.0", ["newer"])
    wheel(tree, "newer", "1.0")
    wheel(tree, "web", "2.0")

    write(main="web\nnew\n")
    lock()

    after = Path("requirements/constraints.txt").read_text().splitlines()
    changed = {
        line.split("==")[0] for line in set(after) ^ set(before) if "==" in line and not line.startswith(" ")
    }
    assert changed == {"new", "newer"}


def test_a_release_that_refuses_the_oldest_python_is_not_chosen(tree):
    wheel(tree, "web", "3.0", python=f">={PYTHON}.1")

    lock()

    assert "web==1.0" in pinned("main")


def test_a_lock_that_was_edited_by_hand_is_named_and_kept(tree):
    lock()
    path = Path("requirements/main.txt")
    edited = path.read_text().replace("web==1.0", "web==1.1")
    path.write_text(edited)

    with pytest.raises(BuildError) as caught:
        lock()
    assert str(caught.value) == (
        "requirements: 'requirements/main.txt' is not what `doit locks` wrote: it was edited by hand. "
        "Put the change into the '.in' file of that group, then run 'doit locks --rewrite'."
    )
    with pytest.raises(BuildError) as checked:
        lock("check")
    assert str(checked.value) == str(caught.value), "one answer, whoever is asked"
    assert path.read_text() == edited

    lock("compile", "--rewrite")
    assert "web==1.0" in pinned("main")
    lock("check")


def test_a_pin_without_a_digest_is_found(tree):
    lock()
    path = Path("requirements/constraints.txt")
    path.write_text(re.sub(r"(web==1.0) \\\n    --hash=\S+", r"\1", path.read_text()))

    with pytest.raises(BuildError, match=r"'web==1.0' in 'requirements/constraints.txt' has no digest"):
        lock("check")


def test_contradicting_groups_are_named_by_file_and_line(tree):
    write(tests="\ncheck\n", main="web\nshared>=2\n")

    with pytest.raises(BuildError) as caught:
        lock()
    assert caught.value.what == (
        "these requirements contradict each other: 'shared>=2' (requirements/main.in, line 2); "
        "'shared>=1', asked by web 1.0 (requirements/main.in, line 1); "
        "'shared<2', asked by check 1.0 (requirements/tests.in, line 2)"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-r other.in", "'-r other.in' includes another file, and a group is one file"),
        (
            "x @ git+https://example.org/x",
            "'x @ git+https://example.org/x' names a repository, which cannot be pinned by digest",
        ),
        ("not a requirement", "'not a requirement' is not a requirement"),
    ],
)
def test_what_cannot_be_locked_is_named_by_file_and_line(project, line, message):
    write(main=f"# first\n{line}\n", tests="")

    with pytest.raises(BuildError) as caught:
        lock()
    assert caught.value.what.startswith(message)
    assert caught.value.where == "requirements/main.in, line 2"


def test_a_missing_input_is_named(project):
    write(main="")

    with pytest.raises(BuildError, match=r"there is no 'requirements/tests.in'"):
        lock()


def test_a_package_that_no_index_has_is_named(tree):
    write(main="nowhere-to-be-found\n")

    with pytest.raises(BuildError) as caught:
        lock()
    assert (
        caught.value.what
        == "no release is available for 'nowhere-to-be-found' (requirements/main.in, line 1)"
    )
    assert not Path("requirements/main.txt").exists(), "nothing is half-written"


def test_an_upgrade_reports_what_it_changed(tree, capsys):
    lock()
    wheel(tree, "web", "1.2", ["shared>=1", "extra"], urls={"Changelog": "https://example.org/news"})
    wheel(tree, "extra", "3.0")
    wheel(tree, "plug", "2.0")
    capsys.readouterr()

    lock("upgrade", "--days=0")

    assert capsys.readouterr().out.splitlines() == [
        "colours  1.0 → -  dropped",
        "extra  - → 3.0  added  in main  advisories: unknown",
        "plug  1.0 → 2.0  major  in tests  advisories: unknown",
        "shades  1.0 → -  dropped",
        "web  1.0 → 1.2  minor  in main  advisories: unknown  https://example.org/news",
    ]
    assert pinned("tests") == ["check==1.0", "plug==2.0", "shared==1.0"]
    lock("check")


def test_an_upgrade_by_name_moves_that_package_and_what_it_forces(tree, capsys):
    lock()
    wheel(tree, "web", "2.0", ["shared==1.5"])
    wheel(tree, "shared", "1.5")
    wheel(tree, "plug", "2.0")
    capsys.readouterr()

    lock("upgrade", "--days=0", "web")

    said = capsys.readouterr().out.splitlines()
    assert "web  1.0 → 2.0  major  in main  advisories: unknown" in said
    assert "shared  1.0 → 1.5  minor  in main, tests  with web  advisories: unknown" in said
    assert not any(line.startswith("plug") for line in said)


@pytest.mark.slow
def test_nothing_newer_is_said_so(tree, capsys):
    lock()
    capsys.readouterr()

    lock("upgrade", "--days=0")

    assert capsys.readouterr().out == "nothing newer that the inputs allow\n"


def test_an_upgrade_of_an_unknown_name_is_one_sentence(tree):
    lock()

    with pytest.raises(
        BuildError, match=r"requirements: 'wbe' is not pinned\. Add it to a '\.in' file first\."
    ):
        lock("upgrade", "wbe")


@pytest.mark.slow
def test_a_second_resolution_selects_the_same(tree, capsys):
    lock()
    wheel(tree, "web", "9.0")

    lock("verify")

    assert re.search(
        r"a second resolution as of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ selects the same 6 pins\n$",
        capsys.readouterr().out,
    )


def test_a_replaced_file_is_found_by_the_second_resolution(tree):
    lock()
    wheel(tree, "web", "1.0", ["shared>=1", 'colours; sys_platform == "win32"'], body="replaced = True\n")

    with pytest.raises(
        BuildError, match=r"the files on offer differ from those that were locked for web==1\.0"
    ):
        lock("verify")


@pytest.mark.slow
def test_other_resolvers_select_the_same_packages(tree, capsys):
    lock()

    lock("oracle")

    assert capsys.readouterr().out.endswith("pip and uv select what the locks say, for each of 2 groups\n")


def test_a_group_that_lacks_a_package_is_found_by_the_oracle(tree, monkeypatch):
    from buildgraph.rooms.locks import checking

    lock()
    monkeypatch.setattr(checking, "check", lambda *_: None)
    path = Path("requirements/main.txt")
    path.write_text(re.sub(r"shared==1.0 \\\n    --hash=\S+\n", "", path.read_text()))

    with pytest.raises(BuildError) as caught:
        lock("oracle")
    assert caught.value.what == (
        "pip selects 'shared' 1.0 for 'main', the lock not at all; uv selects 'shared' 1.0 for 'main', the lock not at all"
    )
