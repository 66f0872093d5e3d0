"""How a failure ends: with a line to paste, which runs; the command itself is in the log."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from screen import Screen
from terminals import on_a_terminal

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))

LONG = "print('said'); " + "1; " * 200
FAILING = f"""
from buildgraph import option
def task_serve():
    options = [option("port", 8000), option("fast", False)]
    command = ["python", "-c", {LONG!r} + "raise SystemExit(3)", "{{port}}"]
    return service(command=command, options=options)
def task_build():
    return rule(outputs=["x"], command=["python", "-c", {LONG!r} + "raise SystemExit(3)"], environment={{"LEVEL": "a b"}})
def task_test():
    return check(arguments=True, command=["python", "-c", "raise SystemExit(1)"])
"""


@pytest.fixture
def failing(checkout):
    checkout.dodo(FAILING)
    path = checkout.outputs / "bin"
    path.mkdir()
    (path / "doit").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m buildgraph "$@"\n')
    (path / "doit").chmod(0o755)
    checkout.environ["PATH"] = f"{path}:/usr/bin:/bin"
    return checkout


LINES = {
    ("serve", "--port=8001"): "doit serve --port=8001",
    ("serve", "--port", "8001", "--fast"): "doit serve --port 8001 --fast",
    ("serve",): "doit serve",
    ("build",): "doit build",
    ("test", "-k", "a b"): "doit test -k 'a b'",
}


@pytest.mark.parametrize("argv", LINES, ids=" ".join)
def test_failure_ends_in_a_line_that_runs_when_it_is_pasted(failing, argv):
    run = failing.run(*argv)
    block = run.text.splitlines()
    block = [line for line in block if line not in ("said", "  | said")]
    assert block[0].startswith(f"failed  {argv[0]}  ")
    assert block[1:-1] == [f"  the command ended with exit code {1 if argv[0] == 'test' else 3}"]
    assert block[-1] == f"  to repeat it: {LINES[argv]}"
    assert all(len(line) <= 80 for line in block)
    pasted = subprocess.run(
        LINES[argv], shell=True, cwd=failing.folder, env=failing.environ, capture_output=True, text=True
    )
    assert pasted.stdout.splitlines()[-1] == block[-1], pasted


def test_command_that_failed_is_in_the_log(failing):
    failing.run("build")
    said, command = failing.read(".buildgraph/logs/build.log").splitlines()
    assert said == "said"
    assert command.startswith("the command: LEVEL='a b' python -c 'print(")
    for _ in range(2):
        failing.run("serve")
    (command,) = failing.read(".buildgraph/logs/serve.log").splitlines()
    assert command.startswith("the command: python -c ")


def test_failure_is_repeated_by_dodo_py_where_no_doit_is_found(failing):
    failing.environ["PATH"] = "/nowhere"
    run = failing.run("build")
    assert run.text.splitlines()[-1] == "  to repeat it: python3 dodo.py build"
    (failing.folder / "in/here").mkdir(parents=True)
    run = failing.run("build", environ={"PWD": str(failing.folder / "in/here")})
    assert run.text.splitlines()[-1] == "  to repeat it: python3 ../../dodo.py build"
    assert failing.run("build", environ={"PWD": "/"}).text.splitlines()[-1].endswith("python3 dodo.py build")


HANDING = f"""
import subprocess, sys
sys.path.insert(0, {ROOT!r})
from buildgraph import command
from buildgraph.errors import BuildError

def main(words):
    if words == ["outer"]:
        return subprocess.run([sys.executable, __file__, "inner"]).returncode
    raise BuildError("it is no good", "src/a.txt, line 1, column 2" if words == ["placed"] else "", "Do better.")

command.run(main)
"""


@pytest.fixture
def handing(checkout):
    checkout.dodo(
        "from buildgraph import run\ndef task_do(): return run(command=['python', 'do.py'], arguments=True)"
    )
    checkout.write("do.py", HANDING)
    checkout.write("src/a.txt", "abc\n")
    return checkout


def test_the_error_of_a_command_on_the_terminal_is_told_once_with_its_name(handing):
    code, said = on_a_terminal(handing, "do")
    block = [line.rstrip().replace("python3 dodo.py", "doit") for line in Screen(80).show(said).lines]
    assert code == 1
    assert block[0].startswith("failed  do  ")
    assert block[1:] == ["  it is no good. Do better.", "  to repeat it: doit do", ""]


def test_the_error_of_a_command_on_the_terminal_has_its_source(handing):
    block = handing.run("do", "placed").text.splitlines()
    assert block[1:-1] == [
        "  src/a.txt:1:2: it is no good. Do better.",
        "  | 1 │ abc",
        "  |   │  ^^",
    ]


def test_a_program_deeper_down_tells_its_error_itself(handing):
    first, failed, *_ = handing.run("do", "outer").text.splitlines()
    assert first == "error: it is no good. Do better."
    assert failed.startswith("failed  do  ")


def test_a_command_that_had_the_terminal_has_said_why_it_failed(checkout):
    checkout.dodo(
        "def task_t(): return check(foreground=True, command=['python', '-c', 'exit(\"it is bad\")'])"
    )
    assert [
        re.sub(r"[\d.]+ s", "0 s", line)
        for line in checkout.run("t").text.replace("python3 dodo.py", "doit").splitlines()
    ] == [
        "it is bad",
        "failed  t  0 s",
        "  to repeat it: doit t",
    ]


def test_the_login_of_an_address_on_the_command_line_is_shown_and_kept_nowhere(checkout):
    checkout.dodo(
        """
        from buildgraph import option, run
        def task_send():
            to = option("to", "", "where")
            return run(command=["python", "-c", "raise SystemExit(1)", "{to}"], options=[to])
        """
    )
    run = checkout.run("send", "--to=https://me:hush@example.org/a@b")

    assert run.code == 1
    assert "send --to=https://…@example.org/a@b" in run.text
    texts = [run.text.encode(), *(path.read_bytes() for path in checkout.folder.rglob("*") if path.is_file())]
    assert not [text for text in texts if b"hush" in text]
