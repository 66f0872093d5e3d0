"""What processes are said not to read is taken out of what their tests depend on, and nothing else is."""

from pathlib import Path

import pytest

from buildgraph.impact.unread import is_unread, rules_of, unread_by

from .harness import IMPACT, Project

RULES = rules_of({"tests/a/": ["app/", "static"], "tests/a/deep": ["app"], "tests/b": ["other"]})


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("test:tests/a/test_x.py::test_y[c:d]", "app static"),
        ("fix:tests/a::server[0]@", "app static"),
        ("mod:tests/a/conftest.py", "app static"),
        ("test:tests/a/deep/test_x.py::test_y", "app"),
        ("test:tests/ab/test_x.py::test_y", ""),
        ("test:tests/b/test_x.py::test_y", "other"),
        ("session", ""),
    ],
)
def test_the_nearest_folder_of_tests_counts(label: str, key: str):
    assert unread_by(label, RULES) == key


def test_a_folder_is_not_another_one_that_begins_alike():
    assert is_unread("app/x.py", "app static")
    assert is_unread("static", "app static")
    assert not is_unread("apple/x.py", "app static")
    assert not is_unread("app.py", "app static")


@pytest.mark.parametrize("found", [[], "app", {"a": "app"}, {"a": [1]}, {"a": ["two words"]}, {"a": ["/"]}])
def test_what_says_nothing_is_refused(found: object):
    with pytest.raises(ValueError, match="not a table of lists of folders"):
        rules_of(found)


def test_a_process_that_nobody_sees_into_depends_on_all_but_what_it_is_said_not_to_read(tmp_path: Path):
    project = Project(tmp_path / "project")
    started = "import subprocess\n\n\ndef test_it():\n    subprocess.run(['sh', '-c', 'true'], check=True)\n"
    settings = "[tool.buildgraph.impact.unread]\na = ['app']\n"
    files = {"pytest.ini": "", "pyproject.toml": settings, "a/test_a.py": started, "b/test_b.py": started}
    project.write(files | {"app/x.txt": "1", "other.txt": "1"})
    assert project.pytest(*IMPACT).counts == (2, 0)

    project.write({"app/x.txt": "2"})
    run = project.pytest(*IMPACT)
    assert run.counts == (1, 1) and list(run.outcomes) == ["b/test_b.py::test_it"]

    project.write({"other.txt": "2"})
    assert project.pytest(*IMPACT).counts == (2, 0)


def test_a_setting_that_says_nothing_is_a_mistake_of_usage(tmp_path: Path):
    project = Project(tmp_path / "project")
    settings = "[tool.buildgraph.impact]\nunread = ['app']\n"
    project.write({"pyproject.toml": settings, "pytest.ini": "", "test_a.py": "def test_it():\n    pass\n"})
    run = project.pytest(*IMPACT)
    assert run.code == 4 and "is not a table of lists of folders: ['app']" in run.output
    assert "Traceback" not in run.output


def test_a_promise_that_is_taken_back_counts_for_results_of_before(tmp_path: Path):
    project = Project(tmp_path / "project")
    project.write({"pytest.ini": "", "test_a.py": "def test_it():\n    pass\n"})
    project.write({"pyproject.toml": "[tool.buildgraph.impact.unread]\na = ['app']\n"})
    assert project.pytest(*IMPACT).counts == (1, 0)
    project.write({"pyproject.toml": "[tool.buildgraph.impact.unread]\na = ['other']\n"})
    assert project.pytest(*IMPACT).counts == (1, 0)


def test_what_the_standard_library_asks_about_the_system_reads_nothing_of_the_project(tmp_path: Path):
    project = Project(tmp_path / "project")
    text = "import platform\n\nplatform.architecture()\n\n\ndef test_it():\n    pass\n"
    project.write({"pytest.ini": "", "test_a.py": text, "other.txt": "1"})
    assert project.pytest(*IMPACT).counts == (1, 0)

    project.write({"other.txt": "2"})
    assert project.pytest(*IMPACT).counts == (0, 1)
