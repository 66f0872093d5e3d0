"""Eight groups of 446 real packages: each group's derived file selects what pip and uv select.

What the two select was recorded by `bench/locks/large.py`, which asks them.
"""

import json
import shutil
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rooms.locks.status import read_status
from buildgraph.rules.word import to_word

HERE = Path(__file__).with_name("large")
LOCKS = Locks(
    ("web", "data", "cloud", "notebooks", "tests", "lint", "docs", "build"), ("3.11", "3.12", "3.13")
)


@pytest.fixture
def large(project: Path) -> Path:
    """The groups' inputs, with the resolution and no derived files."""
    shutil.copytree(HERE, LOCKS.folder, ignore=shutil.ignore_patterns("selected.json"))
    return project


@pytest.fixture(scope="module")
def recorded() -> dict:
    return json.loads((HERE / "selected.json").read_text())


def test_each_derived_group_selects_what_pip_and_uv_select(large, recorded):
    main(["compile", to_word(LOCKS)])

    for group in LOCKS.groups:
        lines = Path(LOCKS.file(group)).read_text().replace("\\\n", " ").splitlines()
        found = {}
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            requirement, *hashes = line.split(" --hash=")
            parsed = Requirement(requirement)
            assert hashes, f"{group}: {requirement} has no hash"
            if not parsed.marker or parsed.marker.evaluate(recorded["environment"]):
                found[parsed.name] = str(parsed.specifier).removeprefix("==")
        assert found == recorded["selected"][group], group


def test_the_derivation_asks_no_resolver_and_the_check_holds(large, capsys, monkeypatch):
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("a process was started"))

    main(["compile", to_word(LOCKS)])
    main(["check", to_word(LOCKS)])

    assert "446 pins in 8 groups are what their inputs say" in capsys.readouterr().out
    main(["compile", to_word(LOCKS)])
    assert capsys.readouterr().out == "nothing to resolve, nothing to write\n"
    assert len(read_status(LOCKS).entries) == 446
