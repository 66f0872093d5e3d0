"""Ends of every kind, of workers and of the supervisor: what should come back does, what should be gone is."""

from __future__ import annotations

import contextlib
import http.client
import os
import pty
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from .harness import ROOT, Served, descendants, free_port, is_alive, is_free, left, project, wait_until

STOP_SECONDS = 6.0  # `bench/serve` measures it; tests share their machine
HELPER = "import subprocess, sys\nPROCESS = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\nSUFFIX = '!'\n"
STUBBORN = "import signal\nfor number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)\nSUFFIX = '!'\n"
THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\nSUFFIX = '!'\n"
DAEMON = "import os, subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import os, time\\nif os.fork(): os._exit(0)\\nos.setsid()\\ntime.sleep(1000)'])\nSUFFIX = '!'\n"


def using(text):
    return lambda folder: (folder / "app/views.py").write_text(text)


def ask_in_vain(served):
    with contextlib.suppress(OSError, http.client.HTTPException):
        served.get("/slow?5")


def worker_of(served):
    return int(served.get("/pid").text)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGABRT])
def test_a_worker_that_is_killed_comes_back(serve, number):
    served = serve()
    pid = worker_of(served)
    os.kill(pid, number)

    wait_until(lambda: worker_of(served) != pid, "another worker")
    wait_until(lambda: signal.Signals(number).name in served.output, "the word about it")


def test_a_worker_that_is_interrupted_comes_back(serve):
    served = serve()
    pid = worker_of(served)
    os.kill(pid, signal.SIGINT)

    wait_until(lambda: worker_of(served) != pid, "another worker")
    assert served.process.poll() is None


def process_of(served, kind):
    return next((each["pid"] for each in served.status()["processes"] if each["kind"] == kind), 0)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_zygote_that_is_killed_or_stopped_hinders_nothing(serve, number):
    served = serve()
    os.kill(process_of(served, "zygote"), number)
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")
    served.write("app/words.py", "WORD = 'three'\n")
    served.wait_for("three!")


def test_a_warden_that_is_killed_is_replaced(serve):
    served = serve(prepare=using(HELPER))
    warden = next(pid for pid in served.processes() if "warden" in command_of(pid))
    os.kill(warden, signal.SIGKILL)
    wait_until(
        lambda: any("warden" in command_of(pid) and pid != warden for pid in served.processes()),
        "another one",
    )
    mine = served.processes()
    served.process.kill()
    served.process.wait()

    wait_until(lambda: not left(mine), "the end of all", STOP_SECONDS)


def test_nobody_has_to_read_what_it_says(serve):
    served = serve(is_heard=False)
    for word in ("two", "three"):
        served.write("app/words.py", f"WORD = '{word}'\n")
        served.wait_for(f"{word}!")
    served.write("app/words.py", "WORD = (\n")
    served.wait_for("SyntaxError", status=500)
    served.write("app/words.py", "WORD = 'four'\n")
    served.wait_for("four!")


def test_modules_with_the_names_of_pythons_own_end_nothing(serve):
    def prepare(folder):
        for name in ("selectors", "queue", "signal", "http", "watchfiles", "select", "tempfile"):
            (folder / f"{name}.py").write_text("raise RuntimeError('of the project')\n")

    served = serve(prepare=prepare)
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")


def test_a_worker_that_dies_again_and_again_is_started_after_pauses(serve):
    served = serve()
    for _ in range(4):
        pid = wait_until(lambda: worker_of(served) if served.get("/pid").status == 200 else 0)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not is_alive(pid))
    served.wait_for("one!")
    served.write("app/words.py", "WORD = 'two'\n")

    served.wait_for("two!")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "state", ["serving", "broken", "hung", "booting", "in flight", "stubborn", "thread", "helper"]
)
def test_a_signal_ends_everything_in_every_state(serve, number, state):
    prepare = {
        "broken": using("x = (\n"), "hung": using("import time\ntime.sleep(1000)\n"), "booting": using("import time\ntime.sleep(1)\nSUFFIX = ''\n"),
        "stubborn": using(STUBBORN), "thread": using(THREAD), "helper": using(HELPER),
    }.get(state, lambda _: None)  # fmt: skip
    served = serve(wait="one!" if state in ("serving", "in flight", "stubborn", "thread", "helper") else "", prepare=prepare)  # fmt: skip
    if state in ("broken", "hung"):
        served.wait_for("", status=500)
    if state == "booting":
        wait_until(lambda: len(served.processes()) > 2)
    if state == "in flight":
        threading.Thread(target=ask_in_vain, args=(served,), daemon=True).start()
        time.sleep(0.1)
    mine = served.processes()

    seconds = served.stop(number)

    wait_until(lambda: not left(mine), "the end of all", STOP_SECONDS)
    assert served.process.returncode == 130
    assert seconds < STOP_SECONDS and is_free(served.port)


def test_a_second_interruption_ends_at_once(serve):
    served = serve(prepare=using(STUBBORN))
    served.process.send_signal(signal.SIGINT)
    served.process.send_signal(signal.SIGINT)

    assert served.process.wait(5) == 130


@pytest.mark.parametrize("round", range(6))
def test_a_supervisor_that_is_killed_leaves_nothing(serve, round):
    chance = random.Random(round)
    served = serve(wait="" if round % 3 == 0 else "one!", prepare=using(HELPER if round % 2 else DAEMON))
    if round % 3 == 2:
        served.write("app/words.py", "WORD = 'two'\n")
    time.sleep(chance.random() * 0.5)  # a moment of no meaning is what is wanted
    mine = served.processes()
    served.process.kill()
    served.process.wait()

    wait_until(lambda: not left(mine), "the end of all", STOP_SECONDS)
    wait_until(
        lambda: is_free(served.port), "a free port", 2.0
    )  # One that began after that look may have it.


@pytest.mark.parametrize("text", [HELPER, DAEMON])
def test_what_the_application_starts_ends_with_it_at_each_reload(serve, text):
    served = serve(prepare=using(text))
    wait_until(lambda: "time.sleep(1000)" in commands(served))
    for number in range(4):
        served.write("app/words.py", f"WORD = 'n{number}'\n")
        served.wait_for(f"n{number}!")

    wait_until(lambda: daemons(served) == 1, "one helper", 6)
    mine = served.processes()
    served.stop()
    wait_until(lambda: not left(mine), "the end of all", STOP_SECONDS)


def daemons(served):
    """Return how many helpers there are; one that is just forking counts once."""
    return len({os.getsid(pid) for pid in served.processes() if "time.sleep(1000)" in command_of(pid)})


def command_of(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().decode()
    return ""


def commands(served):
    return " ".join(map(command_of, served.processes()))


@pytest.mark.parametrize("text", [STUBBORN, THREAD])
def test_a_stubborn_application_is_reloaded_at_once(serve, text):
    served = serve(prepare=using(text))
    for number in range(3):
        began = time.monotonic()
        served.write("app/words.py", f"WORD = 'n{number}'\n")
        served.wait_for(f"n{number}!")
        assert time.monotonic() - began < STOP_SECONDS


def usage(whose):
    found = resource.getrusage(whose)
    return found.ru_utime + found.ru_stime


def test_a_port_in_use_is_refused_with_the_process_that_has_it(serve, tmp_path):
    served = serve()
    before, began = usage(resource.RUSAGE_CHILDREN), time.monotonic()
    second = Served(project(tmp_path / "second"), port=served.port)
    assert second.process.wait(10) == 1
    seconds = time.monotonic() - began
    second.reader.join(3)

    own = os.path.realpath(served.folder)
    assert (
        f"port {served.port} is in use by process {served.process.pid} ('doit serve' in '{own}')"
        in second.output
    )
    assert "Traceback" not in second.output and len(second.lines) == 1
    assert seconds < STOP_SECONDS
    assert usage(resource.RUSAGE_CHILDREN) - before < 1.0  # of processor time: what else runs does not count
    assert served.get().text == "one!"


def test_it_can_be_started_again_at_once(serve, tmp_path):
    served = serve()
    served.stop(signal.SIGKILL)
    again = Served(served.folder, port=served.port)
    try:
        again.wait_for("one!")
    finally:
        again.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--app=nothing"], "'nothing' does not name an application"),
        (["--app=a:b", "--bind=127.0.0.1:abc"], "'abc' is not a port"),
        (["--app=a:b", "--bind=192.0.2.1:8741"], "'192.0.2.1' is not an address of this machine"),
        (["--app=a:b", "--root=/does/not/exist"], "'/does/not/exist' is not a folder"),
    ],
)
def test_a_mistake_is_one_sentence(options, message):
    done = subprocess.run(
        [sys.executable, "-m", "buildgraph.serve", *options], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"error: {message}") and done.stderr.count("\n") == 1


class OnTerminal:
    """A supervisor in a terminal of its own, as a person has it."""

    def __init__(self, folder, before=()):
        self.port = free_port()
        self.output = b""
        self.is_closed = False
        words = [sys.executable, "-m", "buildgraph.serve", "--app=app.main:application"]
        words.append(f"--bind=127.0.0.1:{self.port}")
        self.pid, self.number = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ["PYTHONPATH"] = str(ROOT)
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.execvp((before or words)[0], before or words)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if before:
            self.type(" ".join(words).encode() + b"\n")

    def read(self):
        try:
            while not self.is_closed:
                if select.select([self.number], [], [], 0.05)[0]:
                    self.output += os.read(self.number, 4096)
        except OSError:
            pass

    def close(self):
        """Close the terminal, as its window does."""
        self.is_closed = True
        self.reader.join(5)
        os.close(self.number)

    def type(self, text):
        os.write(self.number, text)

    get = Served.get
    wait_for = Served.wait_for
    write = Served.write
    replace = Served.replace


@pytest.fixture
def terminal(tmp_path):
    """Serve the small project in a terminal."""
    folder = project(tmp_path / "project")
    made = OnTerminal(folder)
    made.folder = folder
    made.wait_for("one!")
    yield made
    if is_alive(made.pid):
        os.kill(made.pid, signal.SIGKILL)


def ended(pid):
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def test_ctrl_c_ends_it(terminal):
    mine = descendants(terminal.pid)
    terminal.type(b"\x03")

    wait_until(lambda: ended(terminal.pid), "the end")
    wait_until(lambda: not left(mine), "the end of all", STOP_SECONDS)


@pytest.mark.skipif(not shutil.which("bash"), reason="needs a shell with job control")
def test_ctrl_z_gives_the_shell_back_and_fg_goes_on(tmp_path):
    made = OnTerminal(project(tmp_path / "project"), before=["bash", "--norc", "--noprofile", "-i"])
    made.folder = tmp_path / "project"
    try:
        made.wait_for("one!")
        made.type(b"\x1a")
        wait_until(lambda: b"Stopped" in made.output, "the shell's word")
        assert made.get().text == "one!"  # the worker is nobody's foreground, and answers on
        made.write("app/words.py", "WORD = 'two'\n")
        made.type(b"fg\n")
        made.wait_for("two!")
        mine = descendants(made.pid) - {made.pid}
        made.type(b"\x03")
        wait_until(lambda: not left(mine), "the end of all", STOP_SECONDS)
    finally:
        made.close()
        os.kill(made.pid, signal.SIGKILL)


def test_a_terminal_that_closes_ends_it(terminal):
    mine = descendants(terminal.pid)
    terminal.close()

    wait_until(lambda: ended(terminal.pid), "the end")
    wait_until(lambda: not left(mine), "the end of all", STOP_SECONDS)


def test_a_breakpoint_has_the_terminal_whatever_is_reloaded(terminal):
    terminal.replace(
        "app/views.py",
        "class S:\n    def __radd__(self, other):\n        breakpoint()\n        return other + '?'\nSUFFIX = S()\n",
    )
    answers = []
    wait_until(lambda: b"views.py changed" in terminal.output)
    wait_until(lambda: b"answers after" in terminal.output.rpartition(b"views.py changed")[2], "the worker")
    asking = threading.Thread(target=lambda: answers.append(terminal.get(seconds=60)), daemon=True)
    asking.start()
    wait_until(lambda: b"(Pdb)" in terminal.output, "the prompt")
    terminal.type(b"p 40 + 2\n")
    wait_until(lambda: b"42" in terminal.output, "the debugger's answer")
    before = terminal.output.count(b"answers after")
    terminal.replace("app/views.py", "SUFFIX = ' new'\n")
    wait_until(lambda: terminal.output.count(b"answers after") > before, "the next worker")
    terminal.wait_for("one new")
    terminal.type(b"p 'still' + ' here'\n")
    wait_until(lambda: b"still here" in terminal.output, "the debugger's second answer")
    terminal.type(b"c\n")
    asking.join(10)

    assert answers and answers[0].text == "one?"
    terminal.type(b"\x03")
    wait_until(lambda: ended(terminal.pid), "the end")
