"""Stamps prove content only when they are settled; each file is read once."""

from __future__ import annotations

import os
import tracemalloc

import pytest

from buildgraph.observe import digests
from buildgraph.observe.facts import Facts
from buildgraph.observe.stamps import COARSE_TICK_NS, TICK_NS, is_settled, take


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed_ns(path: str) -> int:
    return os.lstat(path).st_ctime_ns


@pytest.mark.parametrize("most", [1, 3, 1 << 16])
def test_content_is_read_to_its_end_however_little_comes_at_once(tmp_path, monkeypatch, most):
    data = bytes(range(256)) * 300
    (tmp_path / "a").write_bytes(data)
    real = os.read
    monkeypatch.setattr(os, "read", lambda file, size: real(file, min(size, most)))
    assert digests.of_path(str(tmp_path / "a"), 0o100644) == digests.of_bytes(data)


def test_file_read_within_the_tick_of_its_change_is_not_trusted(folder):
    (folder / "a").write_text("1")
    soon = changed_ns("a") + TICK_NS // 2
    facts = Facts({}, lambda: soon)
    facts.digest("a")
    assert not facts.seen["a"].is_settled
    assert facts.settle(1 << 20) == {}


def test_file_read_later_is_trusted(folder):
    (folder / "a").write_text("1")
    later = changed_ns("a") + COARSE_TICK_NS * 2
    facts = Facts({}, lambda: later)
    digest = facts.digest("a")
    assert facts.settle(1 << 20) == {"a": [*take("a")[0], digest]}


def test_whole_seconds_are_taken_for_a_coarse_clock():
    assert not is_settled((5_000_000_000, 5_000_000_000, 1, 1), 6_000_000_000)
    assert is_settled((5_000_000_000, 5_000_000_000, 1, 1), 7_500_000_000)
    assert is_settled((5_000_000_001, 5_000_000_001, 1, 1), 6_000_000_000)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no time of the last change of a file's status")
def test_a_time_that_somebody_has_set_decides_nothing(folder):
    (folder / "a").write_text("1")
    os.utime("a", ns=(0, changed_ns("a") + 10**18))
    facts = Facts({}, lambda: changed_ns("a") + 10**10)
    facts.digest("a")
    assert facts.seen["a"].is_settled


def test_a_file_that_was_changed_in_the_future_is_never_trusted(folder):
    (folder / "a").write_text("1")
    facts = Facts({}, lambda: changed_ns("a") - 10**18)
    facts.digest("a")
    assert not facts.seen["a"].is_settled


def test_known_stamp_saves_the_reading(folder):
    (folder / "a").write_text("1")
    facts = Facts({"a": [*take("a")[0], "what the ledger says"]})
    assert facts.digest("a") == "what the ledger says"
    assert facts.hashed == 0


def test_each_file_is_read_once(folder):
    (folder / "a").write_text("1")
    facts = Facts({})
    assert facts.digest("a") == facts.digest("a")
    assert facts.hashed == 1


def test_change_and_return_is_noticed(folder):
    (folder / "a").write_text("1")
    later = changed_ns("a") + COARSE_TICK_NS * 2
    facts = Facts({}, lambda: later)
    facts.digest("a")
    assert not facts.has_moved("a")
    (folder / "a").write_text("2")
    (folder / "a").write_text("1")
    os.utime("a", ns=(0, 1))
    assert facts.has_moved("a")


def test_digest_names_what_a_link_is_and_what_is_behind_it(folder):
    (folder / "a").write_text("1")
    (folder / "d").mkdir()
    for name, target in (("file", "a"), ("folder", "d"), ("nowhere", "b"), ("loop", "loop")):
        (folder / name).symlink_to(target)
    facts = Facts({})
    assert facts.digest("file") == f"link a > {digests.of_bytes(b'1')}"
    assert facts.digest("folder") == "link d > folder"
    assert facts.digest("nowhere") == "link b > nothing"
    assert facts.digest("loop") == "link loop > nothing"
    assert facts.digest("absent") == facts.digest("a/b") == "absent"


def test_executable_file_has_another_digest(folder):
    (folder / "a").write_text("1")
    plain = Facts({}).digest("a")
    (folder / "a").chmod(0o755)
    assert Facts({}).digest("a") == plain + "x"


def test_touched_file_is_read_once_and_not_at_every_later_run(folder):
    (folder / "a").write_text("1")
    later = changed_ns("a") + COARSE_TICK_NS * 2
    known: dict = {}
    hashed = []
    for moment in range(4):
        if moment == 1:
            os.utime("a", (1, 1))
        facts = Facts(known, lambda: later + COARSE_TICK_NS)
        facts.digest("a")
        known.update(facts.settle(1 << 20))
        hashed.append(facts.hashed)
    assert hashed == [1, 1, 0, 0]


def test_large_file_is_streamed(folder):
    """Of 64 MB at most a few are in memory; BUILDGRAPH_LARGE says how many bytes (5 GB on demand)."""
    size = int(os.environ.get("BUILDGRAPH_LARGE", 64 << 20))
    with open("large", "wb") as file:
        file.truncate(size)
    tracemalloc.start()
    try:
        digest = Facts({}).digest("large")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(digest) == 64
    assert peak < 4 * digests.CHUNK_BYTES


def later_facts(*paths: str) -> Facts:
    """Facts that have looked at some paths when their stamps were settled."""
    later = max(changed_ns(path) for path in paths) + COARSE_TICK_NS * 2
    facts = Facts({}, lambda: later)
    for path in paths:
        facts.digest(path)
    return facts


def test_what_moved_is_found_among_many_and_a_new_ctime_alone_is_no_move(folder):
    names = [f"{number}" for number in range(20)]
    for name in names:
        (folder / name).write_text(name)
    facts = later_facts(*names)
    assert facts.moved(names) == ""
    modified_ns = os.stat("7").st_mtime_ns
    os.utime("7", ns=(modified_ns, modified_ns))
    assert facts.moved(names) == ""
    (folder / "7").write_text("another")
    assert facts.moved(names) == "7"
    os.unlink("7")
    assert facts.moved(names) == "7"


def test_a_second_look_is_had_of_what_could_have_changed_unseen(folder):
    (folder / "settled").write_text("1")
    (folder / "fresh").write_text("1")
    os.symlink("settled", "link")
    facts = later_facts("settled", "link", "fresh")
    facts.digest("absent")
    facts.seen["fresh"] = facts.seen["fresh"]._replace(is_settled=False)
    again = facts.again()
    assert again.seen.keys() == {"settled", "link", "fresh", "absent"}
    (folder / "absent").write_text("1")
    assert facts.again() is None
