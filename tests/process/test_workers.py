"""Workers: one process answers the requests of many tasks, ends with its run, and changes nothing of what is made."""

from __future__ import annotations

import os
import pathlib
import signal
import time

import pytest
from processes import is_alive, wait_for

ROOT = pathlib.Path(__file__).parents[2]
TOOL = """
import json, os, signal, subprocess, sys, threading, time

def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.005)

def answer(words):
    what, *rest = words
    if what == "copy":
        open(rest[1], "w").write(open(rest[0]).read())
        return 0, ""
    if what == "say":
        return int(rest[0]), rest[1]
    if what == "many":
        return 0, "x" * int(rest[0]) + "\\n"
    if what == "variable":
        return 0, f"{rest[0]} is {os.environ.get(rest[0])}\\n"
    if what == "wait":
        open(rest[0], "w").close()
        wait_for(rest[1])
        return 0, ""
    if what == "meet":  # until as many others are here
        open(f"met-{rest[0]}", "w").close()
        while sum(name.startswith("met-") for name in os.listdir()) < int(rest[1]):
            time.sleep(0.005)
        return 0, ""
    if what == "exit":
        print("I cannot go on", file=sys.stderr, flush=True)
        os._exit(int(rest[0]))
    if what == "kill":
        print("it hurts", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "write":
        os.write(1, rest[0].encode())
        time.sleep(60)
    if what == "close":
        os.close(1)
        os.close(3)
        time.sleep(60)
    if what == "leave":  # a process that holds on to all that we had, outside of every group
        child = subprocess.Popen(["sleep", "30"], start_new_session=True, close_fds=False)
        open("stranger", "w").write(str(child.pid))
        os._exit(4)
    raise SystemExit(f"what is {what}?")

lock = threading.Lock()

def serve(request):
    code, said = answer(request["words"])
    with lock:
        os.write(3, (json.dumps({"id": request["id"], "code": code, "said": said}) + "\\n").encode())

if sys.argv[1:] == ["--worker"]:
    os.dup2(1, 3)
    with open("workers", "a") as file:
        file.write(f"{os.getpid()}\\n")
    BEFORE
    for line in sys.stdin:
        threading.Thread(target=serve, args=(json.loads(line),), daemon=True).start()
    AFTER
    while threading.active_count() > 1:
        time.sleep(0.002)
else:
    with open("alone", "a") as file:
        file.write(f"{os.getpid()}\\n")
    code, said = answer(sys.argv[1:])
    sys.stdout.write(said)
    sys.exit(code)
"""
COPIES = """
def task_copy():
    for i in range({count}):
        yield rule(name=f"{{i}}", inputs=[f"src/{{i}}"], outputs=[f"out/{{i}}"], tools=["tool.py"],
                   command=["python", "tool.py", "copy", f"src/{{i}}", f"out/{{i}}"], worker={worker})
"""


def put_tool(checkout, before: str = "pass", after: str = "pass"):
    checkout.write("tool.py", TOOL.replace("BEFORE", before).replace("AFTER", after))


def checks(*requests: list, **keywords) -> str:
    """Return a dodo.py with a check for each request, of the name of its number."""
    more = "".join(f", {name}={value!r}" for name, value in {"worker": 2, **keywords}.items())
    return "".join(
        f"\ndef task_t{number}(): return check(command=['python', 'tool.py', *{request!r}]{more})\n"
        for number, request in enumerate(requests)
    )


def workers(checkout) -> list[int]:
    return [int(pid) for pid in checkout.read("workers").split()] if checkout.exists("workers") else []


def alone(checkout) -> int:
    return len(checkout.read("alone").split()) if checkout.exists("alone") else 0


@pytest.fixture
def copies(checkout):
    def write(count: int, worker: int = 2) -> None:
        for i in range(count):
            checkout.write(f"src/{i}", f"content {i}\n")
        checkout.dodo(COPIES.format(count=count, worker=worker))

    put_tool(checkout)
    yield checkout, write
    assert not any(map(is_alive, workers(checkout)))


# What is shared


def test_one_process_serves_all_tasks_and_what_they_make_is_the_same(copies):
    checkout, write = copies
    write(200)
    assert len(checkout.build("-n4")) == 200
    assert (len(workers(checkout)), alone(checkout)) == (1, 0)
    assert all(checkout.read(f"out/{i}") == f"content {i}\n" for i in range(200))
    assert not [name for name in os.listdir(checkout.folder / ".buildgraph/logs") if name[:6] == "worker"]


def test_nothing_that_is_stale_starts_no_worker(copies):
    checkout, write = copies
    write(3)
    checkout.build()
    assert checkout.build() == []
    assert checkout.build("-r", "plain") == []
    checkout.write("src/1", "other")
    assert checkout.build() == ["copy:1"]
    assert len(workers(checkout)) == 2, "one for each run that had work"


def test_a_run_of_other_tasks_starts_no_worker(copies):
    checkout, _ = copies
    checkout.dodo(checks(["say", "0", ""]) + "def task_a(): return check(command=['python', '-c', ''])")
    assert checkout.build("a") == ["a"]
    assert workers(checkout) == []


def test_with_or_without_a_worker_a_task_is_the_same(copies):
    checkout, write = copies
    write(2, worker=2)
    assert len(checkout.build()) == 2
    write(2, worker=0)
    assert checkout.build() == []
    assert alone(checkout) == 0
    checkout.write("src/0", "new")
    assert checkout.build() == ["copy:0"]
    assert alone(checkout) == 1
    write(2, worker=2)
    checkout.write("src/0", "content 0\n")
    assert checkout.build() == ["copy:0"]
    write(2, worker=0)
    assert checkout.build() == []


def test_requests_are_answered_at_the_same_time(copies):
    checkout, _ = copies
    checkout.dodo(checks(*(["meet", str(i), "4"] for i in range(4))))
    assert len(checkout.build("-n4")) == 4
    assert len(workers(checkout)) == 1


def test_another_environment_tool_or_program_is_another_process(copies):
    checkout, _ = copies
    checkout.write("other.py", checkout.read("tool.py"))
    checkout.write("part.py", "")
    one = ["variable", "COLOUR"]
    text = checks(one, one, environment={"COLOUR": "red"})
    text += checks(one, environment={"COLOUR": "blue"}).replace("task_t0", "task_blue")
    text += checks(one, environment={"COLOUR": "red"}, tools=["part.py"]).replace("task_t0", "task_tool")
    text += (
        checks(one, environment={"COLOUR": "red"})
        .replace("task_t0", "task_other")
        .replace("tool.py", "other.py")
    )
    checkout.dodo(text)
    assert len(checkout.build()) == 5
    assert len(workers(checkout)) == 4
    assert checkout.read(".buildgraph/logs/t0.log") == "COLOUR is red\n"
    assert checkout.read(".buildgraph/logs/blue.log") == "COLOUR is blue\n"


def test_a_plain_task_that_may_write_anywhere_retires_the_workers(copies):
    checkout, _ = copies
    checkout.dodo(
        checks(["say", "0", ""], ["say", "0", ""])
        + "def task_plain(): return {'actions': [lambda: None], 'task_dep': ['t0']}\n"
        + "def task_t1(): return check(command=['python', 'tool.py', 'say', '0', ''], worker=2, after=['plain'])"
    )
    checkout.build()
    assert len(workers(checkout)) == 2


def test_audit_and_verify_start_each_command_alone(copies):
    checkout, write = copies
    write(2)
    checkout.build()
    put_tool(checkout, before="sys.exit('I do not serve')")
    before = workers(checkout)
    run = checkout.run("verify", "copy")
    assert run.text == (
        "copy:0: the same in both places (1 file)\ncopy:1: the same in both places (1 file)\n"
    )
    assert alone(checkout) == 0, "they ran in copies"
    checkout.run("audit", "copy:0")
    assert alone(checkout) == 1
    assert workers(checkout) == before


# What is said


@pytest.mark.parametrize(
    "said", ["", "one line\n", "error: it is wrong.\n", "a: \udc80 é\n\n  x\r\ny", "no end"]
)
@pytest.mark.parametrize("code", [0, 1, 7])
def test_a_failure_is_shown_as_that_of_a_command_alone(copies, code, said):
    checkout, _ = copies
    found = []
    for worker in (0, 2):
        checkout.dodo(checks(["say", str(code), said], worker=worker))
        run = checkout.run("--always")
        log = checkout.folder / ".buildgraph/logs/t0.log"
        text = "".join(line for line in run.text.splitlines(True) if not line.startswith(("t0:", "passed")))
        found.append(
            (run.code, text.replace("0.00", "0.0").split(" s\n")[-1], log.read_bytes() if said else b"")
        )
    assert found[0] == found[1]
    assert found[0][0] == (1 if code else 0)
    assert (len(workers(checkout)), alone(checkout)) == (1, 1)


def test_a_failing_request_leaves_what_was_there(copies):
    checkout, _ = copies
    checkout.write("out", "old")
    text = "def task_a(): return rule(inputs=['in'], outputs=['out'], command=['python', 'tool.py', 'exit', '3', 'out'], worker=2)"
    checkout.write("in", "")
    checkout.dodo(text)
    assert checkout.run().code == 1
    assert checkout.read("out") == "old"


def test_much_that_is_said_and_asked_blocks_nobody(copies):
    checkout, _ = copies
    huge = "w" * (3 << 20)
    checkout.dodo(
        f"HUGE = {len(huge)}\n"
        + "".join(
            f"def task_t{i}(): return check(command=['python', 'tool.py', 'many', '5000000', 'w' * HUGE], worker=2)\n"
            for i in range(4)
        )
    )
    assert len(checkout.build("-n4")) == 4
    assert (checkout.folder / ".buildgraph/logs/t3.log").stat().st_size == 5000001


WORDS = ["\n", "a\nb", " ", "", "\udc80", "\u2028", '"\\', "--worker", "é", "\x01"]


def test_words_arrive_as_they_are(copies):
    checkout, _ = copies
    checkout.dodo(checks(*(["say", "0", word] for word in WORDS)))
    checkout.build()
    for number, word in enumerate(WORDS):
        log = checkout.folder / f".buildgraph/logs/t{number}.log"
        assert (log.read_bytes() if word else b"") == word.encode("utf-8", "surrogateescape")


# What goes wrong


def failures(run) -> list[str]:
    """Return the lines of a run without its times."""
    lines = [line for line in run.text.splitlines() if not line.startswith(("t0", "  to repeat"))]
    return [line.rsplit("  ", 1)[0] if line.startswith("failed") else line for line in lines]


SEE = "All that it said is in '.buildgraph/logs/worker-1'."


@pytest.mark.parametrize(
    ("request_words", "lines"),
    [
        (
            ["exit", "3"],
            [
                f"  the worker 'python tool.py' gave no answer: it ended with exit code 3. {SEE}",
                "  | I cannot go on",
            ],
        ),
        (
            ["exit", "0"],
            [
                f"  the worker 'python tool.py' gave no answer: it ended with exit code 0. {SEE}",
                "  | I cannot go on",
            ],
        ),
        (
            ["kill"],
            [
                f"  the worker 'python tool.py' gave no answer: it was ended by SIGKILL. {SEE}",
                "  | it hurts",
            ],
        ),
        (
            ["close"],
            ["  the worker 'python tool.py' gave no answer: it closed its output. It has said nothing."],
        ),
        *(
            (
                ["write", f"{text}\n"],
                [
                    f"  the worker 'python tool.py' gave no answer: it wrote '{text}', and not the answer to a request, "
                    """such as '{"id": 7, "code": 0, "said": "for the log"}'. It has said nothing."""
                ],
            )
            for text in (
                "hello",
                "[1]",
                '{"id": 1, "code": 0}',
                '{"id": true, "code": 0, "said": ""}',
                '{"id": 1, "code": "0", "said": ""}',
                '{"id": 1, "code": 0, "said": null}',
                '{"id": 2, "code": 0, "said": ""}',
            )
        ),
    ],
)
def test_a_worker_that_breaks_says_how_and_its_last_words(copies, request_words, lines):
    checkout, _ = copies
    checkout.dodo(checks(request_words))
    run = checkout.run()
    assert run.code == 1
    assert failures(run) == ["failed  t0", *lines]
    assert not any(map(is_alive, workers(checkout)))


def test_all_that_wait_for_a_worker_that_breaks_fail_and_the_next_run_has_a_new_one(copies):
    checkout, _ = copies
    ready = "import os, time\nwhile not (os.path.exists('a') and os.path.exists('b')): time.sleep(0.005)"
    checkout.dodo(
        checks(["wait", "a", "go"], ["wait", "b", "go"])
        + "def task_t2(): return check(command=['python', 'tool.py', 'exit', '3'], worker=2, after=['ready'])\n"
        + f"def task_ready(): return check(command=['python', '-c', {ready!r}])\n"
    )
    run = checkout.run("-n4", "--continue")
    assert run.code == 1
    told = "the worker 'python tool.py' gave no answer: it ended with exit code 3."
    assert run.text.count(told) == 1, "what is the same is said once"
    assert run.text.count("  the same as of") == 2
    assert run.text.count("failed  t") == 3
    checkout.write("go", "")
    assert sorted(checkout.build("t0", "t1")) == ["t0", "t1"]
    assert len(workers(checkout)) == 2


def test_after_a_crash_the_next_task_of_the_same_run_has_a_new_worker(copies):
    checkout, _ = copies
    checkout.dodo(checks(["exit", "3"], ["say", "0", "well"]))
    run = checkout.run("-n1", "--continue")
    assert (run.code, len(workers(checkout))) == (1, 2), run
    assert "passed  t1" in run.text


def test_a_worker_that_ends_at_once_is_not_started_for_ever(copies):
    checkout, _ = copies
    put_tool(checkout, before="sys.exit('I do not serve')")
    checkout.dodo(checks(*(["say", "0", str(i)] for i in range(20))))
    run = checkout.run("-n1", "--continue")
    assert run.code == 1
    assert len(workers(checkout)) == 3
    assert run.text.count("failed  t") == 20
    assert "  | I do not serve\n" in run.text
    assert (
        "  the worker 'python tool.py' has ended 3 times in this run, so it is not started again. "
        "What the last one said is in '.buildgraph/logs/worker-3'.\n"
    ) in run.text


def test_a_worker_that_cannot_be_started_is_a_sentence(checkout):
    checkout.write("bin/tool", "#!/nowhere/at/all\n").chmod(0o755)
    checkout.dodo("def task_a(): return check(command=['bin/tool', 'x'], worker=1)")
    assert "  cannot start 'bin/tool': No such file or directory." in checkout.run().text


def test_a_worker_that_has_gone_without_being_asked_is_replaced_unseen(copies):
    checkout, _ = copies
    put_tool(checkout, before="threading.Timer(0.05, lambda: os._exit(0)).start()")
    checkout.dodo(
        checks(["say", "0", "a"], ["say", "0", "b"]).replace(
            "task_t1(): return check(", "task_t1(): return check(after=['gone'], "
        )
        + "def task_gone(): return check(command=['python', '-c', 'import time; time.sleep(0.5)'], after=['t0'])"
    )
    assert checkout.build() == ["t0", "gone", "t1"]
    assert len(workers(checkout)) == 2


def test_a_stranger_who_holds_the_pipes_holds_nobody_up(copies):
    checkout, _ = copies
    checkout.dodo(checks(["leave"], ["leave"]))
    began = time.monotonic()
    run = checkout.run("-n1")
    os.kill(int(checkout.read("stranger")), signal.SIGKILL)
    assert "the worker 'python tool.py' gave no answer: it ended with exit code 4." in run.text
    assert time.monotonic() - began < 10


def test_a_worker_that_hangs_at_the_end_of_its_input_is_killed(copies):
    checkout, _ = copies
    put_tool(checkout, after="signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")
    checkout.dodo(checks(["say", "0", ""]))
    began = time.monotonic()
    assert checkout.run().code == 0
    assert time.monotonic() - began < 10
    assert not any(map(is_alive, workers(checkout)))


def test_a_worker_has_time_to_end_when_there_is_nothing_more_to_do(copies):
    checkout, _ = copies
    put_tool(checkout, after="time.sleep(0.2); open('ended', 'w')")
    checkout.dodo(checks(["say", "0", ""]))
    checkout.build()
    assert checkout.exists("ended")


def test_a_worker_does_not_hear_of_ctrl_c_on_the_terminal(copies):
    checkout, _ = copies
    checkout.dodo(checks(["wait", "a", "go"]))
    checkout.start()
    wait_for(lambda: checkout.exists("a"))
    assert os.getpgid(workers(checkout)[0]) != os.getpgid(checkout.last[0])
    checkout.write("go", "")
    assert checkout.wait().code == 0


def test_a_worker_that_does_not_read_holds_up_its_own_tasks_alone(copies):
    checkout, _ = copies
    put_tool(checkout, before="time.sleep(60)")
    checkout.dodo(
        "HUGE = 3 << 20\n"
        "def task_a(): return check(command=['python', 'tool.py', 'say', '0', 'w' * HUGE], worker=2)\n"
        "def task_b(): return check(command=['python', '-c', 'open(\"b\", \"w\")'])\n"
    )
    checkout.start("-n2", "a", "b")
    wait_for(lambda: checkout.exists("b") and workers(checkout))
    time.sleep(0.2)
    os.kill(checkout.last[0], signal.SIGINT)
    began = time.monotonic()
    assert checkout.wait().code == 130
    assert time.monotonic() - began < 4


# How a run ends


@pytest.fixture
def waiting(copies):
    checkout, _ = copies
    checkout.dodo(checks(["wait", "a", "go"], ["wait", "b", "go"]))
    checkout.start("-n2")
    wait_for(lambda: checkout.exists("a") and checkout.exists("b"))
    return checkout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_requests_wait_ends_the_run_and_the_worker(waiting, number):
    began = time.monotonic()
    os.kill(waiting.last[0], number)
    run = waiting.wait()
    assert run.code == 130
    assert "Traceback" not in run.text
    assert "worker" not in run.text
    assert time.monotonic() - began < 4
    assert not any(map(is_alive, workers(waiting)))
    waiting.write("go", "")
    assert sorted(waiting.build()) == ["t0", "t1"]


def test_kill_9_of_a_run_leaves_no_worker(waiting):
    waiting.kill()
    wait_for(lambda: not any(map(is_alive, workers(waiting))))
    waiting.write("go", "")
    assert sorted(waiting.build("--no-wait")) == ["t0", "t1"]


def test_kill_9_while_a_worker_serves_leaves_a_state_from_which_all_is_made(copies):
    checkout, write = copies
    write(60)
    for seconds in (0.05, 0.1, 0.15, 0.2, 0.3):
        for i in range(60):
            checkout.write(f"src/{i}", f"{i} after {seconds}")
        checkout.start("-n4")
        time.sleep(seconds)
        checkout.kill()
        wait_for(lambda: not any(map(is_alive, workers(checkout))))
        checkout.build("-n4")
        assert all(checkout.read(f"out/{i}") == f"{i} after {seconds}" for i in range(60))


def test_a_task_on_the_terminal_comes_after_the_workers(copies):
    checkout, _ = copies
    alive = "import os; pids = open('workers').read().split(); open('alive', 'w').write(str([p for p in pids if os.path.exists('/proc/' + p)]))"
    checkout.dodo(
        "from buildgraph import run\n"
        + checks(["say", "0", ""])
        + f"def task_front(): return run(needs=['t0'], command=['python', '-c', {alive!r}])"
    )
    assert checkout.run("front").code == 0
    assert checkout.read("alive") == "[]"


# What a worker has kept


KEEPING = """
import json, os, sys
with open("workers", "a") as file:
    file.write(f"{os.getpid()}\\n")
kept = {"part": open("part").read()}  # It is wrong to believe it longer than its stamp.
for line in sys.stdin:
    request = json.loads(line)
    source, target, found, *edited = request["words"]
    if source not in kept:
        kept[source] = open(source).read()
    for text in edited:
        open(source, "w").write(text)
    open(target, "w").write(kept[source])
    json.dump({"inputs": [source], "folders": []}, open(found, "w"))
    print(json.dumps({"id": request["id"], "code": 0, "said": ""}), flush=True)
"""


def keeping(name: str, source: str, *edited: str, **more) -> str:
    words = ["python", "keeping.py", source, name, f"{name}.json", *edited]
    keywords = {"outputs": [name], "command": words, "discovers": f"{name}.json", "worker": 2, **more}
    said = ", ".join(f"{keyword}={value!r}" for keyword, value in keywords.items())
    return f"def task_{name}(): return rule({said})\n"


def test_what_is_discovered_must_be_older_than_the_worker(copies):
    checkout, _ = copies
    checkout.write("keeping.py", KEEPING)
    checkout.write("part", "old")
    checkout.write("other", "x")
    edit = "import time; time.sleep(0.1); open('part', 'w').write('new'); time.sleep(0.1)"
    checkout.dodo(
        keeping("warm", "other")
        + f"def task_edit(): return check(command=['python', '-c', {edit!r}], after=['warm'])\n"
        + keeping("late", "part", after=["edit"])
    )
    run = checkout.run()
    assert run.code == 0, run
    assert checkout.read("late") == "old"
    told = "'part' changed while 'late' ran: the result is not recorded, the next run makes it again"
    assert told in run.text
    assert checkout.build() == ["late"]
    assert checkout.read("late") == "new"
    assert checkout.build() == []


def test_what_changed_while_it_was_served_retires_the_worker(copies):
    checkout, _ = copies
    checkout.write("keeping.py", KEEPING)
    checkout.write("part", "old")
    checkout.write("other", "x")
    checkout.dodo(
        keeping("one", "part", "edited", inputs=["part"])
        + keeping("two", "other", after=["one"])
        + keeping("three", "other", after=["two"])
    )
    run = checkout.run()
    assert "'part' changed while 'one' ran: the result is not recorded" in run.text
    assert len(workers(checkout)) == 2
