"""Each defect that the engine closes, shown on stock doit: these tests fail if doit is ever cured of one.

The counterpart of each, whose name begins alike, is in `test_soundness.py` or in `tests/process`; the last test looks.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

PLAIN = """
import os, pathlib, time
DOIT_CONFIG = {"backend": "json", "dep_file": "state.json", "verbosity": 2}
def up(dependencies, targets):
    print("RUN up")
    pathlib.Path("b").write_text(pathlib.Path("a").read_text().upper())
def task_up():
    return {"actions": [up], "file_dep": ["a"], "targets": ["b"]}
"""


class Stock:
    """A folder in which stock doit runs."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        self.environ.pop("PYTHONPATH", None)

    def dodo(self, text: str) -> None:
        (self.folder / "dodo.py").write_text(text)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)

    def command(self, *argv: str) -> list[str]:
        return [sys.executable, "-m", "doit", *argv]

    def run(self, *argv: str, **environ: str) -> subprocess.CompletedProcess:
        options = {
            "cwd": self.folder,
            "env": {**self.environ, **environ},
            "capture_output": True,
            "text": True,
        }
        return subprocess.run(self.command(*argv), **options)

    def start(self, *argv: str, **environ: str) -> subprocess.Popen:
        options = {"cwd": self.folder, "env": {**self.environ, **environ}, "stdout": subprocess.DEVNULL}
        return subprocess.Popen(self.command(*argv), **options)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()

    def wait_for(self, path: str) -> str:
        """Wait until a file has a text, and return it."""
        deadline = time.monotonic() + 20
        while not (self.folder / path).exists() or not self.read(path):
            assert time.monotonic() < deadline, path
            time.sleep(0.01)
        return self.read(path)

    def has_run(self, *argv: str, **environ: str) -> bool:
        run = self.run(*argv, **environ)
        assert run.returncode == 0, run.stderr
        return "RUN" in run.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Stock:
    stock = Stock(tmp_path_factory.mktemp("built"))
    stock.dodo(PLAIN)
    stock.write("a", "hello")
    assert stock.has_run()
    assert not stock.has_run()
    return stock


@pytest.fixture
def stock(built, tmp_path) -> Stock:
    """A copy of a folder in which all is up to date."""
    shutil.copytree(built.folder, tmp_path, dirs_exist_ok=True)
    return Stock(tmp_path)


def test_changed_action_is_missed(stock):
    stock.dodo(PLAIN.replace("upper", "lower"))
    assert not stock.has_run()


def test_edited_output_is_missed(stock):
    stock.write("b", "mine")
    assert not stock.has_run()


def test_truncated_output_is_missed(stock):
    stock.write("b", "")
    assert not stock.has_run()


def test_changed_environment_variable_is_missed(stock):
    stock.dodo(PLAIN.replace(".upper()", ".upper() + os.environ['FLAVOUR']"))
    stock.write("a", "again")
    assert stock.has_run(FLAVOUR="sweet")
    assert not stock.has_run(FLAVOUR="sour")
    assert stock.read("b") == "AGAINsweet"


def test_edit_that_keeps_the_modification_time_is_missed(stock):
    before = os.stat(stock.folder / "a")
    stock.write("a", "jello")
    os.utime(stock.folder / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not stock.has_run()


def test_input_that_changes_while_its_task_runs_is_recorded(stock):
    text = "pathlib.Path('b').write_text(pathlib.Path('a').read_text().upper())"
    stock.dodo(PLAIN.replace(text, text + "; pathlib.Path('a').write_text('later')"))
    stock.write("a", "now")
    assert stock.has_run()
    assert (stock.folder / "b").read_text() == "NOW"
    assert not stock.has_run()


def test_failed_action_leaves_a_half_written_output(stock):
    stock.dodo(PLAIN.replace('pathlib.Path("b").write_text(', 'pathlib.Path("b").write_text("ha"); 1 / 0; ('))
    stock.write("a", "again")
    assert stock.run().returncode != 0
    assert (stock.folder / "b").read_text() == "ha"


def test_removed_task_leaves_its_output(stock):
    stock.dodo("def task_other(): return {'actions': None}")
    stock.run()
    assert (stock.folder / "b").exists()


def test_different_spellings_are_two_files(stock):
    stock.dodo(
        PLAIN + "def task_a_first(): return {'actions': ['test -e b && echo RUN'], 'file_dep': ['./b']}\n"
    )
    (stock.folder / "b").unlink()
    assert "./b" in stock.run("a_first").stdout


def test_folder_as_dependency_is_a_traceback(stock):
    stock.dodo("def task_t(): return {'actions': ['echo RUN'], 'file_dep': ['d']}")
    (stock.folder / "d").mkdir()
    assert "Traceback" in stock.run().stderr


@pytest.mark.parametrize("words", [("run",), ("list",), ("info", "up"), ("clean",), ("forget",)])
def test_truncated_state_is_a_traceback(stock, words):
    os.truncate(stock.folder / "state.json", 20)
    run = stock.run(*words)
    assert run.returncode != 0
    assert "Traceback" in run.stderr


BLOCKED = (
    PLAIN
    + """
def wait(begun, go):
    pathlib.Path(begun).write_text(str(os.getpid()))
    for _ in range(2000):
        if os.path.exists(go):
            break
        time.sleep(0.01)
    pathlib.Path(begun + "-went").write_text("on")
"""
)


def test_signal_forgets_what_is_finished(stock):
    stock.dodo(BLOCKED + "def task_z(): return {'actions': [(wait, ['begun', 'go'])], 'task_dep': ['up']}")
    stock.write("a", "again")
    process = stock.start()
    stock.wait_for("begun")
    process.terminate()
    process.wait()
    assert stock.read("b") == "AGAIN"
    assert stock.has_run("up")


def test_signal_leaves_parallel_workers_alive(stock):
    stock.dodo(
        BLOCKED + "def task_z():\n    for i in '01':\n"
        "        yield {'name': i, 'actions': [(wait, [i, 'go'])]}\n"
    )
    process = stock.start("-n2", "z")
    workers = [int(stock.wait_for(name)) for name in "01"]
    process.terminate()
    process.wait()
    try:
        stock.write("go", "")
        for name in "01":
            assert stock.wait_for(f"{name}-went") == "on"
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)  # They wait for more work, in vain.


@pytest.mark.parametrize("backend", ["json", "sqlite3"])
def test_kill_9_and_a_reverted_edit_are_called_up_to_date_and_are_wrong(stock, backend):
    blocked = BLOCKED + "def task_z(): return {'actions': [(wait, ['begun', 'go'])], 'task_dep': ['up']}"
    stock.dodo(blocked.replace("json", backend).replace("state.", "other-state."))
    assert stock.has_run("up")
    assert not stock.has_run("up")
    stock.write("a", "other")
    process = stock.start()
    stock.wait_for("begun")
    process.kill()
    process.wait()
    stock.write("a", "hello")
    assert not stock.has_run("up")
    assert stock.read("b") == "OTHER"


def test_concurrent_runs_run_the_same_task_twice(stock):
    stock.dodo(BLOCKED + "def task_t(): return {'actions': [(wait, [os.environ['BEGUN'], 'go'])]}")
    runs = [stock.start("t", BEGUN=name) for name in "01"]
    for name in "01":
        stock.wait_for(name)
    stock.write("go", "")
    assert [run.wait() for run in runs] == [0, 0]


def test_concurrent_runs_lose_results(stock):
    stock.dodo(
        BLOCKED + "def task_z():\n    for i in '01':\n"
        "        yield {'name': i, 'actions': ['echo RUN', (wait, [i, 'go' + i])], 'file_dep': ['a']}\n"
    )
    runs = [stock.start(f"z:{name}") for name in "01"]
    for name in "01":
        stock.wait_for(name)
    for name, run in zip("01", runs, strict=True):
        stock.write("go" + name, "")
        assert run.wait() == 0
    assert not stock.has_run("z:1")
    assert stock.has_run("z:0")


def test_unknown_configuration_key_is_ignored(stock):
    stock.dodo(PLAIN.replace('"verbosity"', '"verbostity": 1, "verbosity"'))
    assert stock.run().returncode == 0


def test_touched_input_is_hashed_again_at_every_run(stock):
    count = "import doit.dependency as d; real = d.get_file_md5\n"
    count += "d.get_file_md5 = lambda path: (print('HASHED'), real(path))[1]\n"
    stock.dodo(count + PLAIN)
    os.utime(stock.folder / "a", (1, 1))
    for _ in range(3):
        assert "HASHED" in stock.run().stdout


def test_one_aggregate_over_many_outputs_is_quadratic(counting):
    from doit.control import TaskControl
    from doit.task import Task

    def compared(count: int) -> int:
        counting.compared = 0
        targets = {str(number): counting(f"t:{number}") for number in range(count)}
        TaskControl.add_implicit_task_dep(targets, Task("all", None), list(targets))
        return counting.compared

    assert compared(400) > 3.5 * compared(200) > 0


def test_every_defect_has_a_counterpart():
    """A name is its subject, a verb and what stock doit does; the counterpart's has the subject."""
    here = pathlib.Path(__file__)
    names = re.compile(r"^def (test_\w+)", re.MULTILINE)
    files = [here.with_name("test_soundness.py"), *here.parents[1].glob("process/test_*.py")]
    counterparts = [name for file in files for name in names.findall(file.read_text())]
    for name in names.findall(here.read_text())[:-1]:
        subject = re.split("_(?:is|are|leaves|forgets|run|lose)_", name)[0]
        assert any(other.startswith(subject + "_") for other in counterparts), name
