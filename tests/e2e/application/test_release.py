"""A shared library is published to our own index, from which pip installs it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.members import releasing
from buildgraph.members.creating import create
from buildgraph.members.released import Releases
from buildgraph.rules.command import Command
from buildgraph.rules.word import from_word
from tests.e2e.application.conftest import Place
from tests.e2e.application.production import web


def test_a_release_is_uploaded_to_our_own_index_and_installed_from_it(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    create("library", "read-me")
    Path("lock.txt").write_text("")
    (tmp_path / ".gitignore").write_text("files/\nmail/\n")
    for name, value in (("NAME", "Ann"), ("EMAIL", "ann@example.org")):
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "Read-me: a greeting")):
        subprocess.run(["git", *words], check=True)
    monkeypatch.setenv("TWINE_USERNAME", "__token__")
    monkeypatch.setenv("TWINE_PASSWORD", place.token)
    tests = Command([sys.executable, "-c", "print('tested')"])
    (task,) = members.releases(members.find(), sys.executable, tests, lambda group: "lock.txt")
    # Production answers to its own name only.
    environment = {
        k: v for k, v in place.environment.items() if k not in ("WAREHOUSE_MODE", "WAREHOUSE_SITE")
    }

    with web(environment) as served:
        releasing.release(
            from_word(Releases, task["actions"][0].words[4]),
            "read-me",
            f"http://127.0.0.1:{served.port}/legacy/",
            "",
        )
        index = f"--index-url=http://127.0.0.1:{served.port}/simple/"
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--isolated",
            "install",
            "-q",
            "--no-deps",
            "--target=there",
            index,
        ]
        subprocess.run([*pip, "read-me==0.1.0"], check=True)

    tags = subprocess.run(["git", "tag"], check=True, capture_output=True, text=True).stdout
    assert tags == "read-me-0.1.0\n"
    assert re.search(
        r"^## 0\.1\.0 .*\n\n- Read-me: a greeting$",
        Path("libs/shared/read-me/CHANGELOG.md").read_text(),
        re.M,
    )
    assert (
        Path("there/read_me/__init__.py").read_bytes()
        == Path("libs/shared/read-me/src/read_me/__init__.py").read_bytes()
    )
