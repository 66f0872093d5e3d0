"""What a certificate may be issued of, and when it says nothing any more."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import pytest

import buildgraph.rules
from buildgraph.engine import evidence
from buildgraph.engine.certifier import Certifier
from buildgraph.engine.control import make_plan
from buildgraph.observe.facts import Facts, Seen
from buildgraph.observe.loading import Loading
from buildgraph.observe.stamps import take
from buildgraph.record import certificate, certified


@pytest.mark.parametrize("is_settled", [True, False])
def test_only_what_a_stamp_proves_is_certified(tmp_path, monkeypatch, is_settled):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("1")
    facts = Facts({})
    facts.seen = {"a": Seen(take("a")[0], "digest", is_settled)}
    loader = SimpleNamespace(argv=["t"], loading=Loading(()), graph=lambda _: "", evidence=None)
    Certifier(loader, []).issue(make_plan([]), [], facts, {}, (0, 0))
    assert (certificate.holds(["t"], {}) is not None) == is_settled


def definitions(**moved: tuple[int, ...]) -> certified.Part:
    files = {path: take(path)[0] for path in (sys.executable, buildgraph.rules.__file__)}
    return certified.part(files | moved, [], {}, [], {}, time.time_ns())


def test_evidence_is_of_the_engine_that_reads_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert evidence._is_of_this_engine(definitions())
    assert evidence._is_of_this_engine(definitions(dodo=(1, 1, 1, 1)))
    for path in (sys.executable, buildgraph.rules.__file__):
        assert not evidence._is_of_this_engine(definitions(**{path: (1, 1, 1, 1)}))
    assert not evidence._is_of_this_engine(certified.part({}, [], {}, [], {}, time.time_ns()))
