"""What lies outside of a plain project of text files is a fact as well: links, permissions, archives, settings elsewhere, the folder that pytest was started in."""

from __future__ import annotations

import os
import site
import sys
import zipfile

import pytest

from buildgraph.impact import store
from buildgraph.impact.digests import Digests
from buildgraph.impact.facts import Now
from buildgraph.impact.paths import Paths

from .harness import IMPACT, Project
from .hidden import ASKS, SERVED, SERVER

SETTINGS = {"pytest.ini": "[pytest]\npythonpath = .\n"}
ALONE = (*IMPACT, "--impact-isolation=test")


@pytest.fixture
def project(tmp_path):
    found = Project(tmp_path / "outer" / "project")
    found.write(SETTINGS)
    return found


def assert_is_selected(project, edit, *words: str, again: tuple[str, ...] | None = None) -> None:
    """Record, edit, and hold what is reused or run against a plain run."""
    before = project.pytest(*ALONE, *words)
    assert set(before.outcomes.values()) == {"passed"}, before.output
    assert project.pytest(*ALONE, *words).outcomes == {}
    edit()
    words = words if again is None else again
    plain = project.pytest("-p", "buildgraph.impact", *words)
    assert set(plain.outcomes.values()) == {"failed"}, plain.output
    after = project.pytest(*ALONE, *words)
    assert after.outcomes == plain.outcomes, after.output


def test_a_folder_that_is_a_link_and_leads_elsewhere(project):
    reads = "import os\n\ndef test_it():\n    assert open('data/current/size.txt').read() == '1'\n\ndef test_link():\n    assert os.readlink('data/current') == 'one'\n"
    project.write({"data/one/size.txt": "1", "data/two/size.txt": "2", "test_it.py": reads})
    link = project.root / "data" / "current"
    link.symlink_to("one")

    def edit():
        link.unlink()
        link.symlink_to("two")

    assert_is_selected(project, edit)


def test_a_package_that_is_a_link_and_leads_elsewhere(project):
    code = "def f():\n    return {}\n"
    project.write({"one/__init__.py": "", "one/mod.py": code.format(1), "two/__init__.py": "", "two/mod.py": code.format(2)})  # fmt: skip
    project.write({"test_it.py": "from package.mod import f\n\ndef test_it():\n    assert f() == 1\n"})
    link = project.root / "package"
    link.symlink_to("one")

    def edit():
        link.unlink()
        link.symlink_to("two")

    assert_is_selected(project, edit)


def test_a_link_that_the_test_makes_itself_is_no_fact(project):
    text = "import os\n\ndef test_it():\n    os.symlink('one', 'made')\n    assert open('made/size.txt').read() == '1'\n    os.unlink('made')\n"
    project.write({"one/size.txt": "1", "test_it.py": text})
    assert project.pytest(*ALONE).counts == (1, 0)
    assert project.pytest(*ALONE).counts == (0, 1)


def test_links_that_lead_to_each_other_are_not_followed_for_ever(project):
    (project.root / "a").symlink_to("b")
    (project.root / "b").symlink_to("a")
    paths = Paths(str(project.root))
    assert paths.key(str(project.root / "a" / "x")) == "a/x"


def test_a_permission_to_run_is_a_fact(project):
    text = "import os\nimport shutil\n\ndef test_it():\n    assert os.access('script', os.X_OK)\n\ndef test_which():\n    assert shutil.which('script', path='.')\n"
    project.write({"script": "", "test_it.py": text})
    (project.root / "script").chmod(0o755)
    assert_is_selected(project, lambda: (project.root / "script").chmod(0o644))


def test_a_file_that_becomes_a_folder_is_another_listing(project):
    project.write({"data/a": "", "test_it.py": "import os\n\ndef test_it():\n    assert [names for _, _, names in os.walk('data')] == [['a']]\n"})  # fmt: skip

    def edit():
        (project.root / "data" / "a").unlink()
        (project.root / "data" / "a").mkdir()

    assert_is_selected(project, edit)


def test_a_module_beside_the_project_counts_as_a_whole_file(project):
    beside = project.root.parent / "shared" / "beside.py"
    beside.parent.mkdir()
    beside.write_text("def f():\n    return 1\n")
    project.write({"conftest.py": f"import sys\n\nsys.path.insert(0, {str(beside.parent)!r})\n", "test_it.py": "import beside\n\ndef test_it():\n    assert beside.f() == 1\n"})  # fmt: skip
    key = str(project.root.parent)
    environment = {"TMPDIR": os.path.join(key, "temporary")}  # What lies below it is nobody's business.
    os.mkdir(environment["TMPDIR"])
    run = project.pytest
    project.pytest = lambda *words: run(*words, environment=environment)
    assert_is_selected(project, lambda: beside.write_text("def f():\n    return 2\n"))


def archive(path, number: int) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("inside.py", f"def f():\n    return {number}\n")
        file.writestr("package/__init__.py", "")
        file.writestr("package/size.txt", str(number))


def test_modules_in_an_archive_depend_on_it(project):
    path = project.root / "code.zip"
    archive(path, 1)
    text = "import importlib\nimport inside\nfrom importlib import resources\n\ndef test_it():\n    assert inside.f() == 1\n\ndef test_by_name():\n    assert importlib.import_module('inside').f() == 1\n\ndef test_data():\n    assert resources.files('package').joinpath('size.txt').read_text() == '1'\n"
    project.write({"conftest.py": f"import sys\n\nsys.path.insert(0, {str(path)!r})\n", "test_it.py": text})
    assert_is_selected(project, lambda: archive(path, 2))


CONFIGURED = "def test_it(pytestconfig):\n    assert pytestconfig.getini('markers')[0] == 'one: 1'\n"
MARKERS = "[pytest]\nmarkers =\n    {}: 1\n"


def test_settings_in_a_file_of_any_name_are_facts(project):
    project.write({"other.ini": MARKERS.format("one"), "test_it.py": CONFIGURED})
    assert_is_selected(project, lambda: project.write({"other.ini": MARKERS.format("two")}), "-c", "other.ini")  # fmt: skip


def test_another_file_of_settings_is_another_run(project):
    project.write({"a.ini": MARKERS.format("one"), "b.ini": MARKERS.format("two"), "test_it.py": CONFIGURED})
    assert_is_selected(project, lambda: None, "-c", "a.ini", again=("-c", "b.ini"))


def test_another_folder_to_start_in_is_another_run(project):
    project.write({"size.txt": "1", "inner/test_it.py": "import os\n\ndef test_it():\n    assert os.path.exists('size.txt')\n"})  # fmt: skip

    def edit():
        project.folder = project.root / "inner"

    assert_is_selected(project, edit, "--rootdir", str(project.root), str(project.root / "inner"))


@pytest.mark.parametrize("name", ["site-packages-of-mine", "dist-packages"])
def test_a_project_may_lie_in_a_folder_of_any_name(tmp_path, name):
    paths = Paths(str(tmp_path / name))
    assert paths.key(str(tmp_path / name / "a.py")) == "a.py"
    assert paths.key(str(tmp_path / name / "lib" / "site-packages" / "a.py")) == ""


def test_a_project_may_lie_below_the_prefix_of_python(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    paths = Paths(str(tmp_path / "src" / "app"))
    assert paths.key(str(tmp_path / "src" / "app" / "a.py")) == "a.py"
    assert paths.key(str(tmp_path / "src" / "app" / "lib" / "site-packages" / "a.py")) == ""


def now_of(project) -> Now:
    return Now(Paths(str(project.root)), Digests(str(project.root / "store")), {})


def test_a_file_of_paths_is_a_fact(project, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path)])
    before = now_of(project).value("paths", "")
    (tmp_path / "other.pth").write_text("/elsewhere\n")
    assert now_of(project).value("paths", "") != before


def test_how_python_was_started_is_a_fact(project, monkeypatch):
    before = now_of(project).value("interpreter", "")
    monkeypatch.setattr(sys, "warnoptions", ["error"])
    assert now_of(project).value("interpreter", "") != before


def test_a_name_that_is_no_text_is_a_name(project):
    (project.root / os.fsdecode(b"size\xff.txt")).write_text("1")
    text = "import subprocess\n\ndef test_it():\n    assert subprocess.run(['cat', b'size\\xff.txt'], stdout=subprocess.PIPE).stdout == b'1'\n"
    project.write({"test_it.py": text})
    assert_is_selected(project, lambda: (project.root / os.fsdecode(b"size\xff.txt")).write_text("2"))


def test_a_file_that_a_server_in_a_thread_has_read_once_for_all_tests(project):
    code = {"conftest.py": SERVER, "mod.py": SERVED, "test_it.py": ASKS, "__init__.py": "", "size.txt": "1"}
    project.write({f"package/{name}": text for name, text in code.items()})
    assert_is_selected(project, lambda: project.write({"package/size.txt": "2"}))


COLLECTS = """
import pytest


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".cases":
        return Cases.from_parent(parent, path=file_path)


class Cases(pytest.File):
    def collect(self):
        for line in self.path.read_text().split():
            yield Case.from_parent(self, name=line[0], what=line[1])


class Case(pytest.Item):
    def __init__(self, *, what, **rest):
        super().__init__(**rest)
        self.what = what

    def runtest(self):
        assert self.what == "1"
"""


def test_two_tests_of_one_name_hide_no_failure(project):
    project.write({"conftest.py": COLLECTS, "all.cases": "x2 x1"})
    for _ in range(2):
        run = project.pytest(*ALONE)
        assert run.code == 1 and run.counts == (1, 0), run.output


SUBTESTS = """
import unittest

from mod import f


def test_it(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert f(number) == number


class TestIt(unittest.TestCase):
    def test_it(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(f(number), number)
"""


@pytest.mark.parametrize("isolation", ["test", "file", "process"])
def test_a_subtest_that_fails_is_told_and_not_forgotten(project, isolation):
    words = (*IMPACT, f"--impact-isolation={isolation}")
    project.write({"mod.py": "def f(number):\n    return number\n", "test_it.py": SUBTESTS})
    assert project.pytest(*words).code == 0
    project.write({"mod.py": "def f(number):\n    return number if number != 1 else 5\n"})
    plain = project.pytest("-p", "buildgraph.impact")
    assert plain.code == 1
    for _ in range(2):
        run = project.pytest(*words)
        assert run.code == 1 and run.outcomes == plain.outcomes, run.output
        assert run.output.count("SUBFAILED") == plain.output.count("SUBFAILED") > 0


def test_a_run_leaves_the_segment_of_another_one_that_goes_on(project):
    project.write({"test_it.py": "def test_it():\n    pass\n"})
    folder = str(project.root / ".buildgraph" / "impact")
    writer = store.Writer(folder, "other")
    writer.note("collected", "test_other.py", ["test_other.py::test_it"])
    writer.flush()
    assert project.pytest(*ALONE).code == 0
    writer.result("test_other.py::test_it", "passed", 1.0)
    segment = store.read(folder, writer.close())
    assert segment.collected.keys() == {"test_other.py"} and segment.results.keys() == {
        "test_other.py::test_it"
    }


def test_coverage_of_nothing_is_written(project):
    project.write({".coveragerc": "[run]\nbranch = true\nsource = .\n", "mod.py": "A = 1\n"})
    run = project.pytest(*ALONE, "--impact-coverage=told")
    assert "Error" not in run.output and run.code == pytest.ExitCode.NO_TESTS_COLLECTED, run.output
