"""The small programs of the rooms: how they end."""

import errno
import os
import subprocess
import sys

import pytest

from buildgraph import command
from buildgraph.errors import BuildError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BuildError("it is wrong", "here", "Mend it."), "error: here: it is wrong. Mend it.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "error: No space left on device. Free space or make it writable.\n",
        ),
        (
            OSError(errno.EACCES, "Permission denied", "a/b"),
            "error: 'a/b': Permission denied. Free space or make it writable.\n",
        ),
    ],
)
def test_a_failure_that_people_can_mend_is_a_sentence(error, said, capsys):
    def main(_: list[str]) -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        command.run(main)
    assert (caught.value.code, capsys.readouterr().err) == (1, said)


@pytest.mark.parametrize("number", [errno.EPERM, errno.EBADF])
def test_what_may_be_a_bug_keeps_its_traceback(number):
    def main(_: list[str]) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(OSError, match=os.strerror(number)):
        command.run(main)


def test_the_cause_is_the_last_line_of_a_log(tmp_path):
    code = "from buildgraph import command; from buildgraph.errors import BuildError\n"
    code += "def main(_): print('resolving'); raise BuildError('no network')\ncommand.run(main)"
    with open(tmp_path / "log", "w") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, stderr=subprocess.STDOUT, check=False)
    assert (tmp_path / "log").read_text() == "resolving\nerror: no network.\n"
