"""A check never repairs what it judges."""

from __future__ import annotations

import re

import pytest
from shelled import shelled

RULES = """
def task_lock(): return rule(inputs=["in"], outputs=["lock"], command=S("cp in $1", "lock"))
def task_ok(): return check(judges=["in", "lock"], command=S("cmp in lock || { echo stale; exit 1; }"))
def task_use(): return rule(inputs=["lock"], outputs=["out"], command=S("cp lock $1", "out"))
def task_ci(): return {"actions": None, "task_dep": ["use", "ok"]}
"""


@pytest.fixture
def judged(checkout):
    shelled(checkout, RULES)
    checkout.write("in", "1")
    assert checkout.run("lock").code == 0
    return checkout


@pytest.mark.parametrize(
    "words", [["ok"], ["ci"], ["use", "ok"], ["ok", "lock"], ["-n1", "ci"], ["-n4", "ci"]]
)
def test_check_finds_stale_what_it_judges_and_leaves_it_so(judged, words):
    judged.write("in", "2")
    run = judged.run(*words)
    assert run.code == 1
    assert "  | stale" in run.text
    assert judged.read("lock") == "1"


def test_check_does_not_run_who_makes_what_it_judges(judged):
    assert judged.build("ok") == ["ok"]
    assert judged.build("ok") == []
    assert judged.build("ci") == ["use"]


def test_command_line_that_names_the_maker_first_makes_it_first(judged):
    judged.write("in", "2")
    assert judged.build("lock", "ok") == ["lock", "ok"]


def test_edited_output_is_judged_as_it_is(judged):
    assert judged.build("ok") == ["ok"]
    judged.write("lock", "edited")
    assert judged.run("ok").code == 1
    assert judged.read("lock") == "edited"


def test_judged_file_may_be_absent(judged):
    (judged.folder / "lock").unlink()
    run = judged.run("ok")
    assert run.code == 1
    assert "cmp: lock: No such file or directory" in run.text
    assert re.search(
        r"ok: it failed when it ran last \(.+\): the command ended with exit code ",
        judged.run("why", "ok").text,
    )


def test_stored_graph_still_lets_the_check_go_first(judged):
    for _ in range(4):
        assert judged.run("ci").code == 0
    judged.write("in", "2")
    assert judged.run("ci").code == 1
    assert judged.read("lock") == "1"


def test_check_that_comes_after_who_makes_what_it_judges_is_refused(checkout):
    shelled(
        checkout, RULES.replace('check(judges=["in", "lock"],', 'check(after=["use"], judges=["in", "lock"],')
    )
    checkout.write("in", "1")
    run = checkout.run("ok")
    assert run.code == 1
    assert (
        "error: dodo.py, line 6: 'ok' comes after 'lock', which makes what it judges, so it could never find it stale. "
        "Judge something else, or take the other edge away." in run.text
    )


def test_only_a_check_judges(checkout):
    shelled(checkout, "def task_t(): return rule(judges=['a'], outputs=['b'], command=S(':'))")
    assert "dodo.py, line 4: rule() has no 'judges'" in checkout.run().text
