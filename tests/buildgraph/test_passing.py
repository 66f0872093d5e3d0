"""What a command is doing, in a line that goes when something is said."""

import os
import pty
import subprocess
import sys

import pytest

from tests.terminal import read_to_the_end

CODE = "from buildgraph import passing; passing.show('starting'); passing.clear(); print('done')"


def said(environ: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", **environ}
    with subprocess.Popen([sys.executable, "-c", CODE], stdout=theirs, stderr=theirs, env=environ):
        os.close(theirs)
        return read_to_the_end(ours).decode()


def test_a_terminal_says_what_is_done_until_something_is_said():
    assert said({}) == "\r\x1b[Kstarting …\r\x1b[Kdone\r\n"


@pytest.mark.parametrize("terminal", ["", "dumb"])
def test_a_terminal_that_cannot_erase_is_told_nothing(terminal):
    assert said({"TERM": terminal}) == "done\r\n"


def test_a_log_is_told_nothing():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("done\n", "")
