"""What a run prints, to whom: JSON lines alone, a reader that goes, a terminal that moves no cursor, closed streams."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.terminal import read_to_the_end

ROOT = pathlib.Path(__file__).parents[2]
UNREAD = 141
MANY = """
def say(number): print("function", number)
def task_m():
    for i in range(30):
        yield rule(name=str(i), outputs=[f"o{i}.txt"], command=["bin/slow", f"o{i}.txt"])
def task_plain():
    for i in range(5):
        yield {"name": str(i), "actions": [f"sleep 0.1; echo plain {i}; echo error {i} >&2", (say, [i])], "verbosity": 2}
"""


def engine(checkout, *argv: str, environ: Mapping[str, str] | None = None, **options) -> subprocess.Popen:
    environ = {**os.environ, "PYTHONPATH": os.fspath(ROOT), **(environ or {})}
    command = [sys.executable, "-m", "buildgraph", *argv]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen(command, cwd=checkout.folder, env=environ, **options)


def read(process: subprocess.Popen) -> tuple[str, str]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out, err


# JSON lines

PRINTING = """
import os, subprocess
print("loaded")
def says():
    print("function")
    os.write(1, b"descriptor\\n")
    subprocess.run(["echo", "child"], check=True)
def task_a(): return {"actions": [says, "echo command"], "verbosity": 2}
def task_b(): return {"actions": ["echo straight"], "io": {"capture": False}, "verbosity": 2}
def task_c(): return check(command=["python", "-c", "print('foreground')"], foreground=True, after=["a", "b"])
"""


@pytest.mark.parametrize("is_configured", [False, True])
def test_json_lines_have_standard_output_for_themselves(checkout, is_configured):
    config = "DOIT_CONFIG = {'reporter': 'json'}\n" if is_configured else ""
    loaded = 'print("loaded")\n'
    checkout.dodo(config + (PRINTING.replace(loaded, "") if is_configured else PRINTING))
    out, err = read(engine(checkout, *(() if is_configured else ("-r", "json"))))
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events] == ["begin", *["started", "succeeded"] * 3, "end"]
    said = ["child", "command", "descriptor", "foreground", "function", "straight"]
    assert sorted(err.splitlines()) == sorted(said if is_configured else [*said, "loaded"])


# A reader that goes


@pytest.fixture
def many(checkout):
    checkout.dodo(MANY)
    checkout.write("bin/slow", '#!/bin/sh\nsleep 0.02\necho x > "$1"\n').chmod(0o755)
    return checkout


@pytest.mark.parametrize("task", ["m", "plain"])
@pytest.mark.parametrize("argv", [[], ["-r", "plain"], ["-r", "json"], ["-r", "json", "--always-execute"]])
def test_run_whose_reader_goes_ends_quietly_and_the_next_makes_the_rest(many, task, argv):
    process = engine(many, "-n2", *argv, task)
    assert next(line for line in process.stdout if line.startswith(("made", "ran")) or "succeeded" in line)
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(60) == UNREAD
    assert not [
        line for line in err.splitlines() if not line.startswith(("error ", "plain ", "function "))
    ], err
    if task == "m":
        made = len(list(many.folder.glob("o*.txt")))
        assert made < 30
        assert 30 - made <= len(many.build("m")) < 30
        assert len(list(many.folder.glob("o*.txt"))) == 30


def test_run_both_of_whose_readers_have_gone_ends(many):
    process = engine(many, "-n2", "m", stderr=subprocess.STDOUT)
    process.stdout.close()
    assert process.wait(60) == UNREAD


COMMANDS = [
    ["list", "--all"],
    ["why"],
    ["graph", "--format=dot"],
    ["clean", "-n"],
    ["clean"],
    ["forget"],
    ["audit", "m:0"],
    ["verify", "m:0"],
    ["help"],
    ["help", "run"],
    ["help", "m"],
    ["--version"],
    ["--help"],
]


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_command_whose_reader_has_gone_ends_quietly(many, argv):
    many.dodo(MANY.replace("range(30)", "range(900)") if argv[0] in ("list", "why") else MANY)
    if argv[0] not in ("list", "why"):
        many.build("m")
    out, its_end = os.pipe()
    os.close(out)
    process = engine(many, *argv, stdout=its_end)
    os.close(its_end)
    assert process.stderr.read() == ""
    assert process.wait(60) == UNREAD


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_command_line_that_has_nothing_to_do_ends_quietly_if_its_reader_has_gone(checkout, unbuffered):
    checkout.dodo(
        "def task_t(): return rule(outputs=['x'], command=['python', '-c', 'open(\"x\", \"w\").write(\"x\")'])"
    )
    texts = [checkout.run().text for _ in range(3)]
    assert texts[-1] == "t: up to date\n"
    asks = (
        "from buildgraph.proof.certificate import end_if_it_holds; end_if_it_holds('.', []); print('asked')"
    )
    environ = {**checkout.environ, "PYTHONPATH": os.fspath(ROOT), "PYTHONUNBUFFERED": unbuffered}
    command, options = [sys.executable, "-c", asks], {"cwd": checkout.folder, "env": environ, "text": True}
    assert subprocess.run(command, stdout=subprocess.PIPE, **options).stdout == "t: up to date\n"
    out, its_end = os.pipe()
    os.close(out)
    run = subprocess.run(command, stdout=its_end, stderr=subprocess.PIPE, **options)
    os.close(its_end)
    assert (run.returncode, run.stderr) == (UNREAD, "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("argv", ["-r json", "-r plain", "list"])
def test_closed_streams_are_written_to_without_a_word(many, closed, argv):
    command = ["sh", "-c", f'exec "$0" -m buildgraph {argv} {closed}', sys.executable]
    environ = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    run = subprocess.run(command, cwd=many.folder, env=environ, capture_output=True, text=True)
    assert run.returncode == 0, run
    assert "Traceback" not in run.stderr


# A terminal


def on_a_terminal(checkout, environ: Mapping[str, str]) -> str:
    import pty

    ours, theirs = pty.openpty()
    process = engine(checkout, environ=environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = read_to_the_end(ours)
    assert process.wait(60) == 0
    return said.decode()


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_terminal_that_moves_no_cursor_gets_plain_lines(checkout, kind):
    checkout.dodo("def task_t(): return check(command=['python', '-c', ''])")
    said = on_a_terminal(checkout, {"TERM": kind})
    assert "\x1b" not in said
    assert "\r" not in said.replace("\r\n", "")
    assert said.startswith("passed  t  ")
    checkout.run("forget")
    assert "[0/1] t\x1b[K" in on_a_terminal(checkout, {"TERM": "xterm", "NO_COLOR": "1"})


def test_what_a_plain_task_prints_begins_at_the_beginning_of_a_line(checkout):
    checkout.dodo("def task_t(): return {'actions': ['echo hi'], 'verbosity': 2}")
    assert "\r\x1b[Khi\r\n" in on_a_terminal(checkout, {"TERM": "xterm"})
