"""`why` tells apart what runs now, what failed, what was ended, what was forgotten, and what has never run."""

from __future__ import annotations

import re
import time

import pytest

from tests.graph.screen import Screen
from tests.graph.terminals import on_a_terminal

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


FORGOTTEN = "{}: it has run, but no success of it is recorded, as after 'doit forget'\n"
WHEN = re.compile(r" \(\d{4}-\d\d-\d\d \d\d:\d\d\)")


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
    assert asked.run("why", "made").text == FORGOTTEN.format("made")


def test_what_failed_says_how_and_what_has_changed_since(asked):
    asked.build("made")
    asked.write("a", "bad")
    assert asked.run("made").code == 1
    failed = "made: it failed when it ran last: the command ended with exit code 1\n"
    said = asked.run("why", "made").text
    assert len(WHEN.findall(said)) == 1
    unchanged = (
        "made: nothing that it depends on has changed since then; its log is '.buildgraph/logs/made.log'\n"
    )
    assert WHEN.sub("", said) == f"{failed}{unchanged}"
    asked.write("a", "good again")
    text = WHEN.sub("", asked.run("why", "made").text)
    assert text.startswith(f"{failed}made: since then the input 'a' changed from ")
    assert asked.build("made") == ["made"]
    assert asked.run("why", "made").text == "made: up to date\n"
    asked.run("forget", "made")
    assert asked.run("why", "made").text == FORGOTTEN.format("made")


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


CHAIN = """
COPY = ["python", "-c", "import sys; open(sys.argv[2], 'w').write(open(sys.argv[1]).read())"]
def task_first(): return rule(inputs=["source.txt"], outputs=["one"], command=[*COPY, "source.txt", "one"])
def task_second(): return rule(inputs=["one"], outputs=["two"], command=[*COPY, "one", "two"])
def task_third(): return rule(inputs=["two"], outputs=["three"], command=[*COPY, "two", "three"])
def task_passed(): return check(arguments=True, command=["python", "-c", "import sys; sys.exit('bad' in sys.argv)"])
"""


@pytest.fixture
def chain(checkout):
    checkout.dodo(CHAIN)
    checkout.write("source.txt", "1")
    checkout.build("third")
    checkout.write("source.txt", "2")
    return checkout


ROOT = "the input 'source.txt' changed from 6b86b273ff34 to d4735e3a265e"


def test_the_root_of_a_chain_is_named_before_anything_runs(chain):
    assert chain.run("why", "second").text == f"second: 'first' would run before it: {ROOT}\n"
    assert chain.run("why", "third").text == (
        f"third: 'second' would run before it and 'first' before that: {ROOT}\n"
    )
    assert chain.run("why", "third", "first").text == (
        f"third: 'second' would run before it, after 'first'\nfirst: {ROOT}\n"
    )


def test_the_root_of_a_chain_is_named_after_a_part_of_it_has_run(chain):
    chain.build("second")
    assert chain.run("why", "third").text == (
        f"third: the input 'two' changed from 6b86b273ff34 to d4735e3a265e; 'first' ran because {ROOT}\n"
    )
    chain.build("third")
    assert chain.run("why", "third").text == "third: up to date\n"


def test_an_output_that_was_edited_is_not_put_down_to_an_earlier_run(chain):
    chain.build("third")
    chain.write("two", "3")
    said = chain.run("why", "third").text
    assert "source.txt" not in said
    assert re.fullmatch(
        r"third: the input 'two' changed from \w+ to \w+; 'second', which makes it, would run: "
        r"the output 'two' changed from \w+ to \w+\n",
        said,
    )


def test_a_run_with_arguments_is_told(chain):
    assert chain.run("why", "passed").text == "passed: it has never run\n"
    chain.run("passed", "a b")
    first, second = chain.run("why", "passed").text.splitlines()
    assert first == "passed: it has no recorded success without arguments"
    assert re.fullmatch(
        r"passed: 'doit passed 'a b'' of \d{4}-\d\d-\d\d \d\d:\d\d succeeded; it stands for no other run",
        second,
    )
    chain.run("passed", "bad")
    assert " failed: the command ended with exit code 1;" in chain.run("why", "passed").text
    chain.build("passed")
    assert chain.run("why", "passed").text == "passed: up to date\n"
    chain.run("forget", "passed")
    assert chain.run("why", "passed").text == FORGOTTEN.format("passed")


def test_a_task_upstream_that_failed_says_so_with_its_time_and_its_line(checkout):
    checkout.write("tool.py", "import sys; print('data.txt:2: a word too many'); sys.exit(1)")
    checkout.write("data.txt", "one\ntwo two\n")
    checkout.dodo("""
        def task_first(): return rule(inputs=["data.txt"], outputs=["one"], command=["python", "tool.py"])
        def task_second(): return rule(inputs=["one"], outputs=["two"], command=["python", "tool.py"])
    """)
    assert checkout.run("second").code == 1
    said = checkout.run("why", "second").text
    assert WHEN.sub("", said) == (
        "second: 'first' would run before it: it failed when it ran last: data.txt:2: a word too many\n"
    )
    assert WHEN.search(said)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_on_a_terminal_names_and_reasons_stand_side_by_side(chain, columns):
    code, said = on_a_terminal(chain, "why", "first", "second", "passed", columns=columns)
    assert code == 0
    assert "\x1b[36mfirst\x1b[0m" in said
    screen = Screen(columns).show(said)
    assert all(len(line) <= columns for line in screen.lines)
    text = " ".join(" ".join(screen.lines).split())
    assert text.startswith(
        "first the input 'source.txt' changed second 'first' would run before it passed it has never run"
    )
    chain.build("third")
    fresh = on_a_terminal(chain, "why", "first", columns=120)[1]
    said = r"\x1b\[2m  first  up to date; it ran last on \d{4}-\d\d-\d\d \d\d:\d\d: the input 'source.txt' changed\x1b\[0m"
    assert re.search(said, fresh)


def test_many_reasons_are_summed_up_on_a_terminal_and_told_to_a_pipe(checkout):
    checkout.dodo("def task_t(): return check(inputs=['src/*'], command=['python', '-c', ''])")
    for number in range(9):
        checkout.write(f"src/{number}", "old")
    checkout.build("t")
    for number in range(9):
        checkout.write(f"src/{number}", "new")
    checkout.write("src/new", "new")
    said = Screen(120).show(on_a_terminal(checkout, "why", "t", columns=120)[1]).lines
    assert [line.strip() for line in said if line.strip()] == [
        "t  9 inputs changed: 'src/0', 'src/1', 'src/2' and 6 more",
        "the input 'src/new' is new",
    ]
    assert len(checkout.run("why", "t").text.splitlines()) == 10
    verbose = on_a_terminal(checkout, "why", "-v", "t", columns=120)[1]
    assert verbose.count("changed from") == 9


def test_what_is_up_to_date_is_one_line_of_a_terminal(checkout):
    checkout.dodo("""
        def task_t():
            for name in ("a", "b", "c"):
                yield check(name=name, inputs=[name], command=["python", "-c", ""])
    """)
    for name in "abc":
        checkout.write(name, "old")
    checkout.build("t")
    checkout.write("b", "new")
    said = Screen(80).show(on_a_terminal(checkout, "why", "t")[1]).lines
    assert [line for line in said if line.strip()] == [
        "  t:b         the input 'b' changed",
        "  up to date  t:a, t:c",
    ]
