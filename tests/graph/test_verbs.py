"""What is done when it is asked for: `run()`."""

from __future__ import annotations

import pytest

DODO = """
from buildgraph import run
def task_made():
    return rule(outputs=["made"], command=["python", "write.py", "made", "1"])
def task_note():
    return run(needs=["made"], command=["python", "write.py", "notes", "more"], arguments=True)
def task_serve():
    return service(needs=["note"], command=["python", "write.py", "notes", "served"])
"""


@pytest.fixture
def noting(checkout):
    checkout.write("write.py", "import sys; open(sys.argv[1], 'a').write(' '.join(sys.argv[2:]) + '\\n')")
    checkout.dodo(DODO)
    return checkout


def test_it_is_done_each_time_it_is_asked_for_after_what_it_needs(noting):
    assert noting.build("note") == ["made", "note"]
    for count in (2, 3):
        assert noting.build("note") == ["note"]
        assert noting.read("notes") == "more\n" * count
    assert noting.build("note", "and", "--this") == ["note"]
    assert noting.read("notes").splitlines()[-1] == "more and --this"
    assert noting.run("note").text == "", "no certificate ends it, and what it says is all that is said"
    assert noting.read("notes").splitlines()[-1] == "more"


def test_it_comes_before_what_serves(noting):
    assert noting.build("serve", "note") == ["made", "note", "serve"]
    assert noting.read("notes") == "more\nserved\n"


def test_why_and_list_say_what_it_is(noting):
    noting.build("note")
    assert noting.run("why", "note").text == "note: it runs each time it is asked for\n"
    assert noting.run("list").text == "Make:\n  made\nChange:\n  note\nServe:\n  serve\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("outputs=['x']", "run() has no 'outputs'. It runs and makes nothing: use rule()."),
        ("inputs=['x']", "run() has no 'inputs'. Name the tasks that it comes after: needs=['TASK']."),
        ("always=True", "run() has no 'always'. It always runs."),
        ("foreground=True", "run() has no 'foreground'. It always owns the terminal."),
        ("need=['x']", "run() has no 'need'. Did you mean 'needs'?"),
        ("needs='x'", "needs='x' is a single string. Write a list: needs=['x']."),
    ],
)
def test_what_means_nothing_to_it_is_refused_by_name(checkout, more, said):
    checkout.dodo(f"from buildgraph import run\ndef task_t(): return run(command=['python'], {more})")
    assert checkout.run().text == f"error: dodo.py, line 3: {said}\n"
