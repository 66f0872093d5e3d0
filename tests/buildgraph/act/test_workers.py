"""The workers of a run: a request that the worker has not taken is for another one."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from buildgraph.act.processes import Children
from buildgraph.act.worker import Answer, Worker
from buildgraph.act.workers import Request
from buildgraph.errors import BuildError

ECHO = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "code": 0, "said": " ".join(request["words"])}), flush=True)
"""


@pytest.fixture
def children(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".buildgraph/logs").mkdir(parents=True)
    (tmp_path / "echo.py").write_text(ECHO)
    children = Children()
    yield children
    children.close()


def asked(*words: str) -> Request:
    return Request("python echo.py", [sys.executable, "echo.py"], {}, {}, words)


def test_a_worker_that_ends_between_two_looks_is_replaced(children, tmp_path, monkeypatch):
    ended = []

    def ask(worker, words, ask=Worker.ask):
        if not ended:
            worker.kill()
            worker.wait(20)
            ended.append(worker)
        return ask(worker, words)

    monkeypatch.setattr(Worker, "ask", ask)
    code, _ = children.workers().ask(asked("a", "b"), "log")
    assert (code, (tmp_path / "log").read_text()) == (0, "a b")
    assert ended[0].end is not None


def test_a_retired_worker_answers_what_it_was_asked(children, tmp_path):
    (tmp_path / "echo.py").write_text("import time\n" + ECHO.replace("print(", "time.sleep(0.2); print("))
    workers = children.workers()
    worker = workers._worker(asked())
    found = []
    thread = threading.Thread(target=lambda: found.append(worker.ask(["x"])))
    thread.start()
    while not worker._waiting:
        time.sleep(0.001)
    children.retire_workers()
    assert worker.ask(["z"]) is None, "it takes no more"
    code, _ = workers.ask(asked("y"), "log")
    assert (code, (tmp_path / "log").read_text()) == (0, "y")
    thread.join()
    assert found == [Answer(0, b"x")]
    assert worker.wait(20)


def test_all_that_was_used_is_given_back(children, tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    for i in range(5):
        workers = children.workers()
        assert workers.ask(asked(str(i)), "log")[0] == 0
        children.retire_workers()
    children.close()
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize("end", ["", "\\n"])
def test_a_line_without_end_is_not_kept_for_ever(children, tmp_path, monkeypatch, end):
    monkeypatch.setattr("buildgraph.act.worker.ANSWER_LIMIT_BYTES", 2 << 20)
    (tmp_path / "echo.py").write_text(
        f"import os, time\nos.write(1, b'x' * (3 << 20) + b'{end}')\ntime.sleep(60)"
    )
    with pytest.raises(BuildError) as caught:
        children.workers().ask(asked(), "log")
    assert str(caught.value) == (
        "the worker 'python echo.py' gave no answer: it wrote a line of more than 2 MB. It has said nothing."
    )


def test_many_threads_ask_while_workers_are_retired(children):
    """No request is lost between the worker that is retired and the next one."""
    workers, found = children.workers(), []

    def ask(number: int) -> None:
        for i in range(30):
            found.append(workers.ask(asked(f"{number} {i}"), f"log-{number}")[0])
            assert Path(f"log-{number}").read_text() == f"{number} {i}"

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        children.retire_workers()
        time.sleep(0.02)
    assert found == [0] * 240
