"""Installers: what they download is told while they run, and all that they say is kept."""

from __future__ import annotations

import os
import sys

import pytest

from buildgraph.installers import reason, run

SAYING = """
import sys
print("Resolved 2 packages in 1.07s", flush=True)
print("Downloading sphinx (3.7MiB)", file=sys.stderr, flush=True)
print(" Downloaded sphinx", flush=True)
print("Prepared 2 packages in 0.50s")
raise SystemExit(3)
"""


def test_what_is_downloaded_is_told_with_its_size_and_written_over(capfd: pytest.CaptureFixture[str]):
    done = run([sys.executable, "-c", SAYING], os.environ)

    assert capfd.readouterr() == ("", "Downloading sphinx (3.7MiB)\rinstalling 2 packages\r")
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "Resolved 2 packages in 1.07s",
        "Downloading sphinx (3.7MiB)",
        " Downloaded sphinx",
        "Prepared 2 packages in 0.50s",
    ]


REFUSED = """\
error: Request failed after 3 retries in 11.8s
  cause: Failed to fetch: `http://who:secret@127.0.0.1:9/simple/six/`
  cause: error sending request for url (http://who:secret@127.0.0.1:9/simple/six/)
  cause: Connection refused (os error 111)
"""


def test_a_registry_that_gives_no_answer_is_named_without_its_login():
    assert reason(REFUSED) == "the registry '127.0.0.1:9': Connection refused (os error 111)"
