"""Answers are remembered for a while, and within a size."""

import pytest

from conveyor.remembered import Remembered


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def kept(most: int = 10) -> tuple[Remembered, Clock, list[str]]:
    return Remembered(60, most, clock := Clock()), clock, []


def put(remembered: Remembered, key: str, weight: int) -> str:
    return remembered.of(key, lambda: key, lambda _: weight)


def test_an_answer_is_asked_for_once_in_a_while():
    remembered, clock, asked = kept()

    def ask() -> int:
        asked.append("a")
        return len(asked)

    assert [remembered.of("a", ask, lambda _: 1) for _ in range(3)] == [1, 1, 1]
    clock.now = 59.9
    assert remembered.of("a", ask, lambda _: 1) == 1
    clock.now = 60
    assert remembered.of("a", ask, lambda _: 1) == 2
    assert remembered.weight == 1


def test_that_there_is_nothing_is_remembered_too():
    remembered, _, asked = kept()
    assert [remembered.of("a", lambda: asked.append("a"), lambda _: 1) for _ in range(2)] == [None, None]
    assert asked == ["a"]


def test_a_failure_is_not_remembered():
    remembered, _, _ = kept()
    with pytest.raises(ZeroDivisionError):
        remembered.of("a", lambda: 1 // 0, lambda _: 1)
    assert remembered.of("a", lambda: 1, lambda _: 1) == 1


def test_what_was_asked_for_longest_ago_goes_first():
    remembered, _, _ = kept(3)
    for key in "abcad":
        put(remembered, key, 1)
    assert list(remembered.kept) == ["c", "a", "d"]


def test_all_together_weigh_no_more_than_they_may():
    remembered, _, _ = kept(10)
    for key, weight in [("a", 4), ("b", 4), ("c", 3), ("d", 11), ("e", 10)]:
        assert put(remembered, key, weight) == key
        assert remembered.weight == sum(each for _, each, _ in remembered.kept.values()) <= 10
    assert list(remembered.kept) == ["e"]
