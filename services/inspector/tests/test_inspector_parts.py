"""The parts of the inspector by themselves: its cache, the refusals that it remembers, its settings."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from inspector import folders, refusals
from inspector.cache import Cache
from inspector.errors import NotShown
from inspector.settings import Settings, from_environment, origin_of
from vitals import Misconfigured


def test_one_file_does_not_take_the_places_of_all_others():
    watching = refusals.Refusals()
    with ExitStack() as others:
        for _ in range(refusals.MOST_AT_ONCE):
            others.enter_context(watching.watched("a"))
        with pytest.raises(NotShown) as refusal, watching.watched("a"):
            pass
        assert (refusal.value.status, refusal.value.reason) == (503, refusals.BUSY)
        with watching.watched("b"):
            pass
    with watching.watched("a"):
        pass
    assert watching._asking == {}


def test_the_refusals_that_are_remembered_are_not_too_many(monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 2)
    watching = refusals.Refusals()
    for file in ("a", "b", "a", "c"):
        with pytest.raises(NotShown), watching.watched(file):
            raise NotShown(422, file)
    assert list(watching._refused) == ["b", "c"]


def test_the_cache_keeps_what_was_used_last(tmp_path: Path):
    cache, fetched = Cache(tmp_path, 25), []

    def use(digest: str, size: int = 10) -> None:
        def fetch(path: Path) -> None:
            fetched.append(digest)
            path.write_bytes(bytes(size))

        with cache.lent(digest, fetch) as path:
            assert path.stat().st_size == size

    for digest in ("a", "b", "a", "c", "a"):
        use(digest)
    assert fetched == ["a", "b", "c"] and {each.name for each in tmp_path.iterdir()} == {"a", "c"}
    use("large", 100)
    assert list(tmp_path.iterdir()) == [] and cache._entries == {}


def test_what_is_in_use_stays_and_many_ask_for_one_file_once(tmp_path: Path):
    cache, fetched, ready = Cache(tmp_path, 0), [], threading.Barrier(4)

    def fetch(path: Path) -> None:
        fetched.append(path)
        time.sleep(0.1)
        path.write_bytes(b"x")

    def use() -> None:
        with cache.lent("a", fetch) as path:
            ready.wait(10)  # all have it now
            assert path.read_bytes() == b"x"

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(fetched) == 1 and list(tmp_path.iterdir()) == []


def test_what_could_not_be_fetched_leaves_nothing(tmp_path: Path):
    def fetch(path: Path) -> None:
        path.write_bytes(b"half")
        raise ValueError

    cache = Cache(tmp_path, 100)
    with pytest.raises(ValueError), cache.lent("a", fetch):
        pass
    assert list(tmp_path.iterdir()) == [] and cache._entries == {}


def test_a_folder_that_was_swept_is_made_again(tmp_path: Path):
    cache = Cache(tmp_path / "gone", 100)
    with cache.lent("a", lambda path: path.write_bytes(b"x")) as path:
        assert path.read_bytes() == b"x"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no such owners")
def test_a_folder_that_somebody_else_made_is_not_read(tmp_path: Path, monkeypatch):
    cache = Cache(tmp_path, 100)
    (tmp_path / "a").write_text("evil")
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="is of another user"), cache.lent("a", lambda path: None):
        pass


ASKED_TO_END = """
import sys, time
from inspector.app import application
made = application()
print(made, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_a_process_that_is_asked_to_end_leaves_nothing(tmp_path: Path):
    given = {
        "INSPECTOR_INDEX": "http://127.0.0.1:1",
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", ASKED_TO_END], env=os.environ | given, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    (folder,) = tmp_path.iterdir()
    process.terminate()

    assert process.communicate(timeout=20) and process.returncode == 0
    assert not folder.exists()


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None])
def test_a_handler_of_others_is_left_alone(handler):
    before = signal.signal(signal.SIGTERM, handler)
    try:
        folders.end_in_order()
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


HINT = "Write it as 'https://host' or 'https://host:port'."


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, f"INSPECTOR_INDEX is not set. Name the origin of the index. {HINT}"),
        ({"INSPECTOR_INDEX": "example.org"}, f"INSPECTOR_INDEX is 'example.org'. {HINT}"),
        ({"INSPECTOR_INDEX": "ftp://example.org"}, f"INSPECTOR_INDEX is 'ftp://example.org'. {HINT}"),
        ({"INSPECTOR_INDEX": "http://a:99999"}, f"INSPECTOR_INDEX is 'http://a:99999'. {HINT}"),
        ({"INSPECTOR_INDEX": "http://a/b"}, f"INSPECTOR_INDEX is 'http://a/b'. {HINT}"),
        ({"INSPECTOR_INDEX": "http://a", "INSPECTOR_FILES": "x"}, f"INSPECTOR_FILES is 'x'. {HINT}"),
    ],
)
def test_a_wrong_setting_is_one_sentence(environ, said):
    with pytest.raises(Misconfigured) as refusal:
        from_environment(environ)
    assert str(refusal.value) == said


def test_settings_are_origins():
    files = frozenset({("https", "index.example", 443), ("http", "files", 8080)})
    given = {"INSPECTOR_INDEX": "https://Index.example/", "INSPECTOR_FILES": "http://files:8080"}
    assert from_environment(given) == Settings("https://Index.example", files)
    assert origin_of("HTTPS://INDEX.example:443/x") == ("https", "index.example", 443)
