"""What a run shows while it goes on: one line on a terminal, of any width, that is written over in place; nothing in a pipe."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys

import pytest
from screen import Screen
from terminals import ROOT, on_a_terminal

from buildgraph.running.liveline import Step, body, cut, duration, plain, width
from buildgraph.running.logs import as_shown

FETCH = """
import sys, time
for number in range(1, 12):
    print(f"\\rnode.tar.xz: {number}.0 of 11.0 MB, \\033[31mwhich is a long line that goes on beyond any terminal's edge " + "x" * 90, end="", flush=True)
    time.sleep(0.25)
sys.exit("give up" in sys.argv)
"""
DODO = """
def task_fetch(): return check(command=["python", "fetch.py"], inputs=["fetch.py"], arguments=True)
def task_a_name_as_long_as_they_come_in_real_graphs(): return check(command=["python", "-c", "import time; time.sleep(1.5)"])
def task_short(): return check(command=["python", "-c", ""])
"""


@pytest.fixture
def slow(checkout):
    checkout.write("fetch.py", FETCH)
    checkout.dodo(DODO)
    return checkout


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_one_line_tells_what_runs_and_never_wraps(slow, columns):
    code, said = on_a_terminal(slow, "-n3", columns=columns)
    assert code == 0
    screen = Screen(columns).show(said)
    live = [line for line in screen.seen if line.startswith("[")]
    assert max(map(len, live)) <= columns - 1
    assert any(re.match(r"\[\d/3\] [12] s  ", line) for line in live), live
    assert any("fetch" in line and ("+2" in line or "short" in line) for line in live), live
    assert any("· node.tar.xz: " in line for line in live), live
    assert re.sub(r"\d+\.\d\d s", "S ", "".join(screen.lines)) == (
        "passed  short  S passed  a_name_as_long_as_they_come_in_real_graphs  S passed  fetch  S "
        "fetch, a_name_as_long_as_they_come_in_real_graphs, short: 3 ran, 0 reused in S "
    )


def test_what_is_run_aside_tells_what_it_is_doing_and_leaves_nothing(checkout):
    checkout.dodo(
        """
        from buildgraph import run
        SAY = "import time; print('filling the tables', flush=True); time.sleep(2)"
        def task_db(): return run(command=["python", "-c", SAY])
        def task_manage(): return run(needs=["db"], command=["python", "-c", "print('done')"])
        """
    )
    code, said = on_a_terminal(checkout, "manage")
    screen = Screen(80).show(said)
    assert code == 0
    assert any(line.endswith("db · filling the tables") for line in screen.seen), screen.seen
    assert screen.lines == ["done", ""]


def test_a_live_line_is_written_in_one_piece_and_only_when_it_is_another(slow):
    _, said = on_a_terminal(slow, "fetch", columns=80)
    lives = re.findall(r"\r\x1b\[2m(\[0/1\] .*?)\x1b\[K", said)
    assert len(lives) == said.count("[0/1]") >= 3
    assert all(one != other for one, other in itertools.pairwise(lives))
    assert len(lives) < 30  # At most four a second.


def test_what_was_written_over_is_not_in_the_failure(slow):
    code, said = on_a_terminal(slow, "fetch", "give up", columns=200)
    assert code == 1
    assert said.count("11.0 of 11.0 MB") >= 1
    assert "  | node.tar.xz: 11.0 of 11.0 MB" in said.rpartition("failed")[2]
    assert "10.0 of 11.0 MB" not in said.rpartition("failed")[2]


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_and_no_live_line_where_they_are_not_wanted(slow, environ):
    code, said = on_a_terminal(slow, "fetch", environ=environ)
    assert code == 0
    assert "\x1b[2m" not in said
    assert ("\x1b[K" in said) == ("NO_COLOR" in environ)


def test_a_pipe_gets_what_has_ended_and_nothing_else(slow):
    words = [sys.executable, "-m", "buildgraph", "fetch"]
    environ = {"PATH": "", "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    done = subprocess.run(words, cwd=slow.folder, env=environ, capture_output=True, text=True)
    assert re.sub(r"\d+\.\d\d s", "S", done.stdout) == "passed  fetch  S\nfetch: 1 ran, 0 reused in S\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("steps", "doing", "columns", "text"),
    [
        ([("a", 0.2)], [""], 20, "a"),
        ([("a", 65.0), ("b", 0.0)], [], 40, "a (1 min 5 s), b"),
        ([("alpha", 0.0), ("beta", 0.0), ("gamma", 0.0)], [], 12, "alpha +2"),
        ([("alpha", 0.0), ("beta", 0.0), ("gamma", 0.0)], [], 14, "alpha, beta +1"),
        ([("a-very-long-name", 0.0), ("b", 0.0)], [], 10, "a-very… +1"),
        ([("a", 9.0)], ["resolving 20 of 30"], 40, "a · resolving 20 of 30"),
        ([("a", 9.0)], ["resolving 20 of 30"], 21, "a · resolving 20 of …"),
        ([("a", 9.0)], ["resolving 20 of 30"], 18, "a"),
        ([("a", 9.0), ("b", 8.0)], ["", "resolving 20 of 30"], 40, "a, b · resolving 20 of 30"),
        ([("a-long-name", 9.0), ("b", 8.0)], ["", "resolving 20 of 30"], 30, "b +1 · resolving 20 of 30"),
    ],
)
def test_what_there_is_no_room_for_is_left_out(steps, doing, columns, text):
    said = body([Step(*step) for step in steps], doing, columns)
    assert width(said) <= columns
    assert said == text


def test_widths_are_those_of_a_terminal():
    assert (width("abc"), width("日本"), width("é")) == (3, 4, 1)
    assert cut("日本語", 5) == "日本…"
    assert cut("日本語", 4) == "日…"
    assert plain("\x1b[31mred\x1b[0m\x07\ttea") == "red tea"
    assert [duration(seconds) for seconds in (9.7, 125, 3720)] == ["9 s", "2 min 5 s", "1 h 2 min"]


def test_a_log_reads_as_a_terminal_shows_it():
    assert as_shown("one\r\ntwo\rthree\nfour\r\n5%\r100%\r") == "one\nthree\nfour\n100%"
