"""What is followed: folders that come, go and are replaced, and systems that refuse to notify."""

import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchfiles

from buildgraph.serve import watching
from buildgraph.serve.watching import Watch, topmost

ROOT = Path(__file__).parents[3]
SECONDS = 10
LIMITED = ["unshare", "--user", "--map-root-user", "sh", "-c"]


class Followed:
    """What was handed on and said so far."""

    def __init__(self, *roots: str) -> None:
        self.batches: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
        self.said: list[str] = []
        self.ended = threading.Event()
        Watch(roots, self.ended, self.batches.put, self.said.append).start()

    def expect(self, path: str, act: Callable[[], object]) -> None:
        """Do something until the path is handed on: the first times, nobody may follow it yet."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            act()
            until = time.monotonic() + 1
            while time.monotonic() < until:
                try:
                    batch = self.batches.get(timeout=0.1)
                except queue.Empty:
                    continue
                if path in (os.path.relpath(each) for each in batch):
                    return
        raise AssertionError(f"{path!r} was not handed on; said: {self.said}")

    def expect_once(self, path: str, act: Callable[[], object]) -> None:
        """Do something once, and wait until the path is handed on."""
        done = [act]
        self.expect(path, lambda: done.pop()() if done else None)


@pytest.fixture
def follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Followed]]:
    """Follow paths of an empty folder."""
    monkeypatch.chdir(tmp_path)
    made: list[Followed] = []

    def start(*roots: str) -> Followed:
        made.append(Followed(*roots))
        return made[-1]

    yield start
    for each in made:
        each.ended.set()


def save(path: str) -> Callable[[], object]:
    """Return an act that writes a file anew each time."""

    def act() -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(f"{time.monotonic_ns()}\n")

    return act


def replace_by_a_copy(folder: str) -> None:
    """Put a copy in the place of a folder, as a switch to another branch and back does."""
    os.rename(folder, f"{folder}.away")
    shutil.copytree(f"{folder}.away", folder)
    shutil.rmtree(f"{folder}.away")


def test_a_saved_file_is_handed_on(follow):
    Path("static").mkdir()

    follow("static").expect("static/a.scss", save("static/a.scss"))


def test_a_folder_that_was_replaced_is_followed_on(follow):
    save("static/a.scss")()
    followed = follow("static")
    followed.expect("static/a.scss", save("static/a.scss"))

    replace_by_a_copy("static")
    followed.expect("static/a.scss", lambda: None)

    followed.expect_once("static/a.scss", save("static/a.scss"))


def test_a_folder_that_goes_and_comes_back_is_followed_on(follow):
    save("static/a.scss")()
    followed = follow("static")
    followed.expect("static/a.scss", save("static/a.scss"))

    followed.expect_once("static", lambda: shutil.rmtree("static"))
    followed.expect_once("static/b.scss", save("static/b.scss"))

    followed.expect_once("static/b.scss", save("static/b.scss"))


def test_a_folder_that_appears_later_is_followed(follow):
    followed = follow("static")

    followed.expect_once("static/a.scss", save("static/a.scss"))
    followed.expect_once("static/a.scss", save("static/a.scss"))


def test_a_file_that_is_replaced_again_and_again_is_followed(follow):
    followed = follow("package-lock.json")

    def replace() -> None:
        Path("new").write_text(str(time.monotonic_ns()))
        os.replace("new", "package-lock.json")

    for _ in range(3):
        followed.expect_once("package-lock.json", replace)


def test_a_file_of_a_new_folder_is_handed_on_with_it(follow):
    Path("app").mkdir()
    followed = follow("app")
    followed.expect("app/a.py", save("app/a.py"))
    save("made/deep/b.py")()

    followed.expect_once("app/made/deep/b.py", lambda: os.rename("made", "app/made"))


def test_what_lies_in_another_root_is_followed_once():
    assert topmost(["app", "app/locale", "static/", "application", "one.json"]) == [
        "app",
        "application",
        "one.json",
        "static",
    ]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError("OS file watch limit reached. about ['/x']"),
            "the system's limit of watched files is reached (fs.inotify.max_user_watches is {max_user_watches}); 'static' is looked at "
            "every 0.3 s instead. To raise it: 'sudo sysctl fs.inotify.max_user_watches=524288'.",
        ),
        (
            OSError("Too many open files (os error 24)"),
            "the system's limit of watched files is reached (fs.inotify.max_user_instances is {max_user_instances}); 'static' is looked at "
            "every 0.3 s instead. To raise it: 'sudo sysctl fs.inotify.max_user_instances=1024'.",
        ),
        (
            OSError("no such device"),
            "the system does not tell what changes (no such device); 'static' is looked at every 0.3 s instead.",
        ),
    ],
)
def test_where_the_system_refuses_it_is_said_and_changes_are_found_by_looking(
    follow, monkeypatch, error, sentence
):
    Path("static").mkdir()
    real = watchfiles.watch

    def refusing(*paths, **options):
        if not options["force_polling"]:
            raise error
        return real(*paths, **options)

    monkeypatch.setattr(watchfiles, "watch", refusing)

    followed = follow("static")
    followed.expect("static/a.scss", save("static/a.scss"))

    limits = {name: watching._limit(name) for name in ("max_user_watches", "max_user_instances")}
    assert followed.said == [sentence.format(**limits)]


def test_a_watch_that_ends_for_any_other_reason_is_said(follow, monkeypatch):
    Path("static").mkdir()

    def broken(*_, **__):
        raise RuntimeError("error in the watcher")

    monkeypatch.setattr(watchfiles, "watch", broken)
    followed = follow("static")

    deadline = time.monotonic() + SECONDS
    while len(followed.said) < 2:
        assert time.monotonic() < deadline, followed.said
    assert followed.said == [
        "the system does not tell what changes (error in the watcher); 'static' is looked at every 0.3 s instead.",
        "changes of 'static' are not followed any more: error in the watcher. Run 'doit serve' again to follow changes.",
    ]


FOLLOWING = """
import sys, threading, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from buildgraph.serve.watching import Watch
seen = threading.Event()
Watch(("static",), threading.Event(), lambda paths: seen.set(), lambda text: print(text, flush=True)).start()
until = time.monotonic() + 20
while not seen.wait(0.5) and time.monotonic() < until:
    Path("static/a.scss").write_text(str(time.monotonic_ns()))
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
        [*LIMITED, script, sys.executable, "-c", FOLLOWING, str(ROOT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    sentence, seen = done.stdout.splitlines()
    assert sentence.startswith(
        f"the system's limit of watched files is reached (fs.inotify.max_user_{limit} is {lowest}); 'static' is looked at"
    ), done.stdout + done.stderr
    assert seen == "seen" and done.stderr == ""
