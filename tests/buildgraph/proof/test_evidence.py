"""What a certificate may be issued of, and when it says nothing any more."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import pytest

import buildgraph.rules.values
from buildgraph.adapter.definitions import make_plan
from buildgraph.observe.facts import Facts, Seen
from buildgraph.observe.loading import Loading
from buildgraph.observe.stamps import take
from buildgraph.proof import certificate, contents, evidence, stored
from buildgraph.proof.certifier import Certifier
from buildgraph.record.ledger import Ledger


@pytest.mark.parametrize("is_settled", [True, False])
def test_only_what_a_stamp_proves_is_certified(tmp_path, monkeypatch, is_settled):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("1")
    facts = Facts({})
    facts.seen = {"a": Seen(take("a")[0], "digest", is_settled)}
    loader = SimpleNamespace(argv=["t"], loading=Loading(()), graph=lambda _: "", evidence=None)
    Certifier(loader, []).issue(make_plan([]), [], facts, {}, Ledger())
    assert (certificate.holds(["t"], {}) is not None) == is_settled


ENGINE = (sys.executable, buildgraph.__file__, buildgraph.rules.values.__file__)


@pytest.mark.parametrize("moved, is_evidence", [("dodo.py", True), *((path, False) for path in ENGINE)])
def test_evidence_is_of_the_engine_that_reads_it(tmp_path, monkeypatch, moved, is_evidence):
    monkeypatch.chdir(tmp_path)
    files = {path: take(path)[0] for path in ENGINE} | {moved: (1, 1, 1, 1)}
    nothing = contents.part({}, [], {}, [], {})
    definitions = contents.part(files, [], {}, [], {}, time.time_ns())
    graph = stored.store({}, make_plan([]))
    contents.issue(["t"], "t: up to date", definitions, nothing, (0, 0), graph, [])
    assert (evidence.read(["t"]) is not None) == is_evidence


def test_what_the_library_at_another_place_has_certified_is_no_evidence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {sys.executable: take(sys.executable)[0], "dodo.py": (1, 1, 1, 1)}
    nothing = contents.part({}, [], {}, [], {})
    definitions = contents.part(files, [], {}, [], {}, time.time_ns())
    contents.issue(["t"], "t: up to date", definitions, nothing, (0, 0), stored.store({}, make_plan([])), [])
    assert evidence.read(["t"]) is None
