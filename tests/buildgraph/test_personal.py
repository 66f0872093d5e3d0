"""Personal settings: what says how a registry is reached passes, and nothing else does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import personal
from buildgraph.errors import BuildError

CHOOSING = {
    "no-binary": ":all:",
    "only-binary": "idna",
    "pre": "yes",
    "platform": "any",
    "python-version": "3.8",
    "target": "/elsewhere",
}


def test_what_chooses_files_does_not_pass_and_what_reaches_a_registry_does():
    environ = {
        "PATH": "/bin",
        "PIP_PRE": "1",
        "PIP_CONFIG_FILE": "/home/pip.conf",
        "UV_PRERELEASE": "allow",
        "UV_NO_BINARY": "1",
        "UV_INDEX_OWN_PASSWORD": "secret",
        "UV_CACHE_DIR": "/cache",
    }

    found = personal.filtered(environ, {**CHOOSING, "index-url": "https://own/simple", "cert": "/own.pem"})

    assert found == {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://own/simple",
        "PIP_CERT": "/own.pem",
        "PIP_CONFIG_FILE": os.devnull,
        "UV_INDEX_OWN_PASSWORD": "secret",
        "UV_CACHE_DIR": "/cache",
    }


def test_a_variable_wins_over_a_file_and_values_are_read_as_python_writes_them():
    listing = (
        ":env:.index-url='https://variable'\n"
        "global.cert='C:\\\\own.pem'\n"
        "global.extra-index-url='\\nhttps://a\\nhttps://b'\n"
        "global.index-url='https://global'\n"
        "install.index-url='https://install'\n"
    )

    assert personal.parse(listing) == {
        "index-url": "https://variable",
        "cert": "C:\\own.pem",
        "extra-index-url": "https://a https://b",
    }


def test_pip_reads_none_of_a_persons_files(tmp_path, monkeypatch):
    """Of pip's own, the machine's included: the null device in place of a file stands for none at all."""
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/pip.conf").write_text("[global]\nno-binary = :all:\nproxy = http://own:1\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)

    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env=personal.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert ":env:.proxy='http://own:1'\n" in listed
    assert "global." not in listed and "no-binary" not in listed


def test_a_configuration_that_pip_cannot_read_ends_the_run(tmp_path, monkeypatch):
    """Without it, pip would ask the public registry."""
    broken = Path(tmp_path, "pip.conf")
    broken.write_text("no section\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(broken))

    with pytest.raises(BuildError) as caught:
        personal.pip_settings()
    assert str(caught.value) == (
        "pip cannot read its configuration: Configuration file could not be loaded; "
        f"File contains no section headers; file: '{broken}', line: 1. Correct that file and run it again."
    )
