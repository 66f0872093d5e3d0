"""Where the system tells nothing of what changes, it is said and changes are found by looking."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildgraph.serve import limits
from buildgraph.serve.follower import Follower

from .harness import ROOT, wait_until

LIMITED = ("unshare", "-Ur", "sh", "-c")
FOLLOWING = """
import sys, threading, time
from pathlib import Path
from buildgraph.serve.digests import Tree
from buildgraph.serve.follower import Follower
tree = Tree((str(Path("static").resolve()),))
tree.scan()
seen = threading.Event()
follower = Follower(tree.watched(), lambda paths: tree.scan() and seen.set(), lambda text: print(text, flush=True))
follower.start()
until = time.monotonic() + 20
while not seen.wait(0.5) and time.monotonic() < until:
    Path("static/a.css").write_text(str(time.monotonic_ns()))
print("seen" if seen.is_set() else "not seen", flush=True)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or subprocess.run([*LIMITED, "true"], capture_output=True).returncode != 0,
    reason="needs a user namespace, whose limits the test may lower",
)
@pytest.mark.parametrize("limit", ["watches", "instances"])
def test_at_the_real_limits_of_inotify_changes_are_still_found(tmp_path, limit):
    for number in range(30):
        (tmp_path / f"static/{number}").mkdir(parents=True)
    lowest = {"watches": 20, "instances": 0}[limit]
    script = f'echo {lowest} > /proc/sys/user/max_inotify_{limit} && exec "$0" "$@"'

    done = subprocess.run(
        [*LIMITED, script, sys.executable, "-c", FOLLOWING],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )

    sentence, seen = done.stdout.splitlines()
    name = f"fs.inotify.max_user_{limit}"
    assert sentence.startswith(
        f"changes are looked for every 0.3 s: the system's limit of watched files is reached ({name} is {lowest}); to raise it: 'sudo sysctl {name}="
    ), done.stdout + done.stderr
    assert seen == "seen" and done.stderr == ""


def test_another_error_is_no_limit():
    assert limits.refused(OSError("no such device")) == ""


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """Follow a folder; what was said and what was hinted at."""
    followers = []

    def begin(folder: Path, is_probed: bool = True) -> tuple[list, list]:
        said: list[str] = []
        hints: list = []
        followers.append(Follower([str(folder)], hints.append, said.append))
        followers[-1].start()
        if is_probed:
            followers[-1].probe(str(folder))
        return said, hints

    yield begin
    for each in followers:
        each.close()


class Mute:
    """A watch that tells nothing, as on a mount whose changes are made elsewhere."""

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> Mute:
        return self

    def __exit__(self, *_: object) -> None: ...

    def watch(self, _debounce: int, _step: int, milliseconds: int, _stop: object) -> str:
        time.sleep(milliseconds / 1000)
        return "timeout"


class Broken(Mute):
    def watch(self, *_: object) -> str:
        raise RuntimeError("error in the watcher")


def test_a_file_system_without_events_is_looked_at(follow, tmp_path, monkeypatch):
    monkeypatch.setattr("watchfiles._rust_notify.RustNotify", Mute)
    said, hints = follow(tmp_path)

    wait_until(lambda: said == ["changes are looked for every 0.3 s: this file system brings no events"])
    before = len(hints)
    wait_until(lambda: len(hints) > before + 2, "it is looked at again and again")
    assert set(hints) == {None}
    assert list(tmp_path.iterdir()) == [], "the probe is gone"


def test_a_watch_that_fails_again_and_again_is_given_up_for_looking(follow, tmp_path, monkeypatch):
    monkeypatch.setattr("watchfiles._rust_notify.RustNotify", Broken)
    said, _ = follow(tmp_path, is_probed=False)

    wait_until(lambda: said == ["changes are looked for every 0.3 s: watching them fails again and again"])


def test_a_file_system_with_events_is_not_looked_at(follow, tmp_path):
    said, hints = follow(tmp_path)
    wait_until(lambda: hints, "the watch has begun")
    (tmp_path / "a.py").write_text("x")

    wait_until(lambda: any(hint and str(tmp_path / "a.py") in hint for hint in hints), "an event")
    time.sleep(1.5)
    assert said == []


def test_a_folder_that_is_named_while_a_watch_begins_is_watched(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    hints: list = []
    following = Follower([], hints.append, lambda text: None)

    class Names(set):
        def __iter__(self):
            yield str(first)
            following.follow([str(first), str(second)])

    following.folders = Names([str(first)])
    following.start()
    wait_until(lambda: hints.count(None) == 2, "a watch of both")
    (second / "a.css").write_text("saved")

    wait_until(lambda: [str(second / "a.css")] in hints, "the save is heard")
    following.close()


def test_who_ends_at_once_leaves_no_probe(tmp_path):
    follower = Follower((), lambda paths: None, lambda text: None)
    follower.has_begun.set()
    follower.probe(str(tmp_path))
    wait_until(lambda: list(tmp_path.iterdir()), "the probe is written")

    follower.close()
    assert not list(tmp_path.iterdir())

    closed = Follower((), lambda paths: None, lambda text: None)
    closed.close()
    closed.has_begun.set()
    closed._probe(str(tmp_path))
    assert not list(tmp_path.iterdir())
