"""The ledger keeps what was written, whatever happens to its end."""

from __future__ import annotations

import os

import pytest

from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError
from buildgraph.record import ledger as module
from buildgraph.record.ledger import Ledger

TRACE = Trace(identity={"command": ["x"]}, inputs={"a": "1"}, outputs={"b": "2"})


@pytest.fixture
def path(tmp_path) -> str:
    return str(tmp_path / "ledger")


def written(path: str) -> Ledger:
    ledger = Ledger(path)
    ledger.load(is_writer=True)
    ledger.start("t", {"c": "absent"})
    ledger.own("t", {"b": "2"})
    ledger.done("t", TRACE, 1.5, {"b": "2"})
    ledger.saw({"a": [1, 2, 3, 4, "1"], "\udcff": [1, 2, 3, 4, "5"]})
    ledger.close()
    return ledger


def loaded(path: str) -> Ledger:
    ledger = Ledger(path)
    ledger.load(is_writer=True)
    return ledger


def state(ledger: Ledger) -> tuple:
    return ledger.traces, ledger.files, ledger.owned, ledger.seconds, ledger.running


def test_what_was_written_is_read(path):
    assert state(loaded(path)) == state(Ledger(path))
    assert state(written(path)) == state(loaded(path))
    assert loaded(path).trace("t") == TRACE


def test_compacted_ledger_says_the_same(path):
    before = written(path)
    before.start("u", {"d": "1"})
    before.compact()
    assert state(before) == state(loaded(path))


def test_long_history_is_compacted_at_the_end(path, monkeypatch):
    monkeypatch.setattr(module, "COMPACT_BYTES", 10)
    ledger = written(path)
    for _ in range(50):
        ledger.start("t", {})
        ledger.done("t", TRACE, 1.0, {"b": "2"})
    ledger.close()
    assert os.path.getsize(path) < 1000
    assert state(ledger) == state(loaded(path))


def test_many_short_histories_are_compacted_like_a_long_one(path, monkeypatch):
    monkeypatch.setattr(module, "COMPACT_BYTES", 10)
    written(path).close()
    for _ in range(50):
        ledger = loaded(path)
        ledger.start("t", {})
        ledger.done("t", TRACE, 1.0, {"b": "2"})
        ledger.close()
    assert os.path.getsize(path) < 1000


def test_cut_at_any_byte_a_prefix_of_the_history_is_read(path):
    written(path)
    with open(path, "rb") as file:
        data = file.read()
    for size in range(len(data)):
        with open(path, "wb") as file:
            file.write(data[:size])
        ledger = loaded(path)
        assert not ledger.notices
        assert ledger.trace("t") in (None, TRACE)


@pytest.mark.parametrize("is_compacted", [False, True])
def test_any_flipped_byte_is_damage_or_a_torn_end(path, is_compacted):
    ledger = written(path)
    if is_compacted:
        ledger.compact()
    with open(path, "rb") as file:
        data = file.read()
    for position in range(0, len(data), 7):
        with open(path, "wb") as file:
            file.write(data[:position] + bytes([data[position] ^ 4]) + data[position + 1 :])
        ledger = loaded(path)
        assert ledger.notices or ledger.trace("t") in (None, TRACE)


def test_compacted_ledger_cut_at_any_byte_is_damage(path):
    written(path).compact()
    with open(path, "rb") as file:
        data = file.read()
    for size in range(data.index(b"\n") + 1, len(data)):
        with open(path, "wb") as file:
            file.write(data[:size])
        assert loaded(path).notices


def test_what_comes_after_the_state_is_read_like_any_line(path):
    ledger = written(path)
    ledger.compact()
    ledger.forget("t")
    ledger.start("u", {})
    ledger.close()
    assert state(loaded(path)) == state(ledger)
    os.truncate(path, os.path.getsize(path) - 3)
    assert not loaded(path).running
    assert not loaded(path).notices


def test_start_drops_the_old_success(path):
    ledger = written(path)
    ledger.start("t", {})
    assert loaded(path).trace("t") is None


def test_what_was_there_before_the_first_of_several_killed_attempts_is_kept(path):
    ledger = Ledger(path)
    ledger.start("t", {"c": "absent"})
    ledger.start("t", {"c": "what the first attempt wrote"})
    assert loaded(path).running == {"t": {"c": "absent"}}


def test_time_of_a_task_outlives_its_success(path):
    ledger = written(path)
    ledger.forget("t")
    assert loaded(path).seconds == {"t": 1.5}
    assert loaded(path).owned == {"t": {"b": ["2"]}}


def since(path: str, mark) -> set[str] | None:
    ledger = Ledger(path)
    ledger.load(mark=mark)
    return ledger.since


def test_what_came_after_a_mark_is_named(path):
    mark = written(path).mark
    assert since(path, mark) == set()
    ledger = loaded(path)
    ledger.saw({"x": [1, 2, 3, 4, "1"]})
    ledger.forget("t")
    ledger.start("u", {})
    ledger.close()
    assert since(path, mark) == {"t", "u"}
    assert since(path, ledger.mark) == set()


def test_a_mark_is_of_the_lines_and_not_of_their_number(path):
    mark = written(path).mark
    assert since(path, None) is None
    assert since(path, (mark[0], mark[1] ^ 1)) is None
    assert since(path, (mark[0] + 1, mark[1])) is None
    loaded(path).compact()
    assert since(path, mark) is None


def test_a_compacted_ledger_has_a_mark_of_its_own(path):
    ledger = written(path)
    ledger.compact()
    ledger.forget("t")
    assert since(path, ledger.mark) == set()


def test_what_a_full_disk_let_in_of_a_line_is_cut_off(path, monkeypatch):
    ledger = written(path)
    real = module.os.write

    def half(file: int, data: bytes) -> int:
        monkeypatch.setattr(module.os, "write", full)
        return real(file, data[: len(data) // 2])

    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "write", half)
    with pytest.raises(BuildError):
        ledger.start("u", {})
    monkeypatch.setattr(module.os, "write", real)
    ledger.start("v", {})
    assert list(loaded(path).running) == ["v"]
    assert not loaded(path).notices


def test_header_that_a_full_disk_refused_is_written_with_the_next_line(path, monkeypatch):
    ledger = Ledger(path)
    real = module.os.write
    monkeypatch.setattr(module.os, "write", lambda *_: fail(28))
    with pytest.raises(BuildError):
        ledger.start("t", {})
    monkeypatch.setattr(module.os, "write", real)
    ledger.saw({"a": [1, 2, 3, 4, "1"]})
    assert loaded(path).files.get("a") == [1, 2, 3, 4, "1"]


@pytest.mark.parametrize("call", ["fsync", "close"])
def test_disk_that_tells_late_that_it_is_full_is_one_sentence(path, monkeypatch, call):
    ledger = Ledger(path)
    real = getattr(module.os, call)
    monkeypatch.setattr(module.os, call, lambda *_: fail(122))
    with pytest.raises(BuildError, match=r"cannot write .* exceeded"):
        ledger.start("t", {})
        ledger.close()
    monkeypatch.setattr(module.os, call, real)


def fail(number: int) -> None:
    raise OSError(number, os.strerror(number))
