"""The key of a result: each thing that decides it, and nothing else."""

from __future__ import annotations

import os
import sys

import pytest

from buildgraph.decide.staleness import Trace
from buildgraph.observe import identity
from buildgraph.observe.facts import Facts
from buildgraph.rules.values import Rule
from buildgraph.store import keys
from buildgraph.store.keys import key_among, key_of

RULE = Rule(("python", "x.py"), inputs=("a",), outputs=("b",), cached=True, where="dodo.py, line 1")


def key(umask: int = 0o022) -> str:
    return key_of(RULE, Trace(identity.identity(RULE, RULE.command, {}, Facts({})), {"a": "1"}), umask)


@pytest.fixture(autouse=True)
def forgotten():
    keys._system.cache_clear()
    yield
    keys._system.cache_clear()


def test_the_same_has_the_same_key_in_any_order():
    one = Trace({"x": 1, "y": 2, "interpreter": ""}, {"a": "1", "b": "2"})
    other = Trace({"interpreter": "", "y": 2, "x": 1}, {"b": "2", "a": "1"})
    assert key_of(RULE, one, 0) == key_of(RULE, other, 0)
    assert len(key()) == 64


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (identity, "PLATFORM", "plan9 vax"),
        (identity, "INTERPRETER", "cpython 9.9.9 0123456789abcdef"),
        (keys, "FIXED", {"PATH": "/elsewhere"}),
        (keys, "FORMAT", 99),
    ],
    ids=["platform", "interpreter", "fixed environment", "format"],
)
def test_what_differs_between_machines_has_another_key(owner, name, value, monkeypatch):
    before = key()
    monkeypatch.setattr(owner, name, value)
    assert key() != before


def test_another_c_library_has_another_key(monkeypatch):
    before = key()
    keys._system.cache_clear()
    monkeypatch.setattr(os, "confstr", lambda name: "glibc 9.9")
    assert key() != before


def test_another_umask_has_another_key():
    assert key(0o077) != key(0o022)


def test_an_interpreter_that_no_lock_names_is_known_by_its_place_and_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "one/.venv"))
    packages = (
        tmp_path / f"one/.venv/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    )
    packages.mkdir(parents=True)
    before = key()
    (packages / "new").mkdir()
    os.utime(packages, ns=(1, 1))
    after = key()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "another/.venv"))
    assert len({before, after, key()}) == 3


def test_the_tools_environment_is_the_same_in_every_checkout(monkeypatch, tmp_path):
    found = set()
    for checkout in ("one", "two"):
        monkeypatch.setattr(sys, "prefix", str(tmp_path / checkout / ".buildgraph/tools/0123456789abcdef"))
        found.add(key())
    assert len(found) == 1


def test_what_was_discovered_is_part_of_it():
    found = {
        key_among("k", {"a": "1"}, {"f": "2"}),
        key_among("k", {"a": "2"}, {"f": "2"}),
        key_among("k", {"a": "1"}, {"f": "3"}),
        key_among("k", {"a": "1", "f": "2"}, {}),
        key_among("l", {"a": "1"}, {"f": "2"}),
    }
    assert len(found) == 5
