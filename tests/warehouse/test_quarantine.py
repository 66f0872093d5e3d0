"""What strangers wrote is read in a process with limits: whatever it costs, it costs nobody else."""

import contextlib
import gzip
import os
import tarfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import quarantine
from tests.warehouse.factories import make_wheel
from warehouse import connections
from warehouse.projects import descriptions
from warehouse.uploads import archives, distributions
from warehouse.uploads.errors import UploadRefused

SECONDS = 4  # of processor time: imports, and one for the question


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch):
    """A quarantine of real processes."""
    yield from asked(quarantine.LIMITS, monkeypatch)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch):
    """One whose limit is less than half of the real one: what it ends, the real one ends as well, or answers."""
    assert quarantine.LIMITS.cpu_seconds == 1
    yield from asked(replace(quarantine.LIMITS, cpu_seconds=0.4), monkeypatch)


def asked(limits: quarantine.Limits, monkeypatch: pytest.MonkeyPatch) -> Iterator[quarantine.Quarantine]:
    """Have the application ask a quarantine of these limits."""
    made = quarantine.Quarantine(limits)
    monkeypatch.setattr(quarantine, "ask", made.ask)
    yield made
    made.close()


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


def test_who_finds_all_busy_is_told_so(real, tmp_path: Path):
    for _ in range(quarantine.LIMITS.admitted):
        assert real._admitted.acquire()
    with pytest.raises(quarantine.Busy):
        descriptions.render("**b**", "text/markdown")
    (tmp_path / "a.whl").touch()
    with pytest.raises(UploadRefused) as refusal:
        archives.read_metadata(tmp_path / "a.whl", "a.whl")
    assert refusal.value.status == 503
    for _ in range(quarantine.LIMITS.admitted):
        real._admitted.release()

    assert "<strong>b</strong>" in descriptions.render("**b**", "text/markdown")


def test_those_that_may_wait_wait_and_threads_are_left_for_others(real):
    assert quarantine.LIMITS.children < quarantine.LIMITS.admitted < connections.THREADS
    with ThreadPoolExecutor(quarantine.LIMITS.admitted) as pool:
        questions = [pool.submit(real.ask, "builtins:len", "four") for _ in range(quarantine.LIMITS.admitted)]
        assert [question.result(timeout=60) for question in questions] == [4] * quarantine.LIMITS.admitted


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
