"""How a run of tests ended is one sentence for whoever has started it."""

import subprocess
from pathlib import Path

import pytest

from buildgraph import handed
from buildgraph.impact.verdict import sentence

from .harness import PYTEST

ROOT = Path(__file__).parents[3]
TESTS = "import pytest\n\n\n@pytest.mark.parametrize('name', ['one', 'two'])\ndef test_upload(name):\n    assert name == 'one'\n"


@pytest.mark.parametrize(
    ("code", "failed", "ran", "keyword", "said"),
    [
        (1, ["a.py::test_a"], 1, "", "a.py::test_a failed"),
        (1, ["a.py::test_a"], 9, "", "of 9 tests that ran a.py::test_a failed"),
        (
            1,
            ["a.py::test_a", "b.py::test_b"],
            9,
            "",
            "of 9 tests that ran 2 failed, the first is a.py::test_a",
        ),
        (1, ["a.py"], 1, "", "the tests of a.py could not be collected"),
        (2, ["a.py", "b.py"], 0, "", "the tests of a.py and 1 more could not be collected"),
        (2, [], 3, "", ""),
        (5, [], 0, "nothing", "no test fits '-k nothing'"),
        (5, [], 0, "", "there are no tests in what was asked for"),
        (3, [], 0, "", ""),
    ],
)
def test_the_end_of_a_run_is_one_sentence(code, failed, ran, keyword, said):
    assert sentence(code, failed, ran, keyword) == said


def run(folder: Path, *words: str) -> tuple[str, str]:
    """Return what a run has handed on, and what it has said early."""
    (folder / "pytest.ini").write_text("[pytest]")
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests/test_it.py").write_text(TESTS)
    command = [*PYTEST, "-p", "buildgraph.impact", *words]
    left = folder / "left"
    environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **handed.asking(str(left))}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    return handed.take(str(left)), done.stderr


@pytest.mark.parametrize("mode", [["--impact"], [], ["--impact", "-n2"]])
def test_a_run_hands_on_how_it_ended(tmp_path, mode):
    assert run(tmp_path, *mode)[0] == "of 2 tests that ran tests/test_it.py::test_upload[two] failed"
    assert run(tmp_path, *mode, "-k", "one") == ("", "")


def test_a_word_that_stands_nowhere_is_told_early_and_the_others_are_not(tmp_path):
    note = "note: 'nothing' is in no name and no line of a test; only an id that is computed could fit it\n"
    assert run(tmp_path, "-k", "nothing") == ("no test fits '-k nothing'", note)
    assert run(tmp_path, "-k", "UPLOAD and one") == ("", "")
    assert run(tmp_path, "-k", "Test_IT and one")[1] == ""
    assert run(tmp_path, "-k", "not one")[1] == ""
