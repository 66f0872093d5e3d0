"""What resolvers that know nothing of our closure select for eight groups of real packages: recorded, for a test to compare.

    python bench/locks/large.py            asks pip and uv, and fails where they differ from the locks (two minutes)
    python bench/locks/large.py --resolve  first resolves the groups anew (five minutes)

The groups are in `tests/buildgraph/rooms/locks/large`; `test_large.py` beside it derives each group's file from the
recorded resolution and compares it with what is recorded here.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from packaging.markers import default_environment  # noqa: E402 (after the path is known)

from buildgraph import uv  # noqa: E402
from buildgraph.rooms.locks import verify  # noqa: E402
from buildgraph.rooms.locks.sources import read_source  # noqa: E402
from buildgraph.rules.word import to_word  # noqa: E402
from tests.buildgraph.rooms.locks.test_large import HERE, LOCKS  # noqa: E402


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        shutil.copytree(HERE, LOCKS.folder)
        room = [sys.executable, "-m", "buildgraph.rooms.locks"]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        resolve = "--resolve" in sys.argv
        if resolve:
            os.unlink(LOCKS.constraints)
        subprocess.run([*room, "compile", to_word(LOCKS)], env=environ, check=True)
        if resolve:
            shutil.copy(LOCKS.constraints, HERE)
            shutil.copy(LOCKS.graph, HERE)
        selected = {}
        for source in (read_source(LOCKS.folder, group) for group in LOCKS.groups):
            found = {
                "pip": verify.selected_by_pip(source, LOCKS.constraints),
                "uv": verify.selected_by_uv(uv.find(), source, LOCKS.constraints),
            }
            wrong = verify.disagreements(LOCKS, source.group, found)
            if wrong:
                raise SystemExit("; ".join(wrong))
            selected[source.group] = dict(sorted(found["pip"].items()))
            print(
                f"{source.group}: pip, uv and the lock select the same {len(found['pip'])} packages",
                flush=True,
            )
    result = {"environment": default_environment(), "selected": selected}
    result["environment"].update(platform_release="", platform_version="")  # they name the machine
    (HERE / "selected.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
