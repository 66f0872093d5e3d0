"""What is asked in quarantine costs what it may, whatever it is, and the next question is answered."""

import io
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import quarantine
from quarantine import answering


@pytest.fixture
def real():
    """A quarantine of real processes."""
    made = quarantine.Quarantine()
    yield made
    made.close()


def test_the_process_has_no_secrets_and_is_used_again(real, monkeypatch):
    monkeypatch.setenv("WAREHOUSE_SECRET", "a secret")
    first = real.ask("os:getpid")

    assert real.ask("os:getenv", "WAREHOUSE_SECRET") is None
    assert real.ask("os:getpid") == first != os.getpid()


def test_what_is_not_text_leaves_the_process_as_a_mark(real):
    """Names in archives are bytes, and what Python makes of them can be neither sent nor stored."""
    assert real.ask("json:loads", '"\\udcff \\ud83d\\ude00 é"') == "? 😀 é"


def test_ctrl_c_is_for_the_process_that_asks_and_its_end_ends_the_other(real):
    child = real.ask("os:getpid")
    os.kill(child, signal.SIGINT)
    assert real.ask("os:getpid") == child

    real._idle[0].stdin.close()

    assert real._idle.pop().wait(10) == 0


def test_one_that_was_killed_while_idle_is_replaced(real):
    first = real.ask("os:getpid")
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

    assert real.ask("os:getpid") != first


def test_one_that_dies_between_two_questions_is_too_much(real, monkeypatch):
    first = real.ask("os:getpid")
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    monkeypatch.setattr(real._idle[0], "poll", lambda: None)

    with pytest.raises(quarantine.TooMuch):
        real.ask("os:getpid")
    assert real.ask("os:getpid") != first


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        ("builtins:eval", "'x' * (2 << 30)"),
        ("builtins:eval", "'x' * (32 << 20)"),
        ("builtins:eval", "9**9**9"),
        ("builtins:eval", "__import__('os')._exit(0)"),
        ("builtins:eval", "1/0"),
        ("builtins:eval", "{1: object()}"),
    ],
    ids=["memory", "output", "time", "exit", "exception", "type"],
)
def test_what_goes_wrong_is_too_much_and_the_next_is_answered(real, function, argument, capfd):
    with pytest.raises(quarantine.TooMuch):
        real.ask(function, argument)

    assert len(real._idle) == 1  # another is there before it is asked
    assert real.ask("builtins:len", "four") == 4


def test_what_ends_it_is_one_line_of_the_log_and_what_a_library_prints_is_no_answer(real, capfd):
    with pytest.raises(quarantine.TooMuch):
        real.ask("builtins:eval", "(lambda f: f(f))(lambda f: f(f))")
    assert real.ask("builtins:eval", "print('a word') or 1") == 1
    real.close()

    first, second = capfd.readouterr().err.splitlines()
    assert first.startswith("quarantine: RecursionError(") and first.endswith(" at <string>:1")
    assert second == "a word"


def test_the_line_has_the_end_of_the_way_and_the_beginning_of_the_error(capsys):
    try:
        raise ValueError("é\x1b" * 5000)
    except ValueError as error:
        answering.tell(ValueError, error, error.__traceback__)

    said = capsys.readouterr().err
    assert len(said) < 400 and "\x1b" not in said and "test_quarantine.py:" in said


def test_a_forked_process_has_processes_of_its_own(real):
    first = real.ask("os:getpid")
    kept = list(real._idle)
    real.forget()

    assert real.ask("os:getpid") != first
    for child in kept:
        child.communicate()


def test_the_clock_ends_what_only_waits():
    impatient = quarantine.Quarantine(replace(quarantine.LIMITS, wall_seconds=0.5))

    with pytest.raises(quarantine.TooMuch):
        impatient.ask("builtins:eval", "__import__('time').sleep(60)")
    impatient.close()


def test_limits_are_those_of_the_process_too():
    made = quarantine.Quarantine(quarantine.Limits(memory_bytes=1 << 29, answer_characters=40))

    with pytest.raises(quarantine.TooMuch):
        made.ask("builtins:eval", "'x' * 40")
    assert made.ask("builtins:eval", "'x' * 10") == "x" * 10
    assert made.ask("builtins:eval", "__import__('resource').getrlimit(9)") == [1 << 29] * 2
    made.close()


def test_the_process_imports_from_the_folders_that_it_is_given_and_no_others(
    tmp_path: Path, monkeypatch, capfd
):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "asked.py").write_text("def name(): return __name__")
    (tmp_path / "unsaid.py").write_text("def name(): return __name__")
    monkeypatch.chdir(tmp_path)  # an empty folder's name is this one to Python
    library = str(Path(quarantine.__file__).parents[1])
    made = quarantine.Quarantine(path=[str(tmp_path / "here"), library])

    assert made.ask("asked:name") == "asked"
    with pytest.raises(quarantine.TooMuch):
        made.ask("unsaid:name")
    made.close()


def test_one_more_than_may_wait_is_told_so_and_the_others_are_answered():
    made = quarantine.Quarantine(replace(quarantine.LIMITS, children=1, admitted=2))
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(made.ask, "builtins:eval", "__import__('time').sleep(2) or 1") for _ in range(3)]
        said = [question.exception(timeout=60) or question.result() for question in asked]

    assert sorted(map(str, said)) == ["1", "1", "builtins:eval"]
    assert sum(isinstance(each, quarantine.Busy) for each in said) == 1
    made.close()


def test_a_fork_asks_processes_of_its_own(real):
    first = real.ask("os:getpid")
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, json.dumps(real.ask("os:getpid")).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert json.loads(os.read(reading, 99)) != first == real.ask("os:getpid")


@pytest.mark.parametrize("is_unix", [True, False])
def test_what_runs_in_the_process(monkeypatch, is_unix):
    limits, timers = [], []
    system = SimpleNamespace(
        RLIMIT_AS="memory", RLIMIT_CORE="core", setrlimit=lambda kind, limit: limits.append((kind, limit[0]))
    )
    monkeypatch.setattr(answering, "resource", system if is_unix else None)
    if is_unix:
        monkeypatch.setattr(signal, "setitimer", lambda _, seconds: timers.append(seconds))
    else:
        monkeypatch.delattr(signal, "setitimer")
    answers, said = io.StringIO(), quarantine.LIMITS

    questions = ['[0, "builtins:len", "four"]\n', '[2.5, "builtins:sorted", "ba"]\n']
    answering.answer_all(questions, answers, said)

    assert answers.getvalue() == '4\n["a", "b"]\n'
    assert limits == ([("memory", said.memory_bytes), ("core", 0)] if is_unix else [])
    assert timers == ([said.cpu_seconds, 0, said.cpu_seconds + 2.5, 0] if is_unix else [])
