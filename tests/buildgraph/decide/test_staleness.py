"""The sentences that say what a task depends on is another one."""

from buildgraph.decide.staleness import Trace, reasons


def of_interpreter(old: str, new: str) -> list[str]:
    before, after = (Trace({"interpreter": said}, {}) for said in (old, new))
    return reasons(before, after)


def test_another_interpreter_is_told_by_its_version():
    said = ["its interpreter changed from cpython 3.11.7 to cpython 3.12.1"]
    assert of_interpreter("cpython 3.11.7 0a1b", "cpython 3.12.1 2c3d") == said


def test_other_packages_beside_the_same_interpreter_are_told_without_digests():
    said = ["the packages of its interpreter (cpython 3.11.7) changed"]
    assert of_interpreter("cpython 3.11.7 0a1b", "cpython 3.11.7 2c3d") == said


def test_an_interpreter_where_there_was_none_is_told():
    assert of_interpreter("", "cpython 3.11.7 0a1b") == [
        "its interpreter changed from nothing to cpython 3.11.7"
    ]
