"""Members are groups of their own: what they require is locked in the one resolution, and they are not."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.errors import BuildError
from buildgraph.members.creating import create
from buildgraph.rooms import environment
from buildgraph.rooms.environment.sync import sync
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

LOCKS = Locks(
    groups=("main",),
    pythons=("3.11", "3.12", "3.13", "3.14"),
    members={"camo": "services/camo", "health": "libs/internal/health"},
)


def lock(verb: str = "compile", locks: Locks = LOCKS) -> None:
    main([verb, to_word(locks)])


def member(folder: str, *requires: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, "pyproject.toml").write_text(
        f'[project]\nname = "{Path(folder).name}"\nversion = "1"\ndependencies = {list(requires)}\n'
    )


def pinned(file: str) -> list[str]:
    return re.findall(r"^([a-z][^\\\n]*?) \\$", Path("requirements", file).read_text(), re.MULTILINE)


@pytest.fixture(autouse=True)
def tree(project: Path, index: Path) -> Path:
    """A service that uses an internal library, of whose name an index has something, too."""
    for name in ("fetch", "logging-json", "health"):
        wheel(index, name, "1.0")
    wheel(index, "fetch", "2.0")
    member("services/camo", "fetch", "health")
    member("libs/internal/health", "logging-json ; sys_platform == 'win32'")
    Path("requirements").mkdir(exist_ok=True)
    Path("requirements/main.in").write_text("fetch<2\n-e ./libs/internal/health\n")
    return index


def test_a_member_may_be_saved_with_a_byte_order_mark():
    path = Path("services/camo/pyproject.toml")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    lock()
    assert "fetch==1.0" in pinned("members/camo.txt")


def test_the_file_of_a_member_that_is_gone_is_named_even_if_git_tracks_it():
    lock()
    fewer = Locks(LOCKS.groups, LOCKS.pythons, members={"health": "libs/internal/health"})
    Path("requirements/members/mine.txt").write_text("# my own\n")
    kept = Path("requirements/members/camo.txt").read_bytes()
    lock("compile", fewer)
    Path("requirements/members/camo.txt").write_bytes(kept)  # as a checkout with it has

    with pytest.raises(BuildError) as caught:
        lock("check", fewer)

    assert str(caught.value) == (
        "requirements/members/camo.txt: its member is gone. Delete it: 'git rm requirements/members/camo.txt'."
    )
    Path("requirements/members/camo.txt").unlink()
    lock("check", fewer)


def test_each_member_has_a_hashed_group_and_what_moves_in_one_is_noticed():
    lock()

    windows = ' ; sys_platform == "win32"'
    assert pinned("main.txt") == ["fetch==1.0", f"logging-json==1.0{windows}"]
    assert pinned("members/camo.txt") == ["fetch==1.0", f"logging-json==1.0{windows}"]
    assert pinned("members/health.txt") == [f"logging-json==1.0{windows}"]
    assert pinned("constraints.txt") == ["fetch==1.0", "logging-json==1.0"]
    lock("check")
    lock("oracle")
    fewer = Locks(LOCKS.groups, LOCKS.pythons, members={"health": "libs/internal/health"})
    with pytest.raises(BuildError, match=r"'services/camo/pyproject\.toml' is locked and gone"):
        lock("check", fewer)
    more = Locks(LOCKS.groups, LOCKS.pythons, members={**LOCKS.members, "new": "libs/shared/new"})
    member("libs/shared/new")
    with pytest.raises(BuildError, match=r"'libs/shared/new/pyproject\.toml' is new"):
        lock("check", more)
    member("services/camo", "fetch", "health", "logging-json")
    with pytest.raises(BuildError, match=r"'services/camo/pyproject\.toml' has changed since it was locked"):
        lock("check")


def test_the_files_of_members_are_inputs_and_outputs_of_the_locks():
    assert LOCKS.sources == (
        "requirements/main.in",
        "services/camo/pyproject.toml",
        "libs/internal/health/pyproject.toml",
    )
    assert LOCKS.files[-2:] == ("requirements/members/camo.txt", "requirements/members/health.txt")
    assert LOCKS.hashed(without=["main"]) == LOCKS.files[-2:]


def test_members_that_contradict_each_other_are_named_with_their_files():
    Path("requirements/main.in").write_text("fetch<2\n")
    member("libs/internal/health", "fetch>=2")
    with pytest.raises(BuildError) as caught:
        lock()
    assert caught.value.what == (
        "these requirements contradict each other: "
        "'fetch<2' (requirements/main.in, line 1); 'fetch' (services/camo/pyproject.toml); "
        "'fetch>=2' (libs/internal/health/pyproject.toml, for services/camo/pyproject.toml "
        "and libs/internal/health/pyproject.toml)"
    )


def test_a_new_member_is_locked_and_installed_without_an_edit_elsewhere(tree):
    shutil.rmtree("services")
    shutil.rmtree("libs")
    Path("requirements/main.in").write_text("fetch\n")
    create("library", "core")
    project = Path("libs/shared/core/pyproject.toml")
    project.write_text(project.read_text().replace("dependencies = []", 'dependencies = ["fetch<2"]'))
    found = members.find()
    locks = Locks(("main",), LOCKS.pythons, members=found.folders)
    env = environment.Environment(locks.hashed(), paths=found.paths)

    lock("compile", locks)
    sync(env)
    shutil.rmtree(env.folder)
    sync(env)

    code = "import core, fetch; print(core.hello('you'), fetch.VERSION)"
    assert subprocess.check_output([env.python, "-c", code], text=True) == "Hello, you. 1.0\n"
    again = environment.Environment(locks.hashed())
    sync(again)
    assert subprocess.run([env.python, "-c", code], capture_output=True).returncode == 1, "it has gone"
