"""What applications do to their own process, and what their starter has done: a reload neither fails it nor loses it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from .harness import ROOT, Served, is_alive, is_free, left, project, wait_until
from .test_soundness import HEAVY, edit_the_last, layered, sources, wait_until_warm

LAST = "one1111111"


def layered_after(text, shown=""):
    """Return how to prepare a project of modules that cost something, after one that does something to its process."""

    def prepare(folder):
        layered(folder)
        (folder / "app/part0.py").write_text(text + "\nVALUE = '1'\n")
        if shown:
            with open(folder / "app/views.py", "a") as file:
                file.write(f"\n{shown}\n")

    return prepare


HARMLESS = {
    "children that nobody waits for": "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "a fork of its own": "import os\ndef fork(): raise RuntimeError\nos.fork = fork",
    "an output that cannot be flushed": "import sys\nclass Out:\n    def write(self, text): return len(text)\nsys.stdout = sys.stderr = Out()",
    "no output": "import sys\nsys.stdout = sys.stderr = None",
    "pairs of sockets of its own": "import socket\ndef pair(*_): raise RuntimeError\nsocket.socketpair = pair",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_parking_a_copy_fails_nothing_in_an_application_with(serve, name):
    served = serve(prepare=layered_after(HARMLESS[name]), wait=f"{LAST}1")
    wait_until_warm(served)
    edit_the_last(served, "2345")


KEPT = {
    "handlers of signals": ("import signal\ndef handler(*_): pass\nsignal.signal(signal.SIGTERM, handler)", "import signal\nSUFFIX = signal.getsignal(signal.SIGTERM).__name__ + SUFFIX"),
    "memory that processes share": ("import mmap\nSHARED = mmap.mmap(-1, 8)", "from app.part0 import SHARED\nSHARED[0] += 1\nSUFFIX = str(SHARED[0]) + SUFFIX"),
    "locks that processes share": ("import multiprocessing\nEVENT = multiprocessing.Event()", "from app.part0 import EVENT\nSUFFIX = str(EVENT.is_set()) + SUFFIX\nEVENT.set()"),
    "files in memory": ("import os\nFILE = os.memfd_create('x')", "import os\nfrom app.part0 import FILE\nSUFFIX = str(os.fstat(FILE).st_size) + SUFFIX\nos.write(FILE, b'x')"),
    "timers": ("import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\nsignal.setitimer(signal.ITIMER_REAL, 1000)", "import signal\nSUFFIX = str(signal.getitimer(signal.ITIMER_REAL)[0] > 0) + SUFFIX"),
    "random numbers that were seeded": ("import random\nrandom.seed(4)", "import random\nSUFFIX = str(int(random.random() * 10**9)) + SUFFIX"),
    "positions in files": ("FILE = open('app/words.py', 'rb', buffering=0)", "from app.part0 import FILE\nSUFFIX = FILE.read(4).decode() + SUFFIX"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_a_reload_has_what_a_cold_start_has_of(serve, name):
    served = serve(prepare=layered_after(*KEPT[name]), wait="11111111")
    first = served.get().text
    wait_until_warm(served)
    for value in "2345":
        served.wait_until_parked()
        served.write("app/part7.py", HEAVY + f"VALUE = '{value}'\n")
        served.wait_for(f"1111111{value}")

    assert served.get().text[:-1] == first[:-1], sources(served)


FORKED = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    with open("daemon.pid.tmp", "w") as file:
        file.write(str(os.getpid()))
    os.rename("daemon.pid.tmp", "daemon.pid")
    time.sleep(1000)
    os._exit(0)
os.wait()
while not os.path.exists("daemon.pid"):
    time.sleep(0.01)
SUFFIX = "!"
"""


@pytest.mark.parametrize("options", [(), ("--cold",)])
def test_a_daemon_that_was_forked_ends_at_a_reload_and_with_a_supervisor_that_is_killed(serve, options):
    served = serve(*options, prepare=lambda folder: (folder / "app/views.py").write_text(FORKED))
    pid_file = served.folder / "daemon.pid"
    first = int(pid_file.read_text())
    pid_file.unlink()
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")
    wait_until(lambda: not is_alive(first), "the end of the first daemon", 3)
    second = int(pid_file.read_text())
    served.process.kill()
    served.process.wait()

    wait_until(lambda: not is_alive(second) and is_free(served.port), "the end of the second daemon", 2)


def test_an_application_may_use_any_signal_while_it_starts(serve):
    text = "import os, signal, time\nsignal.signal(signal.SIGUSR2, lambda *_: os._exit(9))\ntime.sleep(2)\nSUFFIX = '!'\n"
    served = serve(prepare=lambda folder: (folder / "app/views.py").write_text(text))

    assert "ended at once" not in served.output


def test_an_audit_tells_that_a_cold_start_fails(serve, tmp_path):
    """What is preloaded hides that an import is missing."""
    site = tmp_path / "lib/site-packages"
    (site / "installed").mkdir(parents=True)
    (site / "installed/__init__.py").write_text("")
    (site / "installed/part.py").write_text("SUFFIX = '1'\n")
    served = serve(
        "--audit=1",
        prepare=lambda folder: (folder / "app/views.py").write_text("from installed.part import SUFFIX\n"),
        environ={"PYTHONPATH": f"{ROOT}:{site}"},
        wait="one1",
    )
    wait_until_warm(served)
    wait_until(
        lambda: served.status()["audits"]["passed"], "the audit of the first start, which the edit is not for"
    )
    served.write("app/views.py", "import installed\nSUFFIX = installed.part.SUFFIX + '!'\n")
    served.wait_for("one1!")

    served.wait_for_line(
        "a cold start of the same files fails: AttributeError: module 'installed' has no attribute 'part'"
    )


# Who starts it


def started(tmp_path, words=(), **more):
    """Start a supervisor by other words, or with other descriptors."""
    served = Served.__new__(Served)
    served.folder, served.port = project(tmp_path / "project"), free_port()
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **more}
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **given.pop("environ", {})}
    served.process = subprocess.Popen(
        [*words, sys.executable, "-m", "buildgraph.serve", "--app=app.main:application", f"--bind=127.0.0.1:{served.port}"],
        cwd=served.folder, env=environ, start_new_session=True, **given,
    )  # fmt: skip
    served.lines, served.is_heard = [], False
    served.reader = served.process  # which has no end of its own to wait for
    return served


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check_and_end(served):
    """Check that it reloads, comes back, and ends."""
    try:
        served.wait_for("one!")
        served.write("app/words.py", "WORD = (\n")
        served.wait_for("SyntaxError", status=500)
        served.write("app/words.py", "WORD = 'two'\n")
        served.wait_for("two!")
        os.kill(int(served.get("/pid").text), signal.SIGKILL)
        served.wait_for("two!")
        mine = served.processes()
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(3)
        wait_until(lambda: not left(mine), "the end of all", 3)
    finally:
        if served.process.poll() is None:
            served.process.kill()
            served.process.wait()


BLOCKED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


@pytest.mark.parametrize(
    "more",
    [
        {"preexec_fn": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)},
        {"preexec_fn": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)},
        {"preexec_fn": lambda: [os.close(number) for number in range(3)]},
        {"environ": {"PYTHONSAFEPATH": "1"}},
    ],
    ids=["signals held back", "children ignored", "no descriptors", "a safe path"],
)
def test_it_serves_when_it_is_started_with(tmp_path, more):
    check_and_end(started(tmp_path, **more))


def test_a_safe_path_takes_nothing_from_the_path(tmp_path):
    (tmp_path / "first").mkdir()
    (tmp_path / "first/words_of_others.py").write_text("SUFFIX = '!'\n")
    served = started(tmp_path, environ={"PYTHONSAFEPATH": "1", "PYTHONPATH": f"{tmp_path / 'first'}:{ROOT}"})
    (served.folder / "app/views.py").write_text("from words_of_others import SUFFIX\n")

    check_and_end(served)


def test_nobody_has_to_read_a_pipe_that_is_full(tmp_path):
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        for size in (4096, 1):
            try:
                while True:
                    os.write(writing, b"x" * size)
            except BlockingIOError:
                continue
        os.set_blocking(writing, True)
        check_and_end(started(tmp_path, stdout=writing, stderr=writing))
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("name", ["argparse", "typing", "dataclasses", "gettext"])
def test_a_project_may_have_modules_that_the_command_line_needs(serve, name):
    served = serve(
        prepare=lambda folder: (folder / f"{name}.py").write_text("raise RuntimeError('of the project')\n"),
        wait="",
    )

    wait_until(lambda: "waiting for a changed file" in served.output or served.boots, "an answer")
    (served.folder / f"{name}.py").unlink()
    served.wait_for("one!")


@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces")
def test_no_folder_has_to_be_writable(tmp_path):
    script = 'for each in /tmp /var/tmp /usr/tmp; do [ -d $each ] && mount -t tmpfs -o ro none $each; done; cd /proc; exec "$@"'
    words = ["unshare", "-Urm", "sh", "-c", script, "sh"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a namespace of users")
    code = "import tempfile\nfrom buildgraph.serve import processes\nprint(processes.crash_file() > 2)"
    found = subprocess.run(
        [*words, sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stdout == "True\n", found.stderr


def test_who_is_out_of_descriptors_does_not_take_the_processor(serve, tmp_path):
    limited = tmp_path / "python"
    limited.write_text(f'#!/bin/sh\nulimit -n 40\nexec {sys.executable} "$@"\n')
    limited.chmod(0o755)
    served = serve(
        python=str(limited), prepare=lambda folder: (folder / "app/words.py").write_text("("), wait=""
    )
    served.wait_for("SyntaxError", status=500)
    open_ones = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(60)]
    before = processor_seconds(served.process.pid)
    time.sleep(1)  # the time is what is measured
    used = processor_seconds(served.process.pid) - before
    for each in open_ones:
        each.close()
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")

    assert used < 0.5


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
