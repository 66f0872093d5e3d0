"""A disk that is really full: a run on it ends with a sentence, and what it has made is neither half there nor lost."""

from __future__ import annotations

import os
import shutil

import pytest

PAGE_BYTES = 4096
TOOL = """#!/bin/sh
cat pad "$1" > "$2" 2> /dev/null || { echo "$2 does not fit"; exit 1; }
"""
DODO = """
def task_t():
    for name in ("1", "2", "3"):
        yield rule(name=name, inputs=["a", "pad"], outputs=[f"out/{name}"], command=["bin/tool", "a", f"out/{name}"])
"""
NAMES = ("1", "2", "3")
PAD = "p" * 5000
"""An output has two pages."""


@pytest.fixture
def disk(small):
    small.dodo(DODO)
    small.write("bin/tool", TOOL).chmod(0o755)
    small.write("pad", PAD)
    return small


def fill(checkout, pages: int) -> None:
    """Leave so many pages of the disk free."""
    free = os.statvfs(checkout.folder).f_bavail
    checkout.write("filler/0", "x" * (free - pages) * PAGE_BYTES)
    assert os.statvfs(checkout.folder).f_bavail == pages


def fill_names(checkout, names: int) -> None:
    """Leave room for so many files and folders."""
    number = 0
    while os.statvfs(checkout.folder).f_favail > names:
        checkout.write(f"filler/{number}", "")
        number += 1


def run_on_the_full_disk(checkout, old: str, new: str) -> None:
    """Run, make room, run twice: the first keeps what was there or makes it whole, the second does the rest, the third nothing."""
    run = checkout.run("-r", "json", "-n1")
    assert "Traceback" not in run.text
    assert run.code == 1 or (run.code == 0 and len(run.succeeded) == len(NAMES)), run
    assert run.code == 0 or '"what"' in run.text or run.text.splitlines()[-1].startswith("error: "), run
    for name in NAMES:
        text = checkout.read(f"out/{name}") if checkout.exists(f"out/{name}") else ""
        assert text in (old and PAD + old, PAD + new), name
    shutil.rmtree(checkout.folder / "filler")
    assert not set(checkout.build()) & set(run.succeeded)
    assert [checkout.read(f"out/{name}") for name in NAMES] == [PAD + new] * len(NAMES)
    assert checkout.build() == []


@pytest.mark.slow(keep=3)
@pytest.mark.parametrize("pages", range(12))
def test_first_build_on_a_full_disk_ends_with_a_sentence_and_goes_on_when_there_is_room(disk, pages):
    disk.write("a", "1")
    fill(disk, pages)
    run_on_the_full_disk(disk, "", "1")


@pytest.mark.parametrize("pages", range(5))
def test_next_build_on_a_full_disk_ends_with_a_sentence_and_goes_on_when_there_is_room(disk, pages):
    disk.write("a", "1")
    assert len(disk.build()) == len(NAMES)
    disk.write("a", "2")
    fill(disk, pages)
    run_on_the_full_disk(disk, "1", "2")


@pytest.mark.slow(keep=3)
@pytest.mark.parametrize("names", range(12))
def test_build_on_a_disk_without_room_for_names_ends_with_a_sentence(disk, names):
    disk.write("a", "1")
    fill_names(disk, names)
    run_on_the_full_disk(disk, "", "1")


def test_disk_that_is_full_when_the_ledger_is_written_loses_nothing_else(disk):
    """The ledger's line has the words of the command, which are longer than a page."""
    word = "w" * 6000
    disk.dodo(
        f"def task_t(): return rule(inputs=['a'], outputs=['b'], command=['bin/copy', 'a', 'b', '{word}'])"
    )
    disk.write("bin/copy", '#!/bin/sh\ncat "$1" > "$2"\n').chmod(0o755)
    disk.write("a", "1")
    assert disk.build() == ["t"]
    disk.write("a", "2")
    fill(disk, 1)
    run = disk.run()
    assert run.code == 1
    assert run.text == (
        "error: cannot write '.buildgraph/ledger': No space left on device. Free space or make it writable.\n"
    )
    assert disk.read("b") == "2"
    shutil.rmtree(disk.folder / "filler")
    run = disk.run("-r", "json")
    assert "could not be used" not in run.text
    assert run.started == ["t"]
    assert disk.build() == []
