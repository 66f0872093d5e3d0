"""Signals end a run and everything that it started; a second run waits for the first."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys

import pytest
from processes import is_alive, wait_for

from buildgraph.record.lock import Lock

SLOW = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen(["sleep", "60"])
pathlib.Path("pids").write_text(f"{os.getpid()} {child.pid}")
time.sleep(60)
"""
DODO = """
def task_quick():
    return rule(inputs=["a"], outputs=["b"], command=["python", "-c", "open('b', 'w').write('b')"])
def task_slow():
    return rule(inputs=["b"], outputs=["c"], command=["python", "slow.py"])
"""


def pids_of(checkout) -> list[int]:
    wait_for(lambda: checkout.exists("pids") and len(checkout.read("pids").split()) == 2)
    return [int(word) for word in checkout.read("pids").split()]


@pytest.fixture
def running(checkout):
    checkout.dodo(DODO)
    checkout.write("a", "1")
    checkout.write("slow.py", SLOW)
    checkout.start("-n2")
    yield checkout, pids_of(checkout)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_all_processes_and_keeps_what_is_finished(running, number):
    checkout, pids = running
    os.kill(checkout.last[0], number)
    run = checkout.wait()
    assert run.code == 130
    assert "interrupted" in run.text
    assert not any(is_alive(pid) for pid in pids)
    checkout.write("slow.py", "open('c', 'w').write('c')")
    assert checkout.build() == ["slow"]


WAITING = """
import os, pathlib, time
pathlib.Path("pids").write_text(f"{os.getpid()} {os.getppid()}")
while not os.path.exists("go"):
    time.sleep(0.005)
pathlib.Path("went").write_text("on")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("is_foreground", [False, True])
def test_signal_that_was_ignored_at_the_start_stays_ignored(checkout, number, is_foreground):
    ignoring = f"import signal; signal.signal({int(number)}, signal.SIG_IGN)\n"
    checkout.dodo(
        ignoring + f"def task_t(): return check(command=['python', 'waiting.py'], foreground={is_foreground})"
    )
    checkout.write("waiting.py", WAITING)
    checkout.start()
    command, _ = pids_of(checkout)
    os.kill(checkout.last[0], number)
    os.kill(command, number)
    checkout.write("go", "")
    run = checkout.wait()
    assert run.code == 0, run
    assert checkout.read("went") == "on"


def test_kill_9_leaves_no_process_and_forgets_only_what_was_running(running):
    checkout, pids = running
    checkout.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    checkout.write("slow.py", "open('c', 'w').write('c')")
    assert checkout.build("--no-wait") == ["slow"]


def test_kill_9_and_a_reverted_edit_make_what_a_clean_build_makes(checkout):
    text = DODO.replace("open('b', 'w').write('b')", "open('b', 'w').write(open('a').read().upper())")
    checkout.dodo(text)
    checkout.write("a", "hello")
    checkout.write("slow.py", "open('c', 'w').write('c')")
    checkout.build()
    checkout.write("slow.py", SLOW)
    checkout.write("a", "other")
    checkout.start()
    pids_of(checkout)
    assert checkout.read("b") == "OTHER"
    checkout.kill()
    checkout.write("a", "hello")
    assert checkout.build("quick") == ["quick"]
    assert checkout.read("b") == "HELLO"


def test_command_that_ignores_sigterm_is_killed(checkout, monkeypatch):
    checkout.dodo(DODO)
    checkout.write("a", "1")
    checkout.write("slow.py", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLOW)
    checkout.start()
    pids = pids_of(checkout)
    os.kill(checkout.last[0], signal.SIGTERM)
    assert checkout.wait().code == 130
    assert not any(is_alive(pid) for pid in pids)


def test_second_run_says_who_holds_the_checkout_and_waits(running):
    checkout, _ = running
    first, second = checkout.last, None
    checkout.write("slow.py", "open('c', 'w').write('c')")
    run = checkout.run("--no-wait")
    assert run.code == 1
    assert f"another run holds this checkout: 'doit', process {first[0]}, since" in run.text
    assert "Wait for it, or run without --no-wait." in run.text
    checkout.start()
    second = checkout.last
    wait_for(lambda: "waiting for another run" in second[1].read_text())
    os.kill(first[0], signal.SIGTERM)
    checkout.last = first
    checkout.wait()
    checkout.last = second
    assert checkout.wait().code == 0


ROOT = pathlib.Path(__file__).parents[2]
NESTED = """
import os, subprocess, sys, time
BUILD = "import os, subprocess, sys\\n" \\
    "code = subprocess.call([sys.executable, '-m', 'buildgraph', 'inner'], stderr=open('said', 'w'))\\n" \\
    "open('code.part', 'w').write(str(code)); os.rename('code.part', 'code')"
ORPHANED = "import subprocess, sys; subprocess.Popen([sys.executable, *sys.argv[1:]])"
subprocess.call([sys.executable, *(["-c", ORPHANED] if sys.argv[1] == "orphaned" else []), "-c", BUILD])
while not os.path.exists("code"):
    time.sleep(0.005)
"""
OUTER = f"""
def task_outer():
    return check(command=["python", "nested.py", "KIND"], environment={{"PYTHONPATH": {os.fspath(ROOT)!r}}}, foreground=FRONT)
def task_inner():
    return rule(outputs=["b"], command=["python", "-c", "open('b', 'w').write('b')"])
"""


@pytest.mark.parametrize(
    ("kind", "started_by"),
    [("child", "nested.py child"), ("orphaned", "-c import os, subprocess, sys code = subprocess.call(")],
)
def test_build_started_by_a_command_of_the_same_checkout_ends_and_names_that_command(
    checkout, kind, started_by
):
    checkout.dodo(OUTER.replace("KIND", kind).replace("FRONT", "False"))
    checkout.write("nested.py", NESTED)
    checkout.start("outer")
    try:
        wait_for(lambda: checkout.exists("code"))
    finally:
        os.kill(checkout.last[0], signal.SIGTERM) if not checkout.exists("code") else None
        run = checkout.wait()
    assert run.code == 0, run
    assert checkout.read("code") == "1"
    said = checkout.read("said")
    command = f"{sys.executable} {started_by}"
    assert said.startswith(f"error: this build was started by '{command[:79]}")
    assert f"', a command of 'outer' in the run 'doit outer', process {checkout.last[0]}, since " in said
    assert said.endswith(". It would wait for itself: let the command's task come after what it needs.\n")
    assert not checkout.exists("b")


def test_command_in_the_foreground_may_build_in_the_same_checkout(checkout):
    checkout.dodo(OUTER.replace("KIND", "child").replace("FRONT", "True"))
    checkout.write("nested.py", NESTED)
    run = checkout.run("outer")
    assert run.code == 0, run
    assert (checkout.read("code"), checkout.read("said"), checkout.read("b")) == ("0", "", "b")


def test_released_lock_names_nobody(tmp_path):
    """Otherwise its last holder would be taken for the next one, which has not signed yet."""
    lock = Lock(os.fspath(tmp_path / "lock"))
    lock.acquire("doit", False, print)
    assert lock.holder().startswith(f"'doit', process {os.getpid()}, since ")
    lock.release()
    assert lock.holder() == "one that is just starting"


INJECTED = """
import signal
from queue import SimpleQueue
from buildgraph.running import crew
class Queue:
    def __init__(self):
        self.real = SimpleQueue()
        self.put = self.real.put
    def get(self, timeout=None):
        item = self.real.get(timeout=timeout)
        if getattr(item, "result", None) is not None and item.result.task == "t:2":
            signal.raise_signal(signal.SIGINT)
        return item
crew.SimpleQueue = Queue
"""
COPIES = """
def task_t():
    for name in ("1", "2", "3", "4"):
        yield rule(name=name, inputs=["a"], outputs=[f"out/{name}"], command=["bin/cp", "a", f"out/{name}"])
"""


@pytest.mark.parametrize("workers", ["1", "4"])
def test_signal_that_comes_with_a_result_loses_neither(checkout, workers):
    checkout.dodo(INJECTED + COPIES)
    checkout.write("bin/cp", '#!/bin/sh\ncp "$1" "$2"\n').chmod(0o755)
    checkout.write("a", "1")
    checkout.start("-r", "json", f"-n{workers}")
    run = checkout.wait()
    assert run.code == 130
    assert "t:2" in run.succeeded
    checkout.dodo(COPIES)
    assert sorted([*run.succeeded, *checkout.build()]) == ["t:1", "t:2", "t:3", "t:4"]


def test_signals_among_many_short_commands_end_the_run_at_once(checkout):
    checkout.dodo(
        """
        def task_t():
            for i in range(300):
                yield rule(name=str(i), inputs=["a"], outputs=[f"out/{i}"], command=["bin/cp", "a", f"out/{i}"])
        """
    )
    checkout.write("bin/cp", '#!/bin/sh\ncp "$1" "$2"\n').chmod(0o755)
    for number in range(8):
        checkout.write("a", str(number))
        checkout.start("-n8")
        wait_for(lambda text=str(number): checkout.exists("out/9") and checkout.read("out/9") == text)
        os.kill(checkout.last[0], (signal.SIGINT, signal.SIGTERM)[number % 2])
        assert checkout.wait().code == 130
    checkout.build()
    assert {checkout.read(f"out/{i}") for i in range(300)} == {"7"}


def test_service_gets_the_signal_leaves_the_lock_free_and_no_process(checkout):
    checkout.dodo(
        """
        def task_serve():
            return service(needs=["made"], command=["python", "slow.py"])
        def task_made():
            return rule(outputs=["b"], command=["python", "-c", "open('b', 'w').write('b')"])
        """
    )
    checkout.write("slow.py", SLOW)
    checkout.start("serve")
    serving, pids = checkout.last, pids_of(checkout)
    assert checkout.read("b") == "b"
    assert checkout.build("--no-wait", "made") == []
    os.kill(serving[0], signal.SIGTERM)
    checkout.last = serving
    assert checkout.wait().code == 130
    assert not any(is_alive(pid) for pid in pids)


def test_service_ends_with_a_killed_run(checkout):
    checkout.dodo("def task_serve(): return service(command=['python', 'slow.py'])")
    checkout.write("slow.py", SLOW)
    checkout.start("serve")
    pids = pids_of(checkout)
    checkout.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


LOG = """
import os, sys, time
name, out = sys.argv[1], sys.argv[2]
def log(what):
    fd = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{what} {name}\\n".encode())
    os.close(fd)
log("begin")
time.sleep(0.002)
open(out, "w").write(open("a").read() + name)
log("end")
"""


def test_concurrent_runs_never_run_a_task_twice_at_once_and_lose_nothing(checkout):
    """Rounds of four runs at once; BUILDGRAPH_ROUNDS says how many (default 10)."""
    names = [f"t{number}" for number in range(4)]
    checkout.dodo(
        "\n".join(
            f"def task_{name}(): return rule(inputs=['a'], outputs=['out/{name}'], "
            f"command=['python', 'log.py', '{name}', 'out/{name}'])"
            for name in names
        )
    )
    checkout.write("log.py", LOG)
    for number in range(int(os.environ.get("BUILDGRAPH_ROUNDS", "10"))):
        checkout.write("a", str(number))
        checkout.write("log", "")
        runs = []
        for _ in range(4):
            checkout.start("-r", "json", "-n2")
            runs.append(checkout.last)
        started = []
        for checkout.last in runs:
            run = checkout.wait()
            assert run.code == 0, run
            started += run.started
        assert sorted(started) == names
        assert sorted(checkout.read("log").splitlines()) == sorted(
            f"{what} {name}" for what in ("begin", "end") for name in names
        )
        assert [checkout.read(f"out/{name}") for name in names] == [f"{number}{name}" for name in names]
        assert checkout.build() == []
    assert json.loads(checkout.run("-r", "json").text.splitlines()[-1])["reused"] == 4
