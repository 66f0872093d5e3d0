"""Tested upgrades as a person meets them: real resolver, real environments, real processes and signals."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.environment import Environment
from buildgraph.rooms.locks import Locks, trial
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

LOCKS = Locks(groups=("main",), pythons=("3.11", "3.12", "3.13", "3.14"))
ENV = Environment(files=(LOCKS.file("main"),))
SUITE_COMMAND = [ENV.python, "suite.py", "--", "--then={all}"]
UPGRADE = LOCKS.upgrade(ENV.folder, make=ENV.sync, test=SUITE_COMMAND)
TODAY = datetime.now(UTC).date()
# The project's tests: gamma 2 breaks them. They say who they are, so that a test can end them half-way.
SUITE = """\
import os, pathlib, sys, time
import alpha, beta, gamma, omega

pathlib.Path("tested.txt").open("a").write(
    f"{alpha.VERSION} {beta.VERSION} {gamma.VERSION} {omega.VERSION} {sys.prefix}\\n"
)
while pathlib.Path("hang").exists():
    pathlib.Path("pid").write_text(str(os.getpid()))
    time.sleep(0.05)
if gamma.VERSION == "2.0":
    print("FAILED suite.py::test_gamma - AssertionError: gamma lost its colours")
    print("1 failed, 3 passed")
    sys.exit(1)
"""


def lock(verb: str = "compile", *options: str) -> None:
    main([verb, to_word(LOCKS), *options])


def upgrade(*options: str) -> None:
    main([*UPGRADE[3:], "--days=0", "--test", *options])


def start(*options: str) -> subprocess.Popen[str]:
    """Start a tested upgrade in a process of its own."""
    words = [sys.executable, *UPGRADE[1:], "--days=0", "--test", *options]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    out, error = process.communicate(timeout=120)
    return process.returncode, out.splitlines(), error


def pinned() -> dict[str, str]:
    lines = Path(LOCKS.file("main")).read_text().splitlines()
    return dict(line.removesuffix(" \\").split("==") for line in lines if "==" in line)


def lock_files() -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("requirements").iterdir()}


def runs() -> list[str]:
    """Return the versions of each run of the tests."""
    return [line.rpartition(" ")[0] for line in Path("tested.txt").read_text().splitlines()]


def wait_for(path: str, process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + 60
    while not (Path(path).exists() and Path(path).read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return Path(path).read_text()


def is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


@pytest.fixture
def tree(project: Path, index: Path) -> Path:
    """Four packages locked at 1.0, of which gamma's next release breaks the tests, and omega's needs that of gamma."""
    for name in ("alpha", "beta", "gamma", "omega"):
        wheel(index, name, "1.0")
    Path("requirements").mkdir()
    Path("requirements/main.in").write_text("alpha\nbeta\ngamma\nomega\n")
    Path("suite.py").write_text(SUITE)
    lock()
    for name in ("alpha", "beta", "gamma"):
        wheel(index, name, "2.0")
    wheel(index, "omega", "2.0", ["gamma>=2"])
    return index


def test_every_good_upgrade_is_locked_and_the_culprit_is_held(tree):
    code, said, error = finish(start())

    assert (code, error) == (0, "")
    assert pinned() == {"alpha": "2.0", "beta": "2.0", "gamma": "1.0", "omega": "1.0"}
    said_by_tests = runs()
    assert said_by_tests[:2] == ["2.0 2.0 2.0 2.0", "1.0 1.0 1.0 1.0"], "all of it first, then none of it"
    assert "2.0 2.0 1.0 1.0" in said_by_tests, "what is locked was tested as a whole"
    assert len(said_by_tests) <= 5
    reason = "FAILED suite.py::test_gamma - AssertionError: gamma lost its colours"
    until = TODAY + timedelta(days=30)
    assert said[-4:] == [
        "alpha  1.0 → 2.0  major  in main  advisories: unknown",
        "beta  1.0 → 2.0  major  in main  advisories: unknown",
        f"gamma 2.0 is held back until {until}: {reason}",
        "omega stays: it needs gamma",
    ]
    assert Path("requirements/holds.toml").read_text().splitlines()[1:] == [
        "",
        "[[hold]]",
        'name = "gamma"',
        'version = "2.0"',
        f'reason = "{reason}"',
        f"since = {TODAY}",
        f"until = {until}",
    ]
    assert not Path(trial.FOLDER).exists(), "the environment is thrown away"
    assert not Path(".venv").exists(), "the working environment is not touched"
    lock("check")
    lock("verify")


@pytest.mark.slow
def test_a_hold_is_respected_until_its_day_and_then_tried_again(tree, capsys):
    upgrade()
    Path("tested.txt").unlink()

    upgrade()
    assert not Path("tested.txt").exists(), "nothing is left to test"
    assert pinned()["gamma"] == "1.0"
    assert "nothing newer that the inputs allow\ngamma 2.0 is held back until" in capsys.readouterr().out

    path = Path("requirements/holds.toml")
    path.write_text(path.read_text().replace(f"until = {TODAY + timedelta(days=30)}", f"until = {TODAY}"))
    upgrade("--hold=7")
    assert runs()[0] == "2.0 2.0 2.0 2.0", "its day has come: it is tried again"
    assert f"until = {TODAY + timedelta(days=7)}" in path.read_text(), "and held again, as it still fails"

    path.write_text(path.read_text().replace(f"until = {TODAY + timedelta(days=7)}", f"until = {TODAY}"))
    Path("suite.py").write_text("import gamma\n")
    upgrade()
    assert pinned() == dict.fromkeys(("alpha", "beta", "gamma", "omega"), "2.0")
    assert not path.exists(), "a hold that has been overcome is gone"


@pytest.mark.slow
def test_a_later_release_than_the_held_one_is_tried(tree):
    upgrade()
    wheel(tree, "gamma", "2.1")

    upgrade()

    assert pinned() == {"alpha": "2.0", "beta": "2.0", "gamma": "2.1", "omega": "2.0"}
    assert not Path("requirements/holds.toml").exists()


@pytest.mark.slow
def test_a_hold_in_the_way_of_a_request_by_name_is_said_in_one_sentence(tree, capsys):
    upgrade()
    capsys.readouterr()

    lock("upgrade", "--days=0", "gamma")

    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .endswith("gamma lost its colours. Delete its entry in 'requirements/holds.toml' to try it now.")
    )
    assert pinned()["gamma"] == "1.0"


@pytest.mark.slow
def test_a_request_by_name_that_fails_is_held(tree):
    upgrade("omega")

    assert pinned() == {"alpha": "1.0", "beta": "1.0", "gamma": "1.0", "omega": "1.0"}
    assert runs()[0] == "1.0 1.0 2.0 2.0"
    assert 'name = "gamma"' in Path("requirements/holds.toml").read_text()


@pytest.mark.slow
def test_upgrades_that_pass_take_one_run(tree):
    Path("suite.py").write_text(SUITE.replace("2.0", "never"))
    upgrade()

    assert runs() == ["2.0 2.0 2.0 2.0"]
    assert set(pinned().values()) == {"2.0"}


@pytest.mark.slow
def test_two_that_break_only_together_cost_one_of_them(tree):
    Path("suite.py").write_text(
        SUITE.replace('gamma.VERSION == "2.0"', "(alpha.VERSION, beta.VERSION) == ('2.0', '2.0')")
    )
    upgrade()

    assert pinned() == {"alpha": "2.0", "beta": "1.0", "gamma": "2.0", "omega": "2.0"}


@pytest.mark.slow
def test_a_project_whose_tests_fail_already_is_told_so(tree):
    before = lock_files()
    Path("suite.py").write_text("raise SystemExit('FAILED suite.py::test_self - it never worked')\n")

    with pytest.raises(BuildError) as caught:
        upgrade()
    assert str(caught.value) == (
        ".buildgraph/logs/upgrade/2.log: the tests also fail without any upgrade: "
        "FAILED suite.py::test_self - it never worked. Make them pass, then upgrade; no lock was changed."
    )
    assert lock_files() == before


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name
)
def test_a_run_that_is_ended_half_way_leaves_the_locks_alone_and_the_next_is_right(tree, number):
    before = lock_files()
    Path("hang").touch()
    process = start()
    pid = wait_for("pid", process)

    process.send_signal(number)
    code, said, _ = finish(process)

    assert code == (130 if number == signal.SIGINT else -number)
    assert lock_files() == before
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline, "the tests went on alone"
        time.sleep(0.02)
    if number == signal.SIGINT:
        assert said[-1] == "stopped: the locks are unchanged"
        assert not Path(trial.FOLDER).exists()

    Path("hang").unlink()
    code, _, error = finish(start())
    assert (code, error) == (0, "")
    assert pinned() == {"alpha": "2.0", "beta": "2.0", "gamma": "1.0", "omega": "1.0"}
    assert not Path(trial.FOLDER).exists()


@pytest.mark.slow
def test_two_upgrades_are_not_tested_at_once(tree):
    Path("hang").touch()
    process = start()
    wait_for("pid", process)

    with pytest.raises(BuildError) as caught:
        upgrade()
    assert str(caught.value) == (
        ".buildgraph/trial: another upgrade is being tested. Wait until it ends, or end it by Ctrl-C."
    )
    Path("hang").unlink()
    code, _, error = finish(process)
    assert (code, error) == (0, "")


@pytest.mark.slow
def test_an_input_that_changes_while_the_tests_run_is_not_overwritten(tree):
    Path("hang").touch()
    process = start()
    wait_for("pid", process)
    with open("requirements/main.in", "a") as file:
        file.write("alpha<2\n")
    before = lock_files()

    Path("hang").unlink()
    code, _, error = finish(process)

    assert code == 1
    assert error == (
        "error: requirements: the inputs or the locks changed while the tests ran, and nothing was written. "
        "Run 'doit locks' and upgrade again.\n"
    )
    assert lock_files() == before


@pytest.mark.slow
def test_tests_that_hang_fail_where_a_time_is_given(tree):
    hang = 'while gamma.VERSION == "2.0":\n    time.sleep(1)\n'
    Path("suite.py").write_text(SUITE.partition("while")[0] + hang)

    upgrade("--timeout=1")

    assert pinned() == {"alpha": "2.0", "beta": "2.0", "gamma": "1.0", "omega": "1.0"}
    assert 'reason = "the tests did not end within 1 seconds"' in Path("requirements/holds.toml").read_text()


@pytest.mark.slow
def test_a_package_that_cannot_be_installed_is_named(tree):
    before = lock_files()
    Path("make.py").write_text(
        "print('No matching distribution for alpha==2.0')\nraise SystemExit('error: .venv: pip gave up.')\n"
    )
    command = LOCKS.upgrade(ENV.folder, make=["python", "make.py"], test=SUITE_COMMAND)
    with pytest.raises(BuildError) as caught:
        main([*command[3:], "--days=0", "--test"])
    assert str(caught.value) == (
        ".buildgraph/trial: the environment for the tests cannot be made (alpha==2.0): .venv: pip gave up. "
        "No lock was changed: try again, or add the release to the holds."
    )
    assert lock_files() == before
    assert not Path(trial.FOLDER).exists()


@pytest.mark.slow
def test_a_test_command_that_is_not_there_is_one_sentence(tree):
    command = LOCKS.upgrade(ENV.folder, make=ENV.sync, test=["tools/check", "all"])

    with pytest.raises(BuildError) as caught:
        main([*command[3:], "--days=0", "--test"])
    assert str(caught.value) == (
        ".buildgraph/trial: the tests cannot be started: 'tools/check': No such file or directory. "
        "Correct the command in dodo.py; no lock was changed."
    )


def test_an_upgrade_without_a_test_command_cannot_be_tested(tree):
    with pytest.raises(BuildError) as caught:
        lock("upgrade", "--days=0", "--test")
    assert str(caught.value) == (
        "requirements: there is no command to test an upgrade with. "
        "Give upgrade() of the locks an environment and its commands in dodo.py, or upgrade without '--test'."
    )
