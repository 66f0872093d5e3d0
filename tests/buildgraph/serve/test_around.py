"""What is beside the application: the graph's tasks, other programs, files that it reads by itself or stands on."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildgraph.serve.graph import of_lines, place

from .harness import ROOT, Served, is_alive, is_free, left, wait_until

DODO = """
from buildgraph import rule, run

def task_style():
    return rule(inputs=["sass/*.scss"], outputs=["static/a.css"], command=["python", "make.py", "sass", "static/a.css"], tools=["make.py"])

def task_ground():
    return rule(inputs=["locks/a.txt"], outputs=["stamp"], command=["python", "make.py", "locks", "stamp"], tools=["make.py"])

def task_tables():
    return run(needs=[], command=["python", "-c", "open('tables', 'a').write('upgraded ')"])
"""
MAKE = """
import pathlib, sys, time
sources = sorted(path for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_file())
text = "".join(path.read_text() for path in sources)
if "broken" in text:
    sys.exit(f"error: {sources[0]}, line 2: this is broken")
if "slow" in text:
    time.sleep(30)
pathlib.Path(sys.argv[2]).write_text(text)
"""
SLOW_TO_LOAD = """
import pathlib, time
pathlib.Path("asked").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.01)
"""
LINES = "import sys; print('begun', flush=True)\nfor line in sys.stdin: pass\nprint('ended', flush=True)"
FILES = {
    "dodo.py": DODO,
    "make.py": MAKE,
    "sass/a.scss": "/* one */\n",
    "locks/a.txt": "one\n",
    "migrations/0001.py": "",
}
GRAPH = (
    "--code=app",
    "--task=style",
    "--task=ground",
    "--live=static",
    "--ground=stamp",
    "--asked=migrations=tables",
)


def write(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "static").mkdir(exist_ok=True)


@pytest.fixture
def graph(serve):
    """A project with a graph, whose inputs are known and made."""

    def begin(*options: str) -> Served:
        served = serve(*GRAPH, *options, prepare=write)
        wait_until(lambda: served.status()["build_reads"], "the graph says what it reads")
        served.write("sass/a.scss", "/* two */\n")
        served.write("locks/a.txt", "two\n")
        wait_until(lambda: made(served) == "/* two */\n" and (served.folder / "stamp").exists(), "it is made")
        served.wait_for_line("stamp changed")
        wait_until(lambda: "stamp" in served.status()["reloads"][-1]["why"], "the start that it asks for")
        wait_until(lambda: not served.status()["is_building"], "nothing runs")
        return served

    return begin


def made(served: Served) -> str:
    path = served.folder / "static/a.css"
    return path.read_text() if path.exists() else ""


def runs(served: Served) -> list[str]:
    """Return what `doit trace --serve` lists."""
    words = [sys.executable, "-m", "buildgraph", "trace", "--serve"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(words, cwd=served.folder, env=environ, capture_output=True, text=True, check=True)
    return re.findall(r"^ *\d+  \S+(?: \S+)?  (.+? saved)  ", said.stdout, re.M)


def news(served: Served) -> dict:
    """Return what an open page is told first."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("GET", "/__serve__/events")
    found = connection.getresponse()
    if found.status == 307:
        port = int(found.headers["Location"].split(":")[2].split("/")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/__serve__/events")
        found = connection.getresponse()
    line = found.readline()
    connection.close()
    return json.loads(line.removeprefix(b"data: "))


def test_what_a_task_reads_is_made_again_and_the_application_stays(graph):
    served = graph()
    before = served.get("/pid").text
    wait_until(lambda: (now := served.status())["build_reads"] and not now["is_building"], "it is followed")

    served.write("sass/a.scss", "/* three */\n")

    wait_until(lambda: made(served) == "/* three */\n", "it is made again")
    assert served.get("/pid").text == before
    told = r"^build \| sass/a\.scss saved: \d tasks?, \d\.\d s$"
    wait_until(lambda: re.search(told, served.output, re.M), "it is told")
    assert "build | made" not in served.output
    status = wait_until(lambda: (found := served.status()) and not found["is_building"] and found, "an end")
    assert status["build"] | {"seconds": 0} == {
        "tasks": ["style", "ground"],
        "why": "sass/a.scss",
        "seconds": 0,
        "failed": False,
    }


def test_a_file_that_appears_where_the_graph_reads_is_taken_up(graph):
    served = graph()
    served.write("sass/more/deep.txt", "nobody's")
    served.write("sass/b.scss", "/* more */\n")

    wait_until(lambda: made(served) == "/* two */\n/* more */\n", "it is made with both")

    (served.folder / "sass/b.scss").unlink()
    wait_until(lambda: made(served) == "/* two */\n", "it is made without it")


def test_a_task_that_fails_is_told_to_open_pages_until_it_is_mended(graph):
    served = graph()
    assert news(served)["failure"] is None

    served.write("sass/a.scss", "first\nbroken\n")
    failure = wait_until(lambda: news(served)["failure"], "the failure is told")

    assert failure["title"] == "style failed"
    assert "this is broken" in failure["message"]
    assert (failure["file"], failure["line"]) == (str(served.folder / "sass/a.scss"), 2)
    assert [2, "broken"] in failure["frames"][0]["lines"]
    assert served.get("/").text == "one!"
    assert made(served) == "/* two */\n"
    assert "this is broken" in served.output
    assert runs(served)[0] == "sass/a.scss saved", "by the file that was saved"

    served.write("sass/a.scss", "/* mended */\n")
    wait_until(lambda: news(served)["failure"] is None, "the failure is gone")
    assert made(served) == "/* mended */\n"


def test_what_is_asked_runs_and_then_the_application_starts_again(graph):
    served = graph()
    before = served.get("/pid").text

    served.write("migrations/0002.py", "x = 1\n")

    wait_until(lambda: served.get("/pid").text != before, "another start")
    assert (served.folder / "tables").read_text() == "upgraded "
    assert "migrations/0002.py changed, tables done" in served.output


def test_what_the_application_stands_on_starts_it_again(graph):
    served = graph()
    before = served.get("/pid").text

    served.write("locks/a.txt", "three\n")

    wait_until(lambda: served.get("/pid").text != before, "another start")
    assert (served.folder / "stamp").read_text() == "three\n"


def test_the_application_answers_and_follows_while_tasks_run(graph):
    served = graph()
    served.write("sass/a.scss", "slow\n")
    wait_until(lambda: served.status()["is_building"], "a task runs")

    served.write("app/words.py", "WORD = 'meanwhile'\n")

    served.wait_for("meanwhile!")
    assert served.status()["is_building"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_end_in_the_middle_of_a_task_leaves_nothing(graph, number):
    served = graph("--beside=lines=" + json.dumps([sys.executable, "-c", LINES]))
    served.write("sass/a.scss", "slow\n")
    wait_until(lambda: served.status()["is_building"], "a task runs")
    pids = served.processes()

    seconds = served.stop(number)

    assert seconds < 5
    wait_until(lambda: not left(pids), "nothing is left")
    assert is_free(served.port)
    served.write("sass/a.scss", "/* later */\n")


def test_saves_while_a_task_runs_are_made_after_it(graph):
    served = graph()
    for number in range(12):
        served.write("sass/a.scss", f"/* number {number} */\n")
        time.sleep(0.15)
    wait_until(lambda: made(served) == "/* number 11 */\n", "the last one is made")


def test_a_save_before_the_graph_has_first_said_what_it_reads_is_made(serve):
    def prepare(folder: Path) -> None:
        write(folder)
        (folder / "dodo.py").write_text(DODO + SLOW_TO_LOAD)

    served = serve(*GRAPH, prepare=prepare)
    wait_until(lambda: (served.folder / "asked").exists(), "the graph is being asked")
    served.write("sass/a.scss", "/* early */\n")
    (served.folder / "go").touch()

    wait_until(lambda: made(served) == "/* early */\n", "it is made")


def test_a_program_beside_has_a_name_before_its_lines_and_is_replaced_with_its_code(serve):
    served = serve("--beside=lines=" + json.dumps([sys.executable, "-c", LINES]))
    served.wait_for_line("lines | begun")
    first = program(served)

    served.write("app/words.py", "WORD = 'two'\n")

    served.wait_for("two!")
    wait_until(lambda: program(served) not in (0, first), "another one")
    served.wait_for_line("lines | ended")
    assert not is_alive(first)


def test_what_a_program_says_first_each_time_is_shown_once(serve):
    text = LINES.replace("for line", "import os; print(os.getpid(), flush=True)\nfor line")
    served = serve("--beside=lines=" + json.dumps([sys.executable, "-c", text]))
    first = program(served)
    served.wait_for_line(f"lines | {first}")

    served.write("app/words.py", "WORD = 'two'\n")
    second = wait_until(lambda: program(served) not in (0, first) and program(served), "another one")
    served.wait_for_line(f"lines | {second}")

    assert served.output.count("lines | begun") == 1


def test_a_program_that_ends_is_started_again_after_a_pause(serve):
    served = serve("--beside=lines=" + json.dumps([sys.executable, "-c", LINES]))
    served.wait_for_line("lines | begun")
    os.kill(program(served), signal.SIGKILL)

    served.wait_for_line("lines | ended with code -9; it is started again in 0.5 s")
    wait_until(lambda: served.output.count("lines | begun") == 2, "another one")
    assert served.get("/").text == "one!"


def test_a_program_that_cannot_start_or_fails_at_once_ends_nothing(serve):
    served = serve('--beside=none=["/no/such/program"]', '--beside=fails=["/bin/false"]')
    served.wait_for_line("none | cannot be started: No such file or directory")
    served.wait_for_line("fails | ended with code 1; it is started again in 1 s")
    assert served.get("/").text == "one!"


def test_a_program_that_does_not_listen_is_ended_all_the_same(serve):
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True)\nwhile True: time.sleep(60)"
    served = serve("--beside=lines=" + json.dumps([sys.executable, "-c", stubborn]))
    served.wait_for_line("lines | here")
    pid = program(served)

    assert served.stop() < 8
    assert not is_alive(pid)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--beside=lines", "'lines' has no name or nothing after '='"),
        ("--beside=lines=python -m x", "the command of 'lines' is not a JSON list of strings"),
        ("--beside=lines=[]", "the command of 'lines' is not a JSON list of strings"),
        ("--asked=migrations", "'migrations' has no name or nothing after '='"),
        ("--code=nowhere", "'nowhere' is not a folder"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(serve, option, message):
    served = serve(option, wait="")
    served.process.wait(20)
    served.reader.join(5)
    assert served.process.returncode == 1
    assert message in served.output and "Traceback" not in served.output


def test_a_graph_that_cannot_be_read_is_told_and_ends_nothing(serve):
    def prepare(folder: Path) -> None:
        write(folder)
        (folder / "dodo.py").write_text("def task_style(:\n")

    served = serve(*GRAPH, prepare=prepare)
    served.wait_for_line("dodo.py, line 1")
    served.write("dodo.py", DODO)
    wait_until(lambda: served.status()["build_reads"], "the graph says what it reads")


def test_an_edit_of_the_definitions_is_told_and_taken_up(graph):
    served = graph()
    served.write("dodo.py", DODO.replace("def ", "def (", 1))
    served.wait_for_line("invalid syntax")
    told = (
        "'dodo.py' changed: its tasks are as it says now; what it says of serving counts from the next start"
    )
    assert told not in served.output

    served.write("other/b.scss", "/* other */\n")
    served.write("dodo.py", DODO.replace('"sass', '"other'))

    served.wait_for_line(told)
    wait_until(lambda: made(served) == "/* other */\n", "it is made as the definitions say now")
    served.write("other/b.scss", "/* followed */\n")
    wait_until(lambda: made(served) == "/* followed */\n", "what they read is followed")
    assert served.output.count(told) == 1


def test_what_is_followed_stays_followed_while_the_definitions_are_broken(graph):
    served = graph()
    served.write("dodo.py", "def task_style(:\n")
    served.wait_for_line("dodo.py, line 1")
    wait_until(lambda: not served.status()["is_building"], "nothing runs")
    assert served.status()["build_reads"]


def program(served: Served) -> int:
    found = [each["pid"] for each in served.status()["processes"] if each["kind"] == "lines"]
    return found[0] if found else 0


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("error: a.scss, line 3: no", ("a.scss", 3)),
        ("  a.scss 3:7  root stylesheet", ("a.scss", 3)),
        ("x [ERROR] at a.scss:3:7:", ("a.scss", 3)),
        ('File "a.scss", line 3', ("a.scss", 3)),
        ("../a.scss:3 is elsewhere", None),
        ("gone.scss:3", None),
        ("nothing", None),
    ],
)
def test_the_place_that_a_tool_names_is_found(tmp_path, line, found):
    (tmp_path / "a.scss").write_text("1\n2\n3\n")
    frame, column = place(line, str(tmp_path)) or (None, 0)
    assert (frame and (os.path.basename(frame.file), frame.line)) == found
    assert column == (7 if ":7" in line else 0)


def test_what_a_run_says_is_a_failure_with_its_task():
    failure = of_lines(["made    a  0.1 s", "failed  b  0.2 s", "  | no", "a, b: 1 failed"], "/nowhere")
    assert (failure.title, failure.message) == ("b failed", "no\na, b: 1 failed")
    assert of_lines(["something else"], "/nowhere").title == "the build failed"
    assert of_lines([], "/nowhere").message == ""


def test_what_a_command_on_the_terminal_said_is_a_part_of_its_failure(tmp_path):
    (tmp_path / "bad.py").write_text("1\n2\n")
    lines = [
        "error: bad.py, line 2: no such table.",
        "failed  db  1.2 s",
        "  the command ended with exit code 1",
        "  to repeat it: doit db",
        "db: 0 ran, 3 reused, 1 failed in 2 s",
    ]

    failure = of_lines(lines, str(tmp_path))

    assert (failure.title, failure.line) == ("db failed", 2)
    assert failure.message == "error: bad.py, line 2: no such table."


def test_a_page_has_the_source_of_a_failed_task_once_with_a_mark(tmp_path):
    (tmp_path / "a.scss").write_text("1\n2\n3\n4\n")
    lines = [
        "failed  style  0.3 s",
        "  a.scss:3:14: no such variable",
        "  | 2 │ 2",
        "  | 3 │ 3",
        "  |   │ ^",
        "  | and more",
        "  to repeat it: doit style",
    ]

    failure = of_lines(lines, str(tmp_path))

    assert failure.message == "a.scss:3:14: no such variable\nand more"
    assert (failure.line, failure.column) == (3, 14)
    assert (3, "3") in failure.frames[0].lines
