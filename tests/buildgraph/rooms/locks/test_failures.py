"""What can go wrong while locks are made: one sentence that names the package, no lock changed, and the next run is right."""

import errno
import io
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from buildgraph import files
from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.servers import distrusted
from tests.wheels import wheel

from .registry import Registry, serving

LOCKS = Locks(groups=("main", "tests"), pythons=("3.11", "3.12", "3.13", "3.14"))
HINT = (
    "No lock was changed: put it right, or name another release in a '.in' file, and run the command again."
)


def lock(verb: str = "compile") -> None:
    main([verb, to_word(LOCKS)])


def locks() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("requirements").iterdir() if path.suffix != ".in"}


def pins() -> set[str]:
    text = Path("requirements/constraints.txt").read_text()
    return {line.removesuffix(" \\") for line in text.splitlines() if line[0].isalpha()}


@pytest.fixture
def moved(project: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Locks with an input that has moved since."""
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "1")
    for name in ("web", "check", "more"):
        wheel(registry.folder, name, "1.0")
    Path("requirements").mkdir()
    Path("requirements/main.in").write_text("web\n")
    Path("requirements/tests.in").write_text("check\n")
    lock()
    Path("requirements/main.in").write_text("web\nmore\n")
    return registry


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize(("mood", "why"), [("503", "it answers 503"), ("hang", "it does not answer in time")])
def test_a_registry_that_does_not_serve_is_one_sentence_and_changes_no_lock(moved, mood, why):
    before, moved.mood = locks(), mood

    with pytest.raises(BuildError) as caught:
        lock()
    what, _, name = caught.value.what.partition(f": {why}")
    assert re.fullmatch(r"the registry '[\w.]+:\d+' gives no page of '(web|check|more)'", what)
    assert (caught.value.where, caught.value.hint, name) == ("requirements", HINT, "")
    assert locks() == before

    moved.mood = "well"
    lock()
    assert pins() == {"web==1.0", "check==1.0", "more==1.0"}


def test_a_registry_that_cannot_be_reached_is_one_sentence(moved, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")

    with pytest.raises(
        BuildError,
        match=r"the registry '127\.0\.0\.1:9' gives no page of '\w+': it cannot be reached\. No lock",
    ) as caught:
        lock()
    assert "secret" not in str(caught.value)


def test_a_certificate_that_is_not_trusted_is_told_as_that(moved, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", f"{distrusted(moved)}/simple")

    with pytest.raises(
        BuildError,
        match=r"the registry '[\w.]+:\d+' gives no page of '\w+': its certificate is not trusted\. No lock",
    ):
        lock()


def test_a_page_that_fails_is_not_taken_for_a_package_that_is_not_there(moved):
    """With pages missing, pip would pick what is left: the next release of `more`, without its requirement."""
    wheel(moved.folder, "more", "2.0", ["web>=1"])
    moved.broken.add("web")
    before = locks()

    with pytest.raises(BuildError, match=r"the registry '[\w.]+:\d+' gives no page of 'web': it answers 503"):
        lock()
    assert locks() == before


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("alice:wrong@", "does not accept your login"),
        ("", "demands a login, and pip's configuration has none for it"),
    ],
)
def test_a_refused_login_ends_the_run_and_no_other_index_is_asked_instead(
    moved, tmp_path, monkeypatch, login, why
):
    """Another index has `more`, too: whoever put it there would be installed."""
    moved.login, before = "alice:right", locks()
    wheel(tmp_path / "public", "more", "9.0")
    host = moved.url.removeprefix("http://")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{login}{host}/simple")
    with serving(tmp_path / "public") as public:
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{public.url}/simple")

        with pytest.raises(BuildError) as caught:
            lock()
    what, _, name = caught.value.what.partition(", asked for ")
    assert what == f"the registry '{host}' {why}"
    assert name in {"'web'", "'check'", "'more'"}
    assert (caught.value.where, caught.value.hint) == ("requirements", HINT)
    assert locks() == before


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("alice:right@", "does not accept your login"),
        ("", "demands a login, and pip's configuration has none for it"),
    ],
)
def test_a_refused_login_of_a_file_ends_the_run_too(moved, monkeypatch, login, why):
    """Some registries show their pages to everybody, and the files to few."""
    moved.guarded.add("more-1.0-py3-none-any.whl")
    before, host = locks(), moved.url.removeprefix("http://")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{login}{host}/simple")

    with pytest.raises(BuildError) as caught:
        lock()
    assert caught.value.what == f"the registry '{host}' {why}, asked for a file of 'more'"
    assert (caught.value.where, caught.value.hint) == ("requirements", HINT)
    assert locks() == before


def test_a_login_that_is_accepted_reaches_the_registry(moved, monkeypatch):
    moved.login = "alice:right"
    monkeypatch.setenv("PIP_INDEX_URL", f"http://alice:right@{moved.url.removeprefix('http://')}/simple")

    lock()

    assert pins() == {"web==1.0", "check==1.0", "more==1.0"}


def test_a_personal_setting_that_chooses_files_does_not_shape_a_lock(moved, tmp_path, monkeypatch):
    """Here nothing could be locked with it; where there are source distributions, only those would be."""
    Path(tmp_path, "pip.conf").write_text("[global]\nno-binary = :all:\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    lock()

    assert pins() == {"web==1.0", "check==1.0", "more==1.0"}


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize(
    "backend",
    [
        'raise SystemExit("no compiler")',
        "def prepare_metadata_for_build_wheel(*_, **__):\n    raise ValueError",
    ],
)
def test_a_source_distribution_that_cannot_be_built_is_named(moved, backend):
    wheel(moved.folder, "more", "2.0", ["bad"])
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    with tarfile.open(moved.folder / "bad-1.0.tar.gz", "w:gz") as archive:
        for name, text in {"pyproject.toml": system, "backend.py": backend}.items():
            entry = tarfile.TarInfo(f"bad-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))

    with pytest.raises(BuildError) as caught:
        lock()
    assert str(caught.value) == (
        f"requirements: 'bad' has no wheel that fits, and its source distribution cannot be built. {HINT}"
    )


def test_a_killed_resolution_changes_no_lock_and_the_next_run_is_right(moved):
    before, moved.mood = locks(), "hang"
    moved.asked.clear()
    command = [sys.executable, "-m", "buildgraph.rooms.locks", "compile", to_word(LOCKS)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PIP_DEFAULT_TIMEOUT": "60"},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    while not moved.asked:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert locks() == before
    moved.mood = "well"
    lock()
    assert pins() == {"web==1.0", "check==1.0", "more==1.0"}


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("number", range(3))
def test_a_full_disk_is_one_sentence_and_the_next_run_is_right(moved, monkeypatch, number):
    """The disk is full at the first, the second, the third of the files that differ: a group, the graph, the constraints."""
    replace, written = os.replace, []

    def full(source, target):
        if len(written) == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(target)
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "replace", full)
        with pytest.raises(BuildError) as caught:
            lock()
    path = ("requirements/main.txt", "requirements/graph.jsonl", "requirements/constraints.txt")[number]
    assert str(caught.value) == (
        f"{path}: it cannot be written: No space left on device. "
        "Put it right and run the command again: it continues from what has been written."
    )
    assert not [name for name in locks() if name.startswith(".")], "nothing half-written stays"

    with pytest.raises(BuildError):
        lock("check")
    lock()
    assert pins() == {"web==1.0", "check==1.0", "more==1.0"}
    lock("check")
