"""A member is one folder and no other edit; a change runs what can notice it."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

import pytest
from shelled import git

DODO = """
import sys
from buildgraph import members
from buildgraph.rules.command import Command
MEMBERS = members.find()
FAIL = [Command([sys.executable, "-c", f"import sys; print({n}, *sys.argv[1:]); sys.exit({n} - 1)"]) for n in (1, 2, 3)]
def task_members():
    yield from members.tasks(MEMBERS, Command(["python", "-c", "print('ran')"]), [])
def task_wheel():
    yield from members.wheels(MEMBERS, "python", [], str)
def task_lint():
    yield from members.lints(MEMBERS, "python", FAIL, [])
"""
LIBRARY = pathlib.Path(__file__).parents[2] / "buildgraph"
TESTS = ["test:app", "test:core"]


@pytest.fixture
def checkout(checkout):
    """A checkout in which the library lies, since its own commands run there."""
    (checkout.folder / "buildgraph").symlink_to(LIBRARY)
    return checkout


def member(checkout, place, uses=()):
    name = place.rpartition("/")[2]
    checkout.write(
        f"{place}/pyproject.toml",
        f"[project]\nname = '{name}'\ndependencies = {list(uses)}\n[tool.buildgraph]\nmembers = {list(uses)}\n",
    )
    checkout.write(f"{place}/src/{name}/__init__.py", "")
    checkout.write(f"{place}/tests/test_{name}.py", "")


def made(checkout):
    checkout.dodo(DODO)
    member(checkout, "services/app", ["core"])
    member(checkout, "libs/shared/core")
    return checkout


def test_a_change_of_a_library_runs_the_tests_of_what_uses_it_and_not_the_other_way_round(checkout):
    made(checkout)
    assert sorted(checkout.build(*TESTS)) == TESTS
    assert checkout.build(*TESTS) == []

    checkout.write("libs/shared/core/src/core/__init__.py", "new = 1\n")
    assert sorted(checkout.build(*TESTS)) == TESTS
    checkout.write("services/app/src/app/__init__.py", "new = 1\n")
    assert checkout.build(*TESTS) == ["test:app"]
    checkout.write("libs/shared/core/tests/test_core.py", "new = 1\n")
    assert checkout.build(*TESTS) == ["test:core"]


def test_a_member_that_comes_has_its_tasks_and_one_that_goes_has_none(checkout):
    made(checkout)
    assert checkout.build("test:core") == ["test:core"]
    assert checkout.build("test:core") == []

    member(checkout, "libs/internal/logs")
    assert checkout.build("test:core", "test:logs") == ["test:logs"]
    shutil.rmtree(checkout.folder / "libs/internal/logs")
    gone = checkout.run("test:logs")
    assert gone.code == 1 and "test:logs" in gone.text
    assert checkout.build("test:core") == []


def test_a_command_with_nothing_to_do_is_certified_until_a_member_says_something_else(checkout):
    made(checkout)
    question = "from buildgraph.proof.certificate import holds; print(holds(['test:core']))"

    def certified() -> str:
        words = [sys.executable, "-c", question]
        place, environ = checkout.folder, checkout.environ
        return subprocess.run(
            words, cwd=place, env=environ, capture_output=True, text=True, check=True
        ).stdout

    for _ in range(3):
        checkout.run("test:core")
    assert certified() == "test:core: up to date\n"
    (checkout.folder / "services/notes.txt").touch()
    checkout.run("test:core")
    assert certified() == "test:core: up to date\n"

    with (checkout.folder / "services/app/pyproject.toml").open("a") as file:
        file.write("# another member says something else\n")
    assert certified() == "None\n"


def test_a_member_in_the_first_folder_of_its_kind_is_noticed(checkout):
    checkout.dodo(DODO)
    assert checkout.run("lint:imports").text.count("passed") == 1
    assert checkout.build("lint:imports") == []
    member(checkout, "libs/shared/core")
    assert sorted(checkout.build("lint:imports", "test:core")) == ["lint:imports", "test:core"]


def test_what_contradicts_itself_ends_every_command_with_its_place(checkout):
    made(checkout)
    member(checkout, "libs/shared/core", ["app"])
    run = checkout.run("list")
    assert run.code == 1
    assert run.text.startswith(
        "error: services/app/pyproject.toml: members use one another in a circle: app → core → app."
    )


def test_a_new_member_is_made_by_its_task(checkout):
    checkout.dodo(DODO)
    run = checkout.run("new", "library", "core")
    assert run.code == 0, run
    assert checkout.exists("libs/shared/core/pyproject.toml")
    assert checkout.build("test:core") == ["test:core"]
    assert "libs/shared/core" in checkout.run("members").text
    assert "core (library)" in checkout.run("members", "--graph").text


def test_what_may_rot_is_told_with_the_day_of_the_last_change_and_the_state_of_the_tests(checkout):
    made(checkout)
    checkout.write("requirements/constraints.txt", "")
    git(checkout, "init", "-q")
    git(checkout, "add", "services")
    git(checkout, "commit", "-qm", "App: begun", GIT_COMMITTER_DATE="2026-01-02T03:04:05Z")
    assert checkout.run("test:app").code == 0

    assert checkout.run("members", "--stale").text == (
        "app (services/app/)\n"
        "  changed     2026-01-02, App: begun\n"
        "  holds back  nothing\n"
        "  tests       passed with the locks of now\n"
        "core (libs/shared/core/)\n"
        "  changed     not in git yet\n"
        "  holds back  nothing\n"
        "  tests       have to run: it has never run\n"
    )
    checkout.write("libs/shared/core/src/core/__init__.py", "new = 1\n")
    assert (
        "  tests       have to run: the input 'libs/shared/core/src/"
        in checkout.run("members", "--stale").text
    )


def test_owners_follow_members_that_come_and_go(checkout):
    made(checkout)
    assert checkout.build("owners", "owners:check") == ["owners", "owners:check"]
    member(checkout, "libs/internal/logs")
    assert checkout.run("owners:check").code == 1
    assert checkout.build("owners", "owners:check") == ["owners", "owners:check"]
    assert "internal: logs" in checkout.read(".github/labels.yml")
    shutil.rmtree(checkout.folder / "libs/internal/logs")
    assert checkout.build("owners", "owners:check") == ["owners", "owners:check"]
    assert "logs" not in checkout.read(".github/labels.yml")


FOLLOWING = (
    DODO
    + """
from buildgraph.rooms.environment import Environment
from buildgraph.rooms.locks import Locks
LOCKS = Locks((), pythons=("3.11",), members=MEMBERS.folders)
ENV = Environment(LOCKS.hashed(), paths=MEMBERS.paths)
def task_made():
    for member in MEMBERS:
        made = f"made/{member.name}/one"
        copy = ["python", "-c", "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('x')", made]
        yield rule(name=member.name, inputs=member.code, outputs=[made], command=copy)
def task_ci():
    return {"actions": None, "task_dep": [*MEMBERS.checks, "lint:imports"]}
def task_said():
    words = [*LOCKS.files, *ENV.paths]
    return rule(inputs=["dodo.py"], outputs=["said"], command=["python", "-c", "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(' '.join(sys.argv[2:]))", "said", *words])
"""
)


def following(checkout) -> tuple[set[str], str, str]:
    """Return what `ci` checks, the locks and the folders on the path of the environment, and who owns what."""
    made = checkout.run("owners", "made", "said")
    assert made.code == 0, made
    listed = checkout.run("list", "--quiet", "--all").text.split()
    checked = {name for name in listed if name.startswith(("test:", "lint:", "made:"))}
    return checked, checkout.read("said"), checkout.read(".github/labels.yml")


def test_everything_follows_a_member_that_comes_is_renamed_and_goes(checkout):
    made(checkout)
    checkout.dodo(FOLLOWING)
    before = following(checkout)
    member(checkout, "services/logs", ["core"])

    checked, said, labels = following(checkout)
    assert checked - before[0] == {"test:logs", "lint:logs", "made:logs"}
    assert "requirements/members/logs.txt" in said and "services/logs/src" in said
    assert '"service: logs"' in labels and checkout.exists("made/logs/one")
    assert "test:logs: it has never run" in checkout.run("why", "ci").text

    shutil.rmtree(checkout.folder / "services/logs")
    member(checkout, "libs/internal/notes", ["core"])
    checked, said, labels = following(checkout)
    assert checked - before[0] == {"test:notes", "lint:notes", "made:notes"}
    assert "logs" not in said and "libs/internal/notes/src" in said
    assert "logs" not in labels and not checkout.exists("made/logs/one")

    shutil.rmtree(checkout.folder / "libs/internal/notes")
    assert following(checkout) == before
    assert not checkout.exists("made/notes/one")


def test_each_command_of_a_lint_is_given_the_sources_and_the_tests(checkout):
    made(checkout)
    run = checkout.run("lint:core")
    assert run.code == 1
    words = " libs/shared/core/src libs/shared/core/tests\n"
    assert f"1{words}" in run.text and f"2{words}" in run.text
    assert f"3{words}" not in run.text, "the first that fails is the last"


def test_a_wheel_is_made_of_its_member_alone(checkout):
    made(checkout)
    assert checkout.run("why", "wheel:core").code == 0
    inputs = checkout.run("inputs", "wheel:core").text
    assert inputs == "libs/shared/core/\nmembers/core\n"


def test_a_service_of_another_resolution_is_bundled_by_what_is_locked_for_it(checkout):
    head, _, rest = DODO.partition("def task_wheel")
    checkout.dodo(
        head.replace("find()", "find(resolutions=['legacy'])")
        + """
def task_bundle():
    yield from members.bundles(MEMBERS, "python", [], "usual/{}".format)
    yield from members.bundles(MEMBERS, "python", [], "legacy/{}".format, [], "legacy")
def task_wheel"""
        + rest
    )
    member(checkout, "services/app", ["core"])
    member(checkout, "services/old", ["core"])
    member(checkout, "libs/shared/core")
    with (checkout.folder / "services/old/pyproject.toml").open("a") as file:
        file.write("resolution = 'legacy'\n")

    common = "libs/shared/core/\n"
    assert (
        checkout.run("inputs", "bundle:app").text
        == f"{common}services/app/\nservices/app/Procfile\nusual/members/app\n"
    )
    assert (
        checkout.run("inputs", "bundle:old").text
        == f"legacy/members/old\n{common}services/old/\nservices/old/Procfile\n"
    )
    assert checkout.run("inputs", "wheel:old").code == 1
