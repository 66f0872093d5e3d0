"""Completion: what can follow a command line, answered from the stored graph, in real shells."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminals import ROOT

from buildgraph.adapter import commands
from buildgraph.adapter.run import Run
from buildgraph.inspect.completion import CHOICES, OPTIONS, SHELLS
from buildgraph.inspect.pictures import FORMATS
from buildgraph.running.reporter import REPORTERS
from buildgraph.suggest import COMMANDS

DODO = """
from buildgraph import option, run, runs
DOIT_CONFIG = {"default_tasks": ["lint"]}
def task_lint():
    '''Check the style.'''
    return check(command=["python", "-c", ""])
def task_serve():
    '''Serve it.'''
    options = [option("port", 8000, "the port"), option("cold", False, "start from nothing"),
               option("from", "auto", "the source", ("auto", "compose"))]
    return service(command=["python", "-c", ""], options=options)
def task_test(): return check(arguments=True, command=["python", "-c", ""])
def task__hidden(): return check(command=["python", "-c", ""])
def task_more():
    yield from runs([], {"db:reset": ["python", "-c", ""], "db:revision": ["python", "-c", ""]})
"""
BIN = """#!/bin/sh
printf '%s\\n' "$*" >> {log}
case "$1" in completion) exec {python} -m buildgraph "$@";; esac
"""
SECONDS = 20


@pytest.fixture
def completing(checkout):
    """A checkout with a stored graph, and a `doit` on the path that notes how it is called."""
    checkout.dodo(DODO)
    for _ in range(3):
        assert checkout.run().code == 0
    program = checkout.write(
        "bin/doit", BIN.format(log=shlex.quote(str(checkout.folder / "called")), python=sys.executable)
    )
    program.chmod(0o755)
    return checkout


def environ(checkout) -> dict[str, str]:
    path = f"{checkout.folder / 'bin'}:{os.environ['PATH']}"
    return {
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "HOME": str(checkout.folder),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
    }


def words(checkout, *typed: str) -> dict[str, str]:
    run = checkout.run("completion", "words", *typed)
    assert run.code == 0, run
    return dict(line.split("\t") for line in run.text.splitlines())


def test_tasks_and_commands_are_completed_with_what_they_are_for(completing):
    found = words(completing, "")
    assert found["lint"] == "Check the style."
    assert set(COMMANDS) <= found.keys()
    assert "_hidden" not in found
    assert words(completing, "db:re") == {"db:reset": "", "db:revision": ""}
    assert "clean" not in words(completing, "lint", "")


def test_options_are_those_of_what_was_named(completing):
    assert words(completing, "serve", "--") == {
        "--port=": "the port",
        "--cold": "start from nothing",
        "--from=auto": "the source",
        "--from=compose": "the source",
        "--help": "what it is for, with its options",
    }
    assert set(words(completing, "clean", "--")) == {"--dry-run", "--all", "--yes", "--help"}
    assert set(words(completing, "--")) == {*OPTIONS["run"], "--help"}
    assert set(words(completing, "graph", "--format=")) == {"--format=html", "--format=svg", "--format=dot"}
    assert set(words(completing, "-r", "")) == set(REPORTERS)
    assert set(words(completing, "completion", "")) == set(SHELLS)
    assert words(completing, "test", "tests/") == {}


def test_what_is_completed_is_what_there_is():
    for command in COMMANDS:
        of = Run if command == "run" else getattr(commands, command.capitalize())
        long = [option["long"] for option in of.cmd_options] + [
            each["inverse"] for each in of.cmd_options if each.get("inverse")
        ]
        assert {option.strip("-=") for option in OPTIONS.get(command, ())} == set(long), command
    assert (set(CHOICES["--reporter"]), set(CHOICES["--format"])) == (set(REPORTERS), set(FORMATS))


def test_an_edited_or_a_new_checkout_is_completed_as_far_as_it_is_known(completing, another, tmp_path):
    completing.write("dodo.py", "this is not Python")
    assert words(completing, "lin") == {"lint": "Check the style."}
    assert words(another(tmp_path / "new"), "cle") == {"clean": "a command of doit"}


def test_completion_loads_no_doit(completing):
    code = "import sys; from buildgraph.adapter import main; main(['completion', 'words', 'li']); print('doit' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=completing.folder,
        env=environ(completing),
        capture_output=True,
        text=True,
    )
    assert done.stdout == "list\ta command of doit\nFalse\n".replace(
        "list", "lint\tCheck the style.\nlist"
    ), done


def test_a_shell_that_there_is_no_script_for_is_refused(checkout):
    hint = "Run 'doit completion bash', 'zsh' or 'fish'.\n"
    run = checkout.run("completion", "tcsh")
    assert (run.code, run.text) == (1, f"error: 'tcsh' is not a shell for which there is a script. {hint}")
    assert checkout.run("completion").text == f"error: no shell is named. {hint}"


def shell(name: str):
    """Return a parameter that is left out where that shell is not installed."""
    return pytest.param(
        name,
        marks=pytest.mark.skipif(
            shutil.which(name) is None, reason=f"there is no {name} ('apt-get install {name}')"
        ),
    )


START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(doit completion bash)"; complete -p doit'),
    "zsh": (
        ["zsh", "-f", "-i"],
        'autoload -U compinit; compinit -u -D; eval "$(doit completion zsh)"; whence -w _doit',
    ),
}
"""How a shell is started, and what makes it complete."""


class Typing:
    """A shell on a pseudo-terminal, in which keys are pressed."""

    def __init__(self, words: list[str], checkout) -> None:
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            words,
            cwd=checkout.folder,
            env=environ(checkout),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.said = ""

    def press(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def wait(self, condition) -> None:
        """Read what is said until the condition holds."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.said
            if select.select([self.ours], [], [], 0.05)[0]:
                self.said += os.read(self.ours, 65536).decode(errors="replace")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.mark.parametrize("name", [shell("bash"), shell("zsh")])
@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("doit db:res", "db:reset"),
        ("doit lin", "lint"),
        ("doit serve --fr", "serve --from="),
        ("doit cle", "clean"),
    ],
)
def test_a_press_of_tab_completes(completing, name, typed, called):
    start, script = START[name]
    typing, log = Typing(start, completing), Path(completing.folder / "called")
    try:
        typing.press(f"{script}; echo rea''dy\n")
        typing.wait(lambda: "\nready" in typing.said)
        typing.press(f"{typed}\t")
        typing.wait(lambda: "completion words" in log.read_text())
        typing.press("\n")
        typing.wait(lambda: not log.read_text().splitlines()[-1].startswith("completion"))
    finally:
        typing.close()
    assert log.read_text().splitlines()[-1].strip() == called


@pytest.mark.parametrize("name", [shell("fish")])
def test_fish_completes_with_descriptions(completing, name):
    code = "doit completion fish | source; complete -C 'doit lin'; complete -C 'doit db:re'"
    done = subprocess.run(
        [name, "--no-config", "-c", code],
        cwd=completing.folder,
        env=environ(completing),
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["lint\tCheck the style.", "db:reset", "db:revision"], done


@pytest.mark.parametrize("name", [shell("bash"), shell("zsh"), shell("fish")])
def test_the_script_is_of_the_shells_syntax(name):
    from buildgraph.inspect.shells import SCRIPTS

    done = subprocess.run([name, "-n"], input=SCRIPTS[name], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
