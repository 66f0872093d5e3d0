"""`why` tells apart what runs now, what failed, what was ended, what was forgotten, and what has never run."""

from __future__ import annotations

import time

import pytest

DODO = """

WAIT = ["python", "-c", "import os, time; open('.buildgraph/begun', 'w').close(); time.sleep(0 if os.path.exists('go') else 60)"]
def task_made():
    return rule(inputs=["a"], outputs=["b"], command=["python", "make.py"])
def task_slow():
    return check(command=WAIT)
def task_front():
    return check(command=WAIT, foreground=True)
"""
MAKE = "import sys; text = open('a').read(); open('b', 'w').write(text); sys.exit(text == 'bad')"


@pytest.fixture
def asked(checkout):
    checkout.dodo(DODO)
    checkout.write("a", "good")
    checkout.write("make.py", MAKE)
    return checkout


def begin(checkout, task: str) -> int:
    pid = checkout.start(task)
    deadline = time.monotonic() + 30
    while not checkout.exists(".buildgraph/begun") and time.monotonic() < deadline:
        time.sleep(0.01)
    return pid


def test_what_has_never_run_is_told_from_what_was_forgotten(asked):
    assert asked.run("why", "made").text == "made: it has never run\n"
    asked.build("made")
    assert asked.run("why", "made").text == "made: up to date\n"
    asked.run("forget", "made")
    assert asked.run("why", "made").text == "made: it has no recorded success\n"


def test_what_failed_says_how_and_what_has_changed_since(asked):
    asked.build("made")
    asked.write("a", "bad")
    assert asked.run("made").code == 1
    failed = "made: it failed when it ran last: the command ended with exit code 1\n"
    assert (
        asked.run("why", "made").text == f"{failed}made: nothing that it depends on has changed since then\n"
    )
    asked.write("a", "good again")
    text = asked.run("why", "made").text
    assert text.startswith(f"{failed}made: since then the input 'a' changed from ")
    assert asked.build("made") == ["made"]
    assert asked.run("why", "made").text == "made: up to date\n"
    asked.run("forget", "made")
    assert asked.run("why", "made").text == "made: it has no recorded success\n"


@pytest.mark.parametrize("task", ["slow", "front"])
def test_what_runs_now_says_so_and_what_was_killed_too(asked, task):
    begin(asked, task)
    last, outputs = asked.last, asked.run("why", task).text
    assert outputs == f"{task}: it is running now\n"
    asked.last = last
    asked.kill()
    assert asked.run("why", task).text == f"{task}: its last run was ended before it was done\n"
    asked.write("go", "")
    assert asked.build(task) == [task]
