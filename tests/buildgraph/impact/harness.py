"""A project in a folder, on which pytest runs with and without the plugin."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from buildgraph.impact import store
from buildgraph.impact.digests import Digests
from buildgraph.impact.distributions import _metadata
from buildgraph.impact.facts import Now
from buildgraph.impact.paths import Paths
from buildgraph.impact.validity import Decision, decide

REPOSITORY = Path(__file__).parents[3]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
IMPACT = ("-p", "buildgraph.impact", "--impact")


@dataclass
class Run:
    """What a run of pytest said."""

    code: int
    output: str
    outcomes: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many tests ran, and how many were reused."""
        found = re.search(r"impact: (\d+) ran, (\d+) reused", self.output)
        assert found, self.output
        return int(found[1]), int(found[2])


class Project:
    """Files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = self.folder = root  # where the files are, and where pytest is started
        root.mkdir(parents=True, exist_ok=True)

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files; None deletes one."""
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def pytest(self, *words: str, environment: Mapping[str, str] | None = None) -> Run:
        """Run pytest in the project."""
        told = self.root.parent / f"{self.root.name}.outcomes"
        with contextlib.suppress(FileNotFoundError):
            told.unlink()
        done = subprocess.run(
            [*PYTEST, "-p", "tests.buildgraph.impact.outcomes", *words],
            cwd=self.folder, capture_output=True, text=True, env=self.environment(environment) | {"BUILDGRAPH_IMPACT_OUTCOMES": str(told)},
        )  # fmt: skip
        outcomes: dict[str, str] = {}
        if told.exists():
            for line in told.read_text(encoding="utf-8").splitlines():
                nodeid, _, outcome = json.loads(line)
                if outcomes.get(nodeid) != "failed":
                    outcomes[nodeid] = outcome if outcome != "passed" else outcomes.get(nodeid, "passed")
        return Run(done.returncode, done.stdout + done.stderr, outcomes)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of the project's processes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV"))}
        path = os.pathsep.join([str(REPOSITORY), str(self.root / "lib" / "site-packages")])
        return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": path} | dict(more or {})

    def decide(self, environment: Mapping[str, str] | None = None) -> tuple[Decision, Now]:
        """Return what the plugin would decide now."""
        _metadata.cache_clear()
        folder = str(self.root / ".buildgraph" / "impact")
        segments = [store.read(folder, name) for name in store.names(folder)]
        now = Now(Paths(str(self.root)), Digests(folder), self.environment(environment))
        now.options = next((value for kind, _, value in segments[0].facts if kind == "options"), "")
        return decide(segments, now), now
