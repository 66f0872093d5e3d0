"""What may rot is told: the last change, what is held back, whether the tests have passed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.members import Member, Members, stale
from buildgraph.members.stale import Held, held, pins, report

LOCK = """# input requirements/main.in: sha256:0
a-b==1.9 \\
    --hash=sha256:0
c==2.0 ; python_version < "3.12" \\
    --hash=sha256:0
"""


def camo(*requires: str) -> Member:
    return Member("camo", "service", "services/camo", requires)


def test_pins_are_read_by_normalized_names():
    assert dict(pins("A.B==1.9 \\\n  --hash=x\n# c==1\nc==2.0 ; python_version < '4'\n")) == {
        "a-b": "1.9",
        "c": "2.0",
    }


def test_a_package_is_held_back_where_the_newest_version_is_not_admitted():
    member = camo(
        "A_b>=1,<2", "c<3", "d", "e>=1", "f[x]~=1.2 ; python_version < '4'", "g @ file:///x", "h!=2.0", "i==1"
    )
    newest = {"a-b": "2.1", "c": "2.0", "f": "2.0", "h": "2.0"}

    assert list(held(member, dict(pins(LOCK)), newest)) == [
        Held("A_b<2,>=1", "1.9", "2.1"),
        Held('f[x]~=1.2; python_version < "4"', "none", "2.0"),
        Held("h!=2.0", "none", "2.0"),
    ]


def test_a_pre_release_that_is_the_newest_counts_as_admitted_by_a_lower_bound():
    assert list(held(camo("a>=1,<3"), {}, {"a": "2.0rc1"})) == []


def test_no_index_is_asked_where_nothing_can_be_held_back(monkeypatch):
    monkeypatch.setattr(stale.uv, "find", lambda: pytest.fail("asked"))
    assert stale._newest([]) == {}


def test_an_index_that_does_not_answer_is_one_sentence(monkeypatch):
    def run(*words, **options):
        return subprocess.CompletedProcess(words, 2, "", "error: no route\n")

    monkeypatch.setattr(stale.uv, "environment", dict)
    monkeypatch.setattr(stale.subprocess, "run", run)
    with pytest.raises(BuildError) as refused:
        stale._newest(["a"])
    assert str(refused.value) == (
        "the index does not say which versions there are: error: no route. Try it later."
    )


def test_each_member_has_a_paragraph(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("constraints.txt").write_text(LOCK)
    monkeypatch.setattr(stale, "_newest", lambda names: {"a-b": "2.1"} if names == ["a-b"] else {})
    monkeypatch.setattr(stale, "_tested", lambda _: {"camo": "up to date", "old": "the input 'x' changed"})
    found = Members((camo("a-b<2"), Member("old", "internal", "libs/internal/old", ("c",))))

    assert report(found, "constraints.txt") == (
        "camo (services/camo/)\n"
        "  changed     not in git yet\n"
        "  holds back  a-b<2: 1.9 is locked, 2.1 is the newest\n"
        "  tests       passed with the locks of now\n"
        "old (libs/internal/old/)\n"
        "  changed     not in git yet\n"
        "  holds back  nothing\n"
        "  tests       have to run: the input 'x' changed\n"
    )
