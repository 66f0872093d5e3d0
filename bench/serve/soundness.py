"""Soundness: random edits of a project of 60 modules; what is served equals a cold start each time.

python bench/serve/soundness.py [EDITS] [SEED]
"""

from __future__ import annotations

import collections
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.machine import machine, write_result
from tests.buildgraph.serve.random_project import compare, serve_project


def main(edits: int, seed: int) -> None:
    """Compare that often; the first difference ends it."""
    with tempfile.TemporaryDirectory() as temporary:
        project, served = serve_project(Path(temporary) / "project", 60, seed)
        try:
            served.wait_for("app.m059")
            began = time.monotonic()
            done = compare(project, served, edits)
            seconds = time.monotonic() - began
            sources = [each["source"].split(" before")[0] for each in served.status()["reloads"]]
        finally:
            served.close()
    kinds = collections.Counter(each.split()[0] for each in done)
    write_result(__file__, {"machine": machine(), "edits": len(done), "seed": seed, "kinds": dict(kinds), "equal_to_a_cold_start": len(done), "of_these_started": sum(each.endswith(" 200") for each in done), "seconds": round(seconds, 1), "last_starts_from": dict(collections.Counter(sources))})  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
