"""A run is silent around what was asked for and speaks for itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from terminals import ROOT

from buildgraph.running.reporter import Summary, summary_text

DODO = """
from buildgraph import run
SAY = ["python", "-c", "import sys; print(*sys.argv[1:]); sys.exit(sys.argv[-1] == 'fail')"]
def task_made(): return rule(outputs=["made"], command=["python", "-c", "open('made', 'w').write('1')"])
def task_db(): return run(needs=["made"], command=[*SAY, "the database is at '0002'"], arguments=True)
def task_manage(): return run(needs=["db"], command=[*SAY, "token"], arguments=True)
def task_broken(): return run(command=[*SAY, "no database", "fail"])
def task_shell(): return run(needs=["broken"], command=[*SAY, "token"])
def task_style(): return check(command=[*SAY, "style"])
def task_wait(): return service(command=["python", "-c", "import time; print('up', flush=True); time.sleep(60)"])
def task_twice():
    for name in ("a", "b"):
        yield check(name=name, command=[*SAY, "x.js:1: error", "fail"])
"""


@pytest.fixture
def quiet(checkout):
    checkout.dodo(DODO)
    checkout.build("made")
    return checkout


def said(run) -> str:
    return re.sub(r"\d+\.\d\d s", "0.00 s", run.text).replace("python3 dodo.py", "doit")


def test_nothing_is_said_around_what_was_asked_for(quiet):
    assert said(quiet.run("manage", "create")) == "token create\n"
    assert quiet.read(".buildgraph/logs/db.log") == "the database is at '0002'\n"
    assert said(quiet.run("db")) == "the database is at '0002'\n"


def test_a_run_that_rewrites_what_others_read_has_done_its_job(checkout):
    checkout.dodo("""
from buildgraph import run
def task_reformat(): return run(needs=["made"], command=["python", "-c", "open('code', 'w').write('neat'); print('1 file reformatted')"])
def task_made(): return rule(inputs=["code"], outputs=["made"], command=["python", "-c", "open('made', 'w').write('1')"])
""")
    (checkout.folder / "code").write_text("untidy")
    checkout.build("made")

    assert said(checkout.run("reformat")) == "1 file reformatted\n"
    assert checkout.read("code") == "neat"


def test_what_is_made_before_is_said(quiet):
    (quiet.folder / "made").unlink()
    assert said(quiet.run("manage")) == "made    made  0.00 s\ntoken\n"


def test_what_was_only_needed_is_heard_if_it_fails(quiet):
    assert said(quiet.run("shell")) == (
        "failed  broken  0.00 s\n  the command ended with exit code 1\n  | no database fail\n"
        "  to repeat it: doit broken\nshell: 1 ran, 0 reused, 1 failed, 1 not started because of it in 0.00 s\n"
    )


@pytest.mark.parametrize(
    "level", [["-v"], ["-v2"], ["-v", "2"], ["--verbosity=2"], ["-n", "2", "-v"]], ids=" ".join
)
def test_more_is_said_when_asked(quiet, level):
    assert said(quiet.run(*level, "manage")) == (
        "the database is at '0002'\ntoken\nmanage: 2 ran, 1 reused in 0.00 s; longest path: db → manage\n"
    )


def test_checks_pass_and_rules_are_made(quiet):
    assert said(quiet.run("style")) == "passed  style  0.00 s\nstyle: 1 ran, 0 reused in 0.00 s\n"


def test_one_error_is_printed_once(quiet):
    text = said(quiet.run("-n1", "--continue", "twice"))
    assert text.count("x.js:1: error") == 1
    assert "failed  twice:b  0.00 s\n  the same as of 'twice:a'\n  to repeat it: doit twice:b\n" in text


def test_service_that_is_ended_says_how_long_it_served(quiet):
    pid = quiet.start("wait")
    deadline = time.monotonic() + 30
    while "up" not in quiet.last[1].read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(pid, signal.SIGINT)
    run = quiet.wait()
    assert run.code == 130
    assert re.search(r"^wait: served for \d s\n\Z", run.text, re.M), run


def test_what_a_service_needed_is_told_while_it_serves_and_not_how_long_it_did(quiet):
    quiet.write(
        "dodo.py",
        quiet.read("dodo.py").replace(
            'service(command=["python", "-c", "import time',
            'service(needs=["made"], command=["python", "-c", "import time',
        ),
    )
    (quiet.folder / "made").unlink()
    pid = quiet.start("wait")
    deadline = time.monotonic() + 30
    while "up" not in quiet.last[1].read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    command = [sys.executable, "-m", "buildgraph", "trace"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    asked = subprocess.run(command, cwd=quiet.folder, env=environment, capture_output=True, text=True)
    meanwhile = asked.stdout
    os.kill(pid, signal.SIGINT)
    quiet.wait()

    assert re.search(r"^1 .* doit wait +1 +\d+ .* made \d", meanwhile, re.M), meanwhile
    assert "wait" not in re.sub("doit wait", "", quiet.run("trace").text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.2, "4 s"), (61, "1 min"), (3627, "1 h"), (3900, "1 h 5 min"), (90000, "25 h")]
)
def test_time_of_a_service_is_said_as_people_say_it(seconds, text):
    summary = Summary(["serve"], 1, 0, 3, 0, 1, seconds, (), is_interrupted=True, served_seconds=seconds)
    assert summary_text(summary) == f"serve: served for {text}"


def test_what_a_run_prints_is_alone_on_standard_output(quiet):
    (quiet.folder / "made").unlink()
    command = [
        sys.executable,
        "-c",
        "import sys; from buildgraph.adapter import main; sys.exit(main(['manage']))",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=quiet.folder, env=environment, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "token\n")
    assert done.stderr.startswith("made    made  ")


def test_where_the_last_word_is_an_error_no_exit_code_is_told(checkout):
    checkout.dodo(
        "def task_t(): return check(command=['python', '-c', 'exit(\"error: no disk is there.\")'])"
    )
    assert "failed  t  0.00 s\n  | error: no disk is there.\n  to repeat it: doit t\n" in re.sub(
        r"\d+\.\d\d s", "0.00 s", checkout.run("t").text.replace("python3 dodo.py", "doit")
    )
    assert re.match(
        r"t: it failed when it ran last \(.+\): no disk is there\n", checkout.run("why", "t").text
    )


SITE = """
from buildgraph import rule

def task_site():
    return rule(outputs=["site/"], command=["python", "-c", "import pathlib; pathlib.Path('site').mkdir(); pathlib.Path('site/index.html').write_text('x')"], opens="site/index.html")
def task_other():
    return rule(outputs=["a.txt"], command=["python", "-c", "open('a.txt', 'w').write('x')"])
"""


def test_a_run_ends_with_the_file_to_open(quiet):
    quiet.dodo(SITE)
    assert re.search(
        r"^site: 1 ran, 0 reused in [\d.]+ s; open site/index.html\n\Z", quiet.run("site").text, re.M
    )
    assert quiet.run("site").text == "site: up to date; open site/index.html\n"
    assert quiet.run("site").text == "site: up to date; open site/index.html\n", "as the certificate says it"
    assert "open" not in quiet.run("site", "other").text


def test_a_file_to_open_is_made_by_its_task(quiet):
    quiet.dodo(SITE.replace('opens="site/', 'opens="sites/'))
    assert "opens names 'sites/index.html', which is not an output" in quiet.run("site").text
