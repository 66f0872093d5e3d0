"""Runs over a small project: what is kept, where it means the same, what a killed run loses, and what is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from buildgraph.handed import asking
from buildgraph.impact import store
from buildgraph.impact.contexts import of_test

from .harness import IMPACT, PYTEST, REPOSITORY, Project

FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    ".coveragerc": "[run]\nbranch = true\nsource = app\n",
    "app/__init__.py": "",
    "app/sizes.py": "LIMIT = 3\n\n\ndef small(x):\n    if x < LIMIT:\n        return True\n    return False\n\n\ndef other(x):\n    return [\n        each\n        for each in x\n        if each\n    ]\n",
    "app/words.py": "def loud(text):\n    for letter in text:\n        if letter == '!':\n            return True\n    return False\n",
    "app/unused.py": "A = 1\n",
    "conftest.py": "import pytest\n\n\n@pytest.fixture(scope='session')\ndef three():\n    yield 3\n\n\n@pytest.fixture(scope='module')\ndef four():\n    return 4\n",
    "test_sizes.py": "import pytest\n\nfrom app.sizes import other, small\n\n\ndef test_small():\n    assert small(1)\n\n\n@pytest.mark.parametrize('x', [3, 4])\ndef test_large(x, three, four):\n    assert not small(x)\n\n\ndef test_other(four):\n    assert other([0, 1]) == [1]\n",
    "test_words.py": "from app.words import loud\n\n\ndef test_loud(three):\n    assert loud('a!')\n\n\ndef test_quiet():\n    assert not loud('a')\n",
}
COUNT = 6
CHANGED = FILES["app/words.py"].replace("== '!'", "in '!'")
SHIFTED = "# A comment.\n\n" + FILES["app/sizes.py"].replace("    if x", "    # Why.\n    if x")


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "project")
    made.write(FILES)
    return made


@pytest.mark.parametrize("path", ["app/sizes.py", "test_sizes.py"])
def test_an_edit_of_equal_size_and_time_runs_as_it_is(project, monkeypatch, path):
    """Python and pytest take bytecode for that of a source of the same size and second."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    project.pytest(*IMPACT)
    old = os.stat(project.root / path)
    text = FILES[path].replace("LIMIT = 3", "LIMIT = 9").replace("assert small(1)", "assert small(7)")
    assert len(text) == len(FILES[path]) and text != FILES[path]
    project.write({path: text})
    os.utime(project.root / path, ns=(old.st_atime_ns, old.st_mtime_ns))

    assert project.pytest(*IMPACT).code == 1
    assert project.pytest(*IMPACT).code == 1, "what failed is not held to have passed"


ENVIRONMENT = "import os\nimport subprocess\nimport sys\n\n\ndef test_it():\n    assert dict(os.environ)\n    subprocess.run([sys.executable, '-c', 'import os; dict(os.environ)'], check=True)\n"


@pytest.mark.parametrize("serves", [False, True])
def test_what_starts_a_run_puts_nothing_into_the_environment_that_counts(project, serves):
    """`doit` asks for the error of a command by a variable that has its own process number; `serve` says what was saved."""
    project.write({"test_environment.py": ENVIRONMENT})
    assert project.pytest(*IMPACT, environment=asking("/a")).counts == (COUNT + 1, 0)

    others = {"BUILDGRAPH_SERVE_WORKER": "2", "BUILDGRAPH_SERVE_SAVED": "a.py"} if serves else {}
    again = project.pytest(*IMPACT, environment={"BUILDGRAPH_ERROR": "1:/b", **others})

    assert again.counts == (0, COUNT + 1)
    assert project.pytest(*IMPACT, environment={"TRAP": "1"}).counts == (1, COUNT)


def traces(project) -> dict:
    """Return the facts of each test."""
    folder = str(project.root / ".buildgraph" / "impact")
    found = {}
    for name in store.names(folder):
        segment = store.read(folder, name)
        for nodeid in segment.results:
            found.setdefault(nodeid, segment.facts_of(segment.closure(of_test(nodeid))))
    return found


def coverage_of(project, name: str) -> dict:
    words = [sys.executable, "-m", "coverage", "json", "-q", f"--data-file={name}", "-o", f"{name}.json"]
    subprocess.run(words, cwd=project.root, check=True, env=project.environment())
    return json.loads((project.root / f"{name}.json").read_text())["files"]


def ask(project, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "buildgraph.impact", "--", *words], cwd=project.root, env=project.environment(), capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("isolation", ["test", "file", "process"])
def test_a_change_of_one_function_runs_its_tests_only(project, isolation):
    words = (*IMPACT, f"--impact-isolation={isolation}")
    assert project.pytest(*words).counts == (COUNT, 0)
    project.write({"app/sizes.py": FILES["app/sizes.py"].replace("    return False", "    return None")})
    run = project.pytest(*words)
    expected = {"test": 3, "file": 4, "process": 6}[
        isolation
    ]  # In one process, those after them might find what they left.
    assert run.counts == (expected, COUNT - expected)
    assert {"test_sizes.py::test_large[3]", "test_sizes.py::test_large[4]"} <= run.outcomes.keys()


def test_coverage_of_a_run_of_the_affected_is_that_of_a_full_run(project):
    words = (*IMPACT, "--impact-isolation=test")
    project.pytest(*words, "--impact-coverage=.coverage.first")
    project.write({"app/sizes.py": SHIFTED, "app/words.py": CHANGED})
    run = project.pytest(*words, "--impact-coverage=.coverage.part")
    assert run.counts == (2, COUNT - 2)
    project.pytest("-p", "buildgraph.impact", "--impact-all", "--impact-coverage=.coverage.all")
    full = coverage_of(project, ".coverage.all")
    assert coverage_of(project, ".coverage.part") == full
    assert full["app/sizes.py"]["missing_lines"] == [] and full["app/unused.py"]["executed_lines"] == []
    stock = [sys.executable, "-m", "coverage", "run", "--data-file=.coverage.stock", "-m", "pytest", "-q"]
    subprocess.run(stock, cwd=project.root, check=True, capture_output=True, env=project.environment())
    assert coverage_of(project, ".coverage.stock") == full


def test_the_gate_holds_when_nothing_runs_and_falls_with_the_tests(project):
    project.write({"app/unused.py": None})
    gate = [sys.executable, "-m", "coverage", "report", "--fail-under=100", "--data-file=.coverage.gate"]
    words = (*IMPACT, "--impact-coverage=.coverage.gate")
    for _ in range(2):
        run = project.pytest(*words)
        subprocess.run(gate, cwd=project.root, check=True, capture_output=True, env=project.environment())
    assert run.counts == (0, COUNT)
    project.write({"test_words.py": FILES["test_words.py"].split("def test_quiet")[0]})
    project.pytest(*words)
    done = subprocess.run(gate, cwd=project.root, capture_output=True, env=project.environment())
    assert done.returncode == 2


def test_two_workers_store_the_traces_of_one_process(project, tmp_path):
    words = (*IMPACT, "--impact-isolation=test", "-p", "xdist")
    other = Project(tmp_path / "other")
    other.write(FILES)
    assert project.pytest(*words).counts == (COUNT, 0)
    run = other.pytest(*words, "-n2")
    assert run.counts == (COUNT, 0), run.output
    assert traces(other) == traces(project)
    assert other.pytest(*words, "-n2").counts == (0, COUNT)
    other.write({"app/words.py": CHANGED})
    run = other.pytest(*words, "-n2", "--impact-coverage=.coverage.part")
    assert run.counts == (2, COUNT - 2), run.output
    assert coverage_of(other, ".coverage.part")["app/sizes.py"]["missing_lines"] == []


def test_a_store_means_the_same_in_another_checkout(project, tmp_path):
    project.pytest(*IMPACT)
    other = Project(tmp_path / "elsewhere" / "checkout")
    other.write(FILES)
    shutil.copytree(project.root / ".buildgraph", other.root / ".buildgraph")
    assert other.pytest(*IMPACT).counts == (0, COUNT)


def test_a_killed_run_loses_the_tests_that_were_running(project):
    slow = "import time\n\n\ndef test_slow(three):\n    open('begun', 'w').close()\n    time.sleep(60)\n"
    project.write({"test_zz.py": slow})
    words = [*PYTEST, "-p", "tests.buildgraph.impact.outcomes", *IMPACT]
    with subprocess.Popen(
        words, cwd=project.root, env=project.environment(), stdout=subprocess.DEVNULL, start_new_session=True
    ) as running:
        while not (project.root / "begun").exists():
            assert running.poll() is None
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
    (project.root / "begun").unlink()
    run = project.pytest(*IMPACT, "--deselect=test_zz.py")
    assert run.counts == (0, COUNT), run.output


def test_why_names_the_fact_that_changed(project):
    def why(nodeid: str) -> str:
        return project.pytest("-p", "buildgraph.impact", f"--impact-why={nodeid}").output.strip()

    quiet = "test_words.py::test_quiet"
    assert why(quiet) == f"{quiet} runs: no run of it is known."
    project.pytest(*IMPACT)
    assert why(quiet).startswith(f"{quiet} is not run: it passed, and all its ")
    project.write({"app/words.py": CHANGED})
    assert why(quiet) == f"{quiet} runs: 'loud' in 'app/words.py' changed."


def test_what_failed_runs_first_and_again_until_it_passes(project):
    project.write({"app/words.py": FILES["app/words.py"].replace("return True", "return False")})
    assert project.pytest(*IMPACT).code == 1
    run = project.pytest(*IMPACT)
    assert run.counts == (1, COUNT - 1) and list(run.outcomes) == ["test_words.py::test_loud"]
    project.write(
        {
            "app/words.py": FILES["app/words.py"].replace("text:", "text + 'x':"),
            "app/sizes.py": FILES["app/sizes.py"].replace("True", "1"),
        }
    )
    outcomes = list(project.pytest(*IMPACT).outcomes)
    assert outcomes[0] == "test_words.py::test_loud" and set(outcomes[1:]) == {
        "test_sizes.py::test_small", "test_sizes.py::test_large[3]", "test_sizes.py::test_large[4]", "test_words.py::test_quiet",
    }  # fmt: skip


def test_a_test_whose_result_changes_with_no_fact_is_named(project):
    project.write(
        {
            "test_flaky.py": f"import ctypes\n\n\ndef test_it():\n    assert ctypes.CDLL(None).access({str(project.root / 'there').encode()!r}, 0) == 0\n"
        }
    )
    assert project.pytest(*IMPACT).code == 1
    (project.root / "there").touch()
    run = project.pytest(*IMPACT)
    assert run.code == 0
    sentence = "'test_flaky.py::test_it' is flaky: its result changed, and no fact did (failed before, then passed, and passed when it ran alone)"
    assert f"impact: {sentence}\n" in run.output
    assert flaky(project) == sentence + "\n"


def flaky(project) -> str:
    words = [sys.executable, "-m", "buildgraph.impact", "--flaky"]
    return subprocess.run(
        words, cwd=project.root, env=project.environment(), capture_output=True, text=True
    ).stdout


def test_no_test_is_flaky_whose_facts_changed(project):
    project.pytest(*IMPACT)
    project.write({"app/words.py": FILES["app/words.py"].replace("return True", "return False")})
    assert project.pytest(*IMPACT).code == 1
    assert flaky(project) == "none is flaky\n"


def test_what_is_nearest_to_a_change_runs_first_then_what_is_fastest(project):
    slow = "import time\n\nfrom app.far import f\n\n\ndef test_it():\n    time.sleep(0.3)\n    assert f()\n"
    far = {
        "app/far.py": "from app.words import loud\n\n\ndef f():\n    return 1\n",
        "test_a_slow.py": slow,
        "test_b_fast.py": "from app.far import f\n\n\ndef test_it():\n    assert f()\n",
    }
    project.write(far)
    project.pytest(*IMPACT)
    project.write({"app/words.py": "FOUND = dict(a=1)\n" + CHANGED})
    assert list(project.pytest(*IMPACT).outcomes) == [
        "test_words.py::test_loud",
        "test_words.py::test_quiet",
        "test_b_fast.py::test_it",
        "test_a_slow.py::test_it",
    ]


def test_an_audit_names_the_results_that_were_wrong_and_what_their_traces_lacked(project):
    hidden = str(project.root / "there").encode()
    text = f"import ctypes\nimport os\n\n\ndef test_it():\n    assert ctypes.CDLL(None).access({hidden!r}, 0) or not os.listdir('app')\n"
    project.write({"test_hidden.py": text})
    assert project.pytest(*IMPACT).code == 0
    assert project.pytest(*IMPACT, "--impact-audit").counts == (COUNT + 1, 0)
    (project.root / "there").touch()
    assert project.pytest(*IMPACT).counts == (0, COUNT + 1)
    run = project.pytest("-p", "buildgraph.impact", "--impact-audit")
    assert run.code == 1
    expected = "impact: 'test_hidden.py::test_it' would have counted as passed, and failed: its trace lacked listing 'app'\n"
    assert expected in run.output


def test_coverage_of_what_is_added_and_read_by_nobody_is_that_of_a_full_run(project):
    words = (*IMPACT, "--impact-isolation=test")
    project.pytest(*words)
    sizes = FILES["app/sizes.py"].replace(
        "LIMIT = 3\n",
        "NEW = {\n    'a': 1,\n}\nLIMIT = 3\n\n\nclass A:\n    size = 1\n\n    def f(self):\n        return 1\n\n\ndef new(x=1):\n    return x\n",
    )
    project.write({"app/sizes.py": sizes, "app/unused.py": "A = 1\nB = 1\n"})
    run = project.pytest(*words, "--impact-coverage=.coverage.part")
    assert run.counts == (1, COUNT - 1), run.output
    project.pytest("-p", "buildgraph.impact", "--impact-all", "--impact-coverage=.coverage.all")
    assert coverage_of(project, ".coverage.part") == coverage_of(project, ".coverage.all")
    assert project.pytest(*words).counts == (0, COUNT)
    project.write({"app/sizes.py": FILES["app/sizes.py"]})
    assert project.pytest(*words).counts == (0, COUNT)


def test_a_failing_finalizer_is_not_forgotten(project):
    project.write(
        {
            "test_end.py": "import pytest\n\n\n@pytest.fixture(scope='module')\ndef it():\n    yield\n    assert not 1\n\n\ndef test_it(it):\n    pass\n"
        }
    )
    assert project.pytest(*IMPACT).code == 1
    assert project.pytest(*IMPACT).counts == (1, COUNT)


def test_a_crash_is_a_failure_that_says_how(project):
    project.write({"test_crash.py": "import os\n\n\ndef test_it():\n    os.kill(os.getpid(), 9)\n"})
    run = project.pytest(*IMPACT)
    assert run.code == 1 and "the process of 'test_crash.py::test_it' ended with signal 9." in run.output
    assert run.counts == (COUNT + 1, 0)


def test_nothing_is_affected_is_known_without_pytest(project):
    assert (
        ask(project, "-q").stdout
        == "run pytest: no run with these arguments has passed since the last change\n"
    )
    words = ("-q", "-p", "no:cacheprovider", "-p", "tests.buildgraph.impact.outcomes")
    project.pytest(*IMPACT)
    assert (ask(project, *words).returncode, ask(project, *words).stdout) == (
        0,
        f"nothing is affected: {COUNT} results hold\n",
    )
    project.write({"app/sizes.py": SHIFTED})
    assert ask(project, *words).stdout == f"nothing is affected: {COUNT} results hold\n"
    project.write({"app/words.py": CHANGED})
    assert ask(project, *words).stdout == f"affected: 2 of {COUNT} tests\n"
    project.write({"app/words.py": FILES["app/words.py"], "test_new.py": "def test_new():\n    pass\n"})
    done = ask(project, *words)
    assert (done.returncode, done.stdout) == (1, "run pytest: what is collected may have changed\n")
    assert project.pytest(*IMPACT).counts == (1, COUNT)


def test_asking_imports_no_pytest(project):
    code = "import sys\nfrom buildgraph.impact.__main__ import main\nmain([])\nsys.exit(bool({'pytest', '_pytest', 'coverage'} & set(sys.modules)))"
    project.pytest(*IMPACT)
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env=project.environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


ASKED = """
import os
asked = []
def hear(name, original):
    def heard(*arguments, **options):
        asked.append(name)
        return original(*arguments, **options)
    return heard
for name in ("getpid", "getcwd", "lstat", "stat"):
    setattr(os, name, hear(name, getattr(os, name)))
open("conftest.py").close()
os.listdir(".")
os.scandir(".").close()
os.access("conftest.py", os.R_OK)

class Noted(type(os.environ)):
    def __getitem__(self, name):
        asked.append(name)
        return super().__getitem__(name)

before = os.environ
os.environ = Noted(before._data, before.encodekey, before.decodekey, before.encodevalue, before.decodevalue)
"NAME" in os.environ
os.environ = before

told = [*asked]
import subprocess, sys
def frames(event, arguments):
    frame = sys._getframe() if event == "subprocess.Popen" else None
    while frame:
        if "sitecustomize" in frame.f_code.co_filename:
            told.append("a frame")
        frame = frame.f_back
sys.addaudithook(frames)
subprocess.run([sys.executable, "-c", ""])
print(told)
"""
STARTING = """
import subprocess
import sys


def test_it():
    assert subprocess.check_output([sys.executable, "-c", CODE], text=True) == "['NAME']\\n"
"""


def test_a_process_that_hears_what_is_asked_hears_nothing_of_the_recorder(project):
    project.write({"conftest.py": "", "test_asked.py": STARTING.replace("CODE", repr(ASKED))})
    assert project.pytest(*IMPACT, "test_asked.py").code == 0


def test_two_measurements_at_once_are_refused(project):
    run = project.pytest(*IMPACT, "-p", "pytest_cov", "--cov=app")
    assert run.code == 4
    assert (
        "--impact measures coverage itself: leave out '--cov' and say '--impact-coverage=FILE'." in run.output
    )


def test_the_plugin_does_nothing_unless_it_is_asked(project):
    assert project.pytest("-p", "buildgraph.impact").code == 0
    assert not (project.root / ".buildgraph").exists()
    assert REPOSITORY.is_dir()


SEEDED = """
import random

def pytest_addoption(parser):
    parser.addoption("--randomly-seed", dest="randomly_seed", default="default")

def pytest_configure(config):
    if hasattr(config, "workerinput"):
        config.option.randomly_seed = config.workerinput["randomly_seed"]
    elif config.option.randomly_seed == "default":
        config.option.randomly_seed = random.Random().getrandbits(32)

def pytest_configure_node(node):
    node.workerinput["randomly_seed"] = node.config.option.randomly_seed
"""


def test_a_seed_that_is_drawn_anew_affects_nothing_and_one_that_is_given_all(project):
    project.write({"seeded.py": SEEDED, "conftest.py": FILES["conftest.py"]})
    words = (*IMPACT, "--impact-isolation=test", "-p", "xdist", "-p", "seeded")
    project.pytest(*words)

    assert project.pytest(*words).counts == (0, COUNT)
    assert project.pytest(*words, "-n2").counts == (0, COUNT)
    assert project.pytest(*words, "-n2", "--randomly-seed=7").counts == (COUNT, 0)
    assert project.pytest(*words, "--randomly-seed=7").counts == (0, COUNT)
    assert project.pytest(*words, "--randomly-seed=8").counts == (COUNT, 0)


DRAWN = """\
from hypothesis import given, settings, strategies

import app.words

@settings(derandomize=True, max_examples=500, database=None)
@given(strategies.integers(1_000_000, 9_999_999))
def test_it(number):
    assert number != 7_654_321
"""


def test_what_hypothesis_reads_of_every_module_affects_its_own_tests_only(project):
    """It draws the constants that it finds in the modules that are loaded, also those in functions that no test runs."""
    unused = FILES["app/words.py"] + "\n\ndef unused():\n    return 1_234_567\n"
    project.write({"test_drawn.py": DRAWN, "app/words.py": unused})
    words = (*IMPACT, "--impact-isolation=test", "-p", "_hypothesis_pytestplugin")
    assert project.pytest(*words).counts == (COUNT + 1, 0)
    assert project.pytest(*words).counts == (0, COUNT + 1)

    project.write(
        {
            "app/words.py": unused.replace(
                "return 1_234_567", "# Why.\n    answer = 1_234_567\n    return answer"
            )
        }
    )
    assert project.pytest(*words).counts == (0, COUNT + 1)
    project.write({"app/words.py": unused.replace("1_234_567", "7_654_321")})
    full = project.pytest("-p", "_hypothesis_pytestplugin")
    assert full.outcomes["test_drawn.py::test_it"] == "failed"

    run = project.pytest(*words)

    assert run.counts == (1, COUNT)
    assert run.outcomes == {"test_drawn.py::test_it": "failed"}


@pytest.mark.parametrize(
    ("path", "settings"),
    [("app.py", "source = app"), ("src/app/__init__.py", "source_pkgs = app"), ("src/app/__init__.py", "source = src")],
)  # fmt: skip
def test_sources_are_folders_packages_or_modules_as_coverage_has_them(tmp_path, path, settings):
    project = Project(tmp_path / "project")
    files = {
        "pytest.ini": "[pytest]\npythonpath = . src\n",
        ".coveragerc": f"[run]\nbranch = true\n{settings}\n",
        path: "def used():\n    return 1\n\n\ndef unused():\n    return 2\n",
        "test_app.py": "import app\n\n\ndef test_used():\n    assert app.used()\n",
    }
    project.write(files)
    words = [sys.executable, "-m", "coverage", "run", "--data-file=.coverage.theirs", "-m", "pytest", "-q"]

    project.pytest(*IMPACT, "--impact-coverage=.coverage.ours")
    subprocess.run(words, cwd=project.root, check=True, env=project.environment(), capture_output=True)

    ours, theirs = coverage_of(project, ".coverage.ours"), coverage_of(project, ".coverage.theirs")
    assert list(ours) == [path]
    assert {name: ours[path][name] for name in ("executed_lines", "missing_lines")} == {
        name: theirs[path][name] for name in ("executed_lines", "missing_lines")
    }


def test_a_configuration_of_coverage_that_cannot_be_read_is_one_sentence(project):
    project.write({".coveragerc": "[run]\nbranch = maybe\n"})

    run = project.pytest(*IMPACT, "--impact-coverage=.coverage.ours")

    assert "ERROR: the configuration of coverage.py is refused: " in run.output
    assert "Traceback" not in run.output


def test_a_bug_that_tests_share_is_shown_once_with_the_projects_own_frames(project):
    project.write(
        {
            "lib/site-packages/frame.py": "def call(work):\n    return call_again(work)\n\n\ndef call_again(work):\n    return work()\n",
            "app/view.py": "def view():\n    return 1 / 0\n",
            "test_view.py": "import frame\n\nfrom app.view import view\n\n\ndef test_one():\n    frame.call(view)\n\n\ndef test_two():\n    frame.call(view)\n",
        }
    )
    said = project.pytest(*IMPACT, "test_view.py").output
    assert said.count("app/view.py:2: ZeroDivisionError") == 1
    assert "frame.py" not in said
    assert "The same failure in ---" in said
    assert said.count("test_view.py::test_two") == 2, "in the list of what shares it, and in the summary"
    assert "2 failed" in said

    whole = project.pytest(*IMPACT, "--tb=long", "test_view.py").output
    assert "frame.py:6: " in whole, "who asks for more gets it"


def test_failures_in_the_tests_themselves_are_each_shown(project):
    project.write(
        {
            "test_view.py": "import pytest\n\n\n@pytest.mark.parametrize('x', [1, 1])\ndef test(x):\n    assert x == 2\n"
        }
    )
    said = project.pytest(*IMPACT, "test_view.py").output
    assert said.count("test_view.py:6: AssertionError") == 2


def test_a_test_that_skips_itself_is_summed_up_with_its_reason(tmp_path):
    made = Project(tmp_path / "project")
    made.write({"test_skip.py": "import pytest\n\n\ndef test_it():\n    pytest.skip('no such program')\n"})

    run = made.pytest(*IMPACT, "--impact-isolation=test", "-rs")

    assert run.code == 0, run.output
    assert "SKIPPED [1] test_skip.py:5: no such program" in run.output
