"""xdist's workers are started for what takes long, or of which nothing is known, and for nothing else."""

from pathlib import Path

from .harness import IMPACT, Project

FAST = "def test_it():\n    pass\n"
SLOW = "import time\n\nfrom lib import A\n\n\ndef test_it():\n    time.sleep(1.5)\n"
SHORTER = "from buildgraph.impact import workers\n\nworkers.SHORT_SECONDS = 1.0\n"
XDIST = ("-p", "xdist", "-n", "auto", "--maxprocesses=2", "-v")


def has_workers(run) -> bool:
    return "/2 workers" in run.output


def test_workers_are_for_what_is_long_or_not_known(tmp_path: Path):
    project = Project(tmp_path / "project")
    project.write({"pytest.ini": "[pytest]\npythonpath = .\n", "lib.py": "A = 1\n", "conftest.py": SHORTER})
    project.write({"a/test_a.py": FAST, "b/test_b.py": SLOW, "lib2.py": "B = 1\n"})
    first = project.pytest(*IMPACT, *XDIST)
    assert first.counts == (2, 0) and has_workers(first)

    project.write({"a/test_a.py": FAST.replace("pass", "assert 1")})
    short = project.pytest(*IMPACT, *XDIST)
    assert short.counts == (1, 1) and not has_workers(short)

    project.write({"lib.py": "A = 2\n"})
    long = project.pytest(*IMPACT, *XDIST)
    assert long.counts == (1, 1) and has_workers(long)

    project.write({f"c/test_{number}.py": FAST for number in range(2)})
    unknown = project.pytest(*IMPACT, *XDIST)
    assert unknown.counts == (2, 2) and has_workers(unknown)
