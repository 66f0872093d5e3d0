"""A registry that changes under the locks: what each check says of it. Real pip-compile, a real index over HTTP."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

from .registry import Registry

ROOT = Path(__file__).resolve().parents[4]
LOCKS = Locks(groups=("main",), pythons=("3.11", "3.12", "3.13", "3.14"))
BAR_SECONDS = 0.1  # of CPU after imports, for the check of this repository's own locks
# What checks the locks in a process of its own, with no way to a socket, and tells what it cost.
MEASURED = """
import json, socket, sys, time
def refuse(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"the check asked for {event}")
sys.addaudithook(refuse)
try:
    socket.create_connection(("127.0.0.1", 9))
except RuntimeError:
    pass
else:
    raise SystemExit("the hook does not hear")
from buildgraph.rooms.locks.__main__ import main
started = time.process_time()
main(["check", *sys.argv[1:]])
print(json.dumps(time.process_time() - started))
"""


def lock(verb: str = "compile") -> None:
    main([verb, to_word(LOCKS)])


def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("requirements").iterdir()}


@pytest.fixture
def locked(project: Path, registry: Registry, capsys: pytest.CaptureFixture[str]) -> Registry:
    """`web` 1.0 and what it needs, locked."""
    wheel(registry.folder, "web", "0.9", ["shared"])
    wheel(registry.folder, "web", "1.0", ["shared"])
    wheel(registry.folder, "shared", "1.0")
    Path("requirements").mkdir()
    Path("requirements/main.in").write_text("web\n")
    lock()
    capsys.readouterr()
    return registry


def gain_releases(registry: Registry) -> None:
    wheel(registry.folder, "web", "2.0", ["shared", "more"])
    wheel(registry.folder, "more", "1.0")


def gain_wheels(registry: Registry) -> None:
    """Another platform's wheel of a locked release, with other bytes."""
    with_more = wheel(registry.folder / "work", "web", "1.0", ["shared"], body="# of another platform\n")
    shutil.move(with_more, registry.folder / "web-1.0-cp311-cp311-win_amd64.whl")
    shutil.rmtree(registry.folder / "work")


def yank(registry: Registry) -> None:
    registry.yanked["web-1.0-py3-none-any.whl"] = "it deletes what it finds"


def remove(registry: Registry) -> None:
    (registry.folder / "web-1.0-py3-none-any.whl").unlink()


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("change", [gain_releases, gain_wheels, yank, remove])
def test_whatever_happens_to_the_registry_the_check_passes_and_no_lock_changes(locked, capsys, change):
    before = files()
    change(locked)
    locked.asked.clear()

    lock("check")
    lock()

    assert locked.asked == [], "neither asks the registry"
    assert files() == before
    assert capsys.readouterr().out.endswith("nothing to resolve, nothing to write\n")


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("change", [gain_releases, gain_wheels])
def test_releases_and_wheels_that_came_later_are_no_difference(locked, capsys, change):
    change(locked)

    lock("verify")

    assert re.search(
        r"^a second resolution as of \S+ selects the same 2 pins$", capsys.readouterr().out, re.MULTILINE
    )


def test_a_yanked_release_verifies_with_a_word_about_it(locked, capsys):
    yank(locked)

    lock("verify")

    assert capsys.readouterr().out.splitlines()[-2] == (
        "web==1.0 was yanked (it deletes what it finds): it still installs, but look for another by 'doit upgrade web'"
    )


def test_a_removed_release_fails_the_verification(locked):
    remove(locked)

    with pytest.raises(BuildError) as caught:
        lock("verify")
    assert str(caught.value) == (
        "requirements/constraints.txt: 'web' is locked as web==1.0 and resolves to web==0.9. "
        "Run 'doit upgrade' for these packages."
    )


@pytest.mark.slow
def test_a_removed_file_of_a_release_fails_the_verification(locked, capsys):
    gain_wheels(locked)
    Path("requirements/constraints.txt").unlink()
    lock()  # with both digests
    (locked.folder / "web-1.0-cp311-cp311-win_amd64.whl").unlink()
    lock("check")

    with pytest.raises(
        BuildError, match=r"1 of 2 locked digests of web==1\.0 are not offered any more\. Run"
    ):
        lock("verify")


def test_the_check_of_this_repository_has_no_socket_and_takes_less_than_its_bar():
    sys.path.insert(0, str(ROOT))
    import dodo

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, to_word(dodo.LOCKS)], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) < BAR_SECONDS
