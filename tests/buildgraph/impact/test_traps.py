"""No edit that changes what a test says leaves it unselected; an edit that changes nothing selects at most one test."""

from __future__ import annotations

import sys

import pytest

from .harness import IMPACT, Project
from .trap import Trap
from .traps import ALL, GLOBAL, LOCAL

PYTEST_INI = "[pytest]\npythonpath = .\nmarkers = x\n"


OPAQUE = {
    "fork", "subprocess_killed", "subprocess_isolated", "subprocess_of_a_shell", "subprocess_that_outlives", "spawned_by_multiprocessing",
    "walk_by_descriptors", "file_opened_by_a_descriptor",
}  # fmt: skip
"""Nobody sees into these processes and descriptors, so their tests depend on all files; any edit selects them."""


COARSE = {
    "module_shadows_the_standard_library",
    "patch_level_of_a_dependency",
    "dependency_of_a_dependency",
    "dependency_appears",
    "metadata_of_a_package",
}
"""A Python that a test starts depends on all distributions, and on the names in each folder where it looks for modules; who asks for metadata looks for them, too."""


def trap_of(nodeid: str) -> str:
    return nodeid.split("/")[1]


def located(trap: Trap, files: dict) -> dict:
    return {
        path[1:] if path.startswith("/") else f"traps/{trap.name}/{path}": text
        for path, text in files.items()
    }


class World:
    """The project of all traps: recorded, then decided for each edit alone, then run with all edits."""

    def __init__(self, root) -> None:
        self.project = Project(root)
        self.project.write({"pytest.ini": PYTEST_INI, "traps/__init__.py": ""})
        self.originals = {}
        for trap in ALL:
            self.originals |= {f"traps/{trap.name}/__init__.py": ""} | located(trap, trap.files)
        self.project.write(self.originals)
        self.words = ("-p", "own_plugin", "--impact-isolation=test", "--continue-on-collection-errors")
        self.before = self.project.pytest(*IMPACT, *self.words)
        self.again = self.project.pytest(*IMPACT, *self.words)
        self.renewed: dict[str, set[str]] = {}  # by trap, what runs for the coverage of a module only
        self.selected = {trap.name: self.select(trap) for trap in ALL}
        self.truth = {}
        self.global_truth = self.run_all(GLOBAL, "-p", "own_plugin")
        self.local_truth = self.run_all(LOCAL, "-p", "own_plugin", keep=True)
        self.after = self.project.pytest(*IMPACT, *self.words, environment=self.environment(LOCAL))
        self.undo(LOCAL)
        self.back = self.project.pytest(*IMPACT, *self.words)

    def select(self, trap: Trap) -> set[str]:
        """Return the tests that would run if one trap's edit was all."""
        self.project.write(located(trap, trap.edit))
        decision, _ = self.project.decide(trap.environment)
        self.undo([trap])
        self.renewed[trap.name] = set(decision.renewed)
        invalid = {nodeid for nodeid in self.before.outcomes if not decision.is_valid(nodeid)}
        return invalid - decision.renewed.keys()

    def environment(self, traps) -> dict[str, str]:
        return {name: value for trap in traps for name, value in trap.environment.items()}

    def run_all(self, traps, *words: str, keep: bool = False):
        for trap in traps:
            self.project.write(located(trap, trap.edit))
        run = self.project.pytest(
            "-p",
            "buildgraph.impact",
            "--continue-on-collection-errors",
            *words,
            environment=self.environment(traps),
        )
        if not keep:
            self.undo(traps)
        return run

    def undo(self, traps) -> None:
        for trap in traps:
            for path in located(trap, trap.edit):
                original = self.originals.get(path, PYTEST_INI if path == "pytest.ini" else None)
                self.project.write({path: original})
                parent = (self.project.root / path).parent
                if original is None and not any(parent.iterdir()):
                    parent.rmdir()

    def changed(self, trap: Trap) -> set[str]:
        """Return the trap's tests whose outcome is another one with the edit, or which came or went."""
        after = (self.global_truth if trap in GLOBAL else self.local_truth).outcomes
        nodeids = {
            nodeid
            for nodeid in self.before.outcomes.keys() | after
            if nodeid.startswith(f"traps/{trap.name}/")
        }
        return {nodeid for nodeid in nodeids if self.before.outcomes.get(nodeid) != after.get(nodeid)}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("impact") / "project"
    sys.path.insert(0, str(root / "lib" / "site-packages"))
    yield World(root)
    sys.path.remove(str(root / "lib" / "site-packages"))


def test_everything_passes_before_and_nothing_runs_again(world):
    assert set(world.before.outcomes.values()) == {"passed"}, world.before.output
    assert world.again.counts == (0, len(world.before.outcomes)), world.again.output


@pytest.mark.parametrize("trap", ALL, ids=lambda trap: trap.name)
def test_what_an_edit_changes_is_selected(world, trap):
    changed = world.changed(trap)
    if trap.has_no_effect:
        assert not changed
        selected = world.selected[trap.name] | world.renewed[trap.name]
        assert len({nodeid for nodeid in selected if trap_of(nodeid) not in OPAQUE}) <= 1
        return
    assert changed, "the trap's edit changes nothing: it shows nothing"
    known = {nodeid for nodeid in changed if nodeid in world.before.outcomes}
    assert known <= world.selected[trap.name]


@pytest.mark.parametrize(
    "trap", [trap for trap in LOCAL if not trap.has_no_effect], ids=lambda trap: trap.name
)
def test_an_edit_selects_nothing_of_the_other_traps(world, trap):
    others = {nodeid for nodeid in world.selected[trap.name] if not nodeid.startswith(f"traps/{trap.name}/")}
    found = {trap_of(nodeid) for nodeid in others}
    if trap.name in COARSE:
        found = {name for name in found if not name.startswith(("subprocess_", "metadata_"))}
    assert found <= OPAQUE


@pytest.mark.parametrize("trap", [trap for trap in LOCAL if trap.spares], ids=lambda trap: trap.name)
def test_an_edit_of_a_name_selects_its_readers_only(world, trap):
    spared = {f"traps/{trap.name}/test_it.py::{name}" for name in trap.spares}
    assert spared < world.before.outcomes.keys() and spared.isdisjoint(world.selected[trap.name])


def test_results_of_a_run_of_the_affected_are_those_of_a_full_one(world):
    ran = world.after.outcomes
    reused = {
        nodeid: outcome
        for nodeid, outcome in world.before.outcomes.items()
        if nodeid not in ran and nodeid in world.local_truth.outcomes
    }
    assert reused | ran == world.local_truth.outcomes


def test_going_back_runs_nothing(world):
    assert world.back.counts == (0, len(world.before.outcomes)), world.back.output
