"""Each defect that the engine closes, shown on stock doit: these tests fail if doit is ever cured of one.

The counterpart of each, with the same name, is in `test_soundness.py` or in `tests/process`.
"""

from __future__ import annotations

import os
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

    def has_run(self, *argv: str, **environ: str) -> bool:
        return "RUN" in self.run(*argv, **environ).stdout


@pytest.fixture
def stock(tmp_path) -> Stock:
    stock = Stock(tmp_path)
    stock.dodo(PLAIN)
    stock.write("a", "hello")
    assert stock.has_run()
    assert not stock.has_run()
    return stock


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
    assert not stock.has_run(FLAVOUR="sour")


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


def test_truncated_state_is_a_traceback(stock):
    os.truncate(stock.folder / "state.json", 20)
    run = stock.run("list")
    assert run.returncode != 0
    assert "Traceback" in run.stderr or "Error" in run.stderr


def test_sigterm_forgets_what_is_finished(stock):
    slow = "def task_z(): return {'actions': ['touch begun', 'sleep 60'], 'task_dep': ['up']}\n"
    stock.dodo(PLAIN + slow)
    stock.write("a", "again")
    process = subprocess.Popen(
        stock.command(), cwd=stock.folder, env=stock.environ, stdout=subprocess.DEVNULL, process_group=0
    )
    deadline = time.monotonic() + 20
    while not (stock.folder / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.terminate()
    process.wait()
    os.killpg(process.pid, signal.SIGKILL)
    assert stock.has_run("up")


def test_two_runs_at_once_run_the_same_task_twice(stock):
    stock.dodo("def task_t(): return {'actions': ['echo RUN >> log; sleep 0.7'], 'file_dep': ['a']}")
    options = {"cwd": stock.folder, "env": stock.environ, "stdout": subprocess.DEVNULL}
    runs = [subprocess.Popen(stock.command(), **options) for _ in range(2)]
    for run in runs:
        run.wait()
    assert (stock.folder / "log").read_text() == "RUN\nRUN\n"


def test_unknown_configuration_key_is_ignored(stock):
    stock.dodo(PLAIN.replace('"verbosity"', '"verbostity": 1, "verbosity"'))
    assert stock.run().returncode == 0


def test_sigterm_leaves_parallel_workers_alive(stock):
    stock.dodo(
        "def task_z():\n    for i in range(4):\n"
        "        yield {'name': str(i), 'actions': ['touch begun; sleep 2']}\n"
    )
    options = {"cwd": stock.folder, "env": stock.environ, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(stock.command("-n2"), **options, process_group=0)
    deadline = time.monotonic() + 20
    while not (stock.folder / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.terminate()
    process.wait()
    os.killpg(process.pid, 0)  # Raises if nothing of the run were left.
    os.killpg(process.pid, signal.SIGKILL)


def test_touched_input_is_hashed_again_at_every_run(stock):
    count = "import doit.dependency as d; real = d.get_file_md5\n"
    count += "d.get_file_md5 = lambda path: (print('HASHED'), real(path))[1]\n"
    stock.dodo(count + PLAIN)
    os.utime(stock.folder / "a", (1, 1))
    for _ in range(3):
        assert "HASHED" in stock.run().stdout


def test_one_aggregate_over_many_outputs_is_quadratic():
    from doit.control import TaskControl
    from doit.task import Task

    class Name(str):
        __hash__ = str.__hash__
        compared = 0

        def __eq__(self, other):
            Name.compared += 1
            return str.__eq__(self, other)

    def compared(count: int) -> int:
        Name.compared = 0
        targets = {str(number): Name(f"t:{number}") for number in range(count)}
        TaskControl.add_implicit_task_dep(targets, Task("all", None), list(targets))
        return Name.compared

    assert compared(400) > 3.5 * compared(200) > 0
