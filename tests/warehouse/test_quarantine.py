"""What strangers wrote is read in a process with limits: whatever it costs, it costs nobody else."""

import contextlib
import gzip
import io
import os
import signal
import tarfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.warehouse.factories import make_wheel
from warehouse import connections, quarantine
from warehouse.projects import descriptions
from warehouse.uploads import archives, distributions
from warehouse.uploads.errors import UploadRefused

SECONDS = 4  # of processor time: imports, and one for the question


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch):
    """A quarantine of real processes."""
    made = quarantine.Quarantine()
    monkeypatch.setattr(quarantine, "ask", made.ask)
    yield made
    made.close()


@pytest.fixture
def hasty(real, monkeypatch: pytest.MonkeyPatch) -> quarantine.Quarantine:
    """One whose limit is less than half of the real one: what it ends, the real one ends as well, or answers."""
    begin = "answer_all(sys.stdin, answers)"
    assert begin in quarantine.CHILD and quarantine.CPU_SECONDS == 1
    shorter = f"from warehouse import quarantine\nquarantine.CPU_SECONDS = 0.4\n{begin}"
    monkeypatch.setattr(quarantine, "CHILD", quarantine.CHILD.replace(begin, shorter))
    return real


def pax(kind: bytes, size: int, times: int = 1) -> bytes:
    """An sdist whose headers take quadratic time in some releases of Python (CVE-2024-6232)."""
    big = b"9" * size
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    header = info.tobuf(tarfile.USTAR_FORMAT) + big + bytes(-size % 512)
    return gzip.compress(header * times + tarfile.TarInfo("px-1/y").tobuf() + bytes(1024))


SUBSTITUTIONS = "\n".join(
    [*(f".. |a{n}| replace:: {f'|a{n + 1}| ' * 10}" for n in range(4)), ".. |a4| replace:: xxxxxxxxxx", "", "|a0| " * 100]
)  # fmt: skip
HOSTILE_TEXTS = {
    "substitutions": (SUBSTITUTIONS, "text/x-rst"),
    "quotes": ("> " * 80_000, "text/markdown"),
    "quotes, commonmark": ("> " * 60_000 + "a", "text/markdown; variant=CommonMark"),
    "lists": ("- " * 60_000, "text/markdown"),
    "brackets": ("[" * 100_000, "text/markdown"),
    "links": ("[a](" * 60_000, "text/markdown"),
    "stars": ("*a_ " * 100_000, "text/markdown"),
    "backticks": ("".join("e" + "`" * n for n in range(2_000)), "text/markdown"),
    "nested tables": ("|a" * 30_000 + "\n" + "|-" * 30_000, "text/markdown"),
    "targets": ("`a`_ " * 40_000, "text/x-rst"),
    "sections": ("\n".join(f"{n}\n{'=' * 9}\n" for n in range(20_000)), "text/x-rst"),
    "bullets": ("\n".join(" " * n + "- a" for n in range(1_500)), "text/x-rst"),
}


@contextlib.contextmanager
def costs_little(made: quarantine.Quarantine) -> Iterator[None]:
    """Assert that a block needs less than a second of this process, and little of others."""
    here, there = time.process_time(), os.times()
    yield
    assert time.process_time() - here < 1
    made.close()
    now = os.times()
    assert now.children_user + now.children_system - there.children_user - there.children_system < SECONDS


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_a_text_costs_little_and_what_needs_more_is_shown_as_written(hasty, name):
    text, content_type = HOSTILE_TEXTS[name]
    with costs_little(hasty):
        html = descriptions.render(text, content_type)

    assert html is None or len(html) <= descriptions.LONGEST_HTML
    assert "<strong>b</strong>" in descriptions.render("**b**", "text/markdown")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE], ids=["header", "global"])
@pytest.mark.parametrize(("size", "times"), [(2 * 1024 * 1024 - 600, 1), (128 * 1024, 1), (16 * 1024, 40)])
def test_an_archive_costs_little_and_is_refused(hasty, tmp_path: Path, kind, size, times):
    path = tmp_path / "px-1.tar.gz"
    path.write_bytes(pax(kind, size, times))
    with costs_little(hasty), pytest.raises(UploadRefused) as refusal:
        archives.read_metadata(path, path.name)

    assert refusal.value.status == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"description_content_type": "text/markdown;" + 'a="' * 50_000, "description": "x"},
        {"requires_dist": ["a" + ",".join([">=1"] * 500_000)]},
        {"requires_dist": ["a; " + " and ".join(["os_name=='a'"] * 100_000)]},
        {"license_expression": " OR ".join(["MIT"] * 300_000)},
        {"requires_python": ">=" + "1" * 5000},
        {"requires_dist": ["a; " + "(" * 20_000 + "os_name=='a'" + ")" * 20_000]},
    ],
    ids=["content type", "specifiers", "markers", "licenses", "digits", "parentheses"],
)
def test_metadata_costs_little_and_a_refusal_is_short(hasty, fields):
    with costs_little(hasty):
        try:
            distributions.check_metadata({"metadata_version": "2.4", "name": "a", "version": "1"} | fields)
        except UploadRefused as refusal:  # whether it is right is not the question
            assert refusal.status == 400 and len(refusal.reason) < 1000


def test_an_archive_is_read_as_in_this_process(real, tmp_path: Path):
    path = tmp_path / "sample-1.0-py3-none-any.whl"
    path.write_bytes(make_wheel("sample"))

    assert archives.read_metadata(path, path.name) == (
        archives.look(str(path), path.name)["metadata"].encode("latin-1"),
        archives.look(str(path), path.name)["raw"],
    )


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
        quarantine.tell(ValueError, error, error.__traceback__)

    said = capsys.readouterr().err
    assert len(said) < 400 and "\x1b" not in said and "test_quarantine.py:" in said


def test_the_clock_ends_what_only_waits(real, monkeypatch):
    monkeypatch.setattr(quarantine, "WALL_SECONDS", 0.5)

    with pytest.raises(quarantine.TooMuch):
        real.ask("builtins:eval", "__import__('time').sleep(60)")


def test_who_finds_all_busy_is_told_so(real, tmp_path: Path):
    for _ in range(quarantine.ADMITTED):
        assert real._admitted.acquire()
    with pytest.raises(quarantine.Busy):
        descriptions.render("**b**", "text/markdown")
    (tmp_path / "a.whl").touch()
    with pytest.raises(UploadRefused) as refusal:
        archives.read_metadata(tmp_path / "a.whl", "a.whl")
    assert refusal.value.status == 503
    for _ in range(quarantine.ADMITTED):
        real._admitted.release()

    assert "<strong>b</strong>" in descriptions.render("**b**", "text/markdown")


def test_those_that_may_wait_wait_and_threads_are_left_for_others(real):
    assert quarantine.CHILDREN < quarantine.ADMITTED < connections.THREADS
    with ThreadPoolExecutor(quarantine.ADMITTED) as pool:
        questions = [pool.submit(real.ask, "builtins:len", "four") for _ in range(quarantine.ADMITTED)]
        assert [question.result(timeout=60) for question in questions] == [4] * quarantine.ADMITTED


def test_other_threads_go_on_while_an_archive_is_read(real, tmp_path: Path):
    path = tmp_path / "px-1.tar.gz"
    path.write_bytes(pax(tarfile.XHDTYPE, 2 * 1024 * 1024 - 600))
    longest, ended = 0.0, threading.Event()

    def upload() -> None:
        with contextlib.suppress(UploadRefused):
            archives.read_metadata(path, path.name)
        ended.set()

    thread = threading.Thread(target=upload)
    thread.start()
    while not ended.is_set():
        before = time.monotonic()
        time.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
    thread.join()

    assert longest < 5  # by the lock of all threads it would be minutes


def test_a_forked_process_has_processes_of_its_own(real):
    first = real.ask("os:getpid")
    kept = list(real._idle)
    real.forget()

    assert real.ask("os:getpid") != first
    for child in kept:
        child.communicate()


@pytest.mark.parametrize("is_unix", [True, False])
def test_what_runs_in_the_process(monkeypatch, is_unix):
    limits, timers = [], []
    system = SimpleNamespace(
        RLIMIT_AS="memory", RLIMIT_CORE="core", setrlimit=lambda kind, limit: limits.append((kind, limit[0]))
    )
    monkeypatch.setattr(quarantine, "resource", system if is_unix else None)
    if is_unix:
        monkeypatch.setattr(signal, "setitimer", lambda _, seconds: timers.append(seconds))
    else:
        monkeypatch.delattr(signal, "setitimer")
    answers = io.StringIO()

    quarantine.answer_all(['[0, "builtins:len", "four"]\n', '[2.5, "builtins:sorted", "ba"]\n'], answers)

    assert answers.getvalue() == '4\n["a", "b"]\n'
    assert limits == ([("memory", quarantine.MEMORY_BYTES), ("core", 0)] if is_unix else [])
    assert timers == ([quarantine.CPU_SECONDS, 0, quarantine.CPU_SECONDS + 2.5, 0] if is_unix else [])
