"""Rough ground: odd names, huge files, loops of links, disks that are full or read-only, clocks that go back."""

from __future__ import annotations

import errno
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

COPY = "import sys; open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read())"


def copy(source: str, target: str) -> str:
    return f"def task_t(): return rule(inputs=[{source!r}], outputs=[{target!r}], command=['python', '-c', {COPY!r}, {source!r}, {target!r}])"


@pytest.mark.parametrize("name", ["a b", "ä✓", "-x", "a'b\"c", "a\nb", "$HOME;ls", "%(x)s", "{x}", "\udcff"])
def test_odd_names_are_names(checkout, name):
    checkout.dodo(copy(name, name + ".out"))
    checkout.write("./" + name, "1")
    assert checkout.build() == ["t"]
    assert checkout.build() == []
    assert checkout.read(name + ".out") == "1"


def test_name_of_300_characters_is_one_sentence(checkout):
    checkout.dodo(copy("n" * 300, "x"))
    run = checkout.run()
    assert run.code == 1
    assert f"cannot examine '{'n' * 300}': File name too long." in run.text


def test_task_names_of_any_length_have_their_own_log(checkout):
    for letter in "ab":
        checkout.dodo(
            f"def task_t(): yield rule(name={'n' * 300 + letter!r}, outputs=['x'], command=['python', '-c', \"print('said')\"])"
        )
        assert "said" in checkout.run().text
    assert len(list(checkout.folder.glob(".buildgraph/logs/*"))) == 2


def test_large_file_is_streamed(checkout):
    checkout.dodo("def task_t(): return check(inputs=['big'], command=['python', '-c', ''])")
    checkout.write("big", "")
    os.truncate(checkout.folder / "big", 64 << 20)
    assert checkout.build() == ["t"]
    assert checkout.build() == []


def test_loop_of_links_in_a_tree_is_not_entered(checkout):
    checkout.dodo("def task_t(): return check(inputs=['src/'], command=['python', '-c', ''])")
    checkout.write("src/in/a", "")
    (checkout.folder / "src/in/up").symlink_to("..")
    (checkout.folder / "src/self").symlink_to("self")
    assert checkout.build() == ["t"]
    assert checkout.build() == []


def test_file_from_the_future_is_right(checkout):
    checkout.dodo(copy("a", "b"))
    future = time.time() + 365 * 24 * 3600
    for text in "123":
        os.utime(checkout.write("a", text), (future, future))
        assert checkout.build() == ["t"]
        assert checkout.read("b") == text
        assert checkout.build() == []


def test_output_where_a_folder_is_sets_the_folder_aside(checkout):
    checkout.dodo(copy("a", "b"))
    checkout.write("a", "1")
    checkout.write("b/mine", "2")
    assert checkout.build() == ["t"]
    assert checkout.read("b") == "1"
    assert [file.read_text() for file in checkout.folder.glob(".buildgraph/set-aside/*/b/mine")] == ["2"]


def test_output_below_a_file_sets_the_file_aside(checkout):
    checkout.dodo(copy("a", "b/c"))
    checkout.write("a", "1")
    checkout.write("b", "mine")
    assert checkout.build() == ["t"]
    assert checkout.read("b/c") == "1"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_disk_that_refuses_is_one_sentence(checkout, number):
    """The failure is put into the run through `dodo.py`, since a full disk cannot be had for the asking."""
    refuse = f"""
        import os
        real = os.replace
        def replace(source, target):
            if target == "b":
                raise OSError({number}, os.strerror({number}))
            real(source, target)
        os.replace = replace
        """
    checkout.dodo(refuse + "\n        " + copy("a", "b"))
    checkout.write("a", "1")
    run = checkout.run()
    assert run.code == 1
    assert f"cannot write 'b': {os.strerror(number)}. Free space or make the folder writable." in run.text
    assert "Traceback" not in run.text


def test_ledger_that_cannot_be_written_is_one_sentence(checkout):
    refuse = """
        import os
        real = os.write
        def write(file, data):
            if b'start' in data:
                raise OSError(28, "No space left on device")
            return real(file, data)
        os.write = write
        """
    checkout.dodo(refuse + "\n        " + copy("a", "b"))
    checkout.write("a", "1")
    run = checkout.run()
    assert run.code == 1
    assert (
        "cannot write '.buildgraph/ledger': No space left on device. Free space or make it writable."
        in run.text
    )
    assert "Traceback" not in run.text


@pytest.mark.parametrize("name", ["perform", "Shop"])
def test_bug_in_a_thread_ends_the_run_with_its_traceback(checkout, name):
    broken = f"""
        from buildgraph.running import work
        def broken(*_, **__):
            raise RuntimeError("a bug")
        work.{name} = broken
        """
    checkout.dodo(broken + "\n        " + copy("a", "b"))
    checkout.write("a", "1")
    run = checkout.run()
    assert run.code == 1
    assert "RuntimeError: a bug" in run.text
    assert not checkout.exists("b")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
def test_output_that_cannot_be_written_is_one_sentence(checkout):
    checkout.dodo(copy("a", "b"))
    checkout.write("a", "1")
    words = [sys.executable, "-m", "buildgraph"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            words, cwd=checkout.folder, env=environ, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert run.returncode == 1
    assert run.stderr == (
        "error: cannot use what the output is written to: No space left on device."
        " Make sure that there is space and that you may read and write it.\n"
    )


SHELL_COPY = """
def task_t():
    return rule(inputs=["a"], outputs=["out/b"], command=["bin/copy", "a", "out/b"])
"""


@pytest.fixture
def copied(ordinary):
    """A checkout in which one file was copied, by a user whom permissions bind."""
    ordinary.dodo(SHELL_COPY)
    ordinary.write("a", "1")
    ordinary.write("bin/copy", '#!/bin/sh\ncat "$1" > "$2"\n').chmod(0o755)
    assert ordinary.build() == ["t"]
    assert ordinary.build() == []
    return ordinary


def said(run) -> str:
    return re.sub(r"\d+\.\d\d s", "0.00 s", run.text).replace("python3 dodo.py", "doit")


def test_unreadable_input_is_one_sentence(copied):
    file = copied.write("a", "2")
    file.chmod(0)
    run = copied.run()
    assert run.code == 1
    assert said(run) == (
        "failed  t  0.00 s\n"
        "  cannot read 'a': permission denied. Change its permissions so that you can read it.\n"
    )
    file.chmod(0o644)
    assert copied.build() == ["t"]


def test_read_only_folder_of_an_output_is_one_sentence(copied):
    copied.write("a", "2")
    (copied.folder / "out").chmod(0o555)
    run = copied.run()
    assert run.code == 1
    assert said(run) == (
        "failed  t  0.00 s\n"
        "  cannot write 'out/b': Permission denied. Free space or make the folder writable.\n"
        "  to repeat it: doit t\n"
    )
    assert copied.read("out/b") == "1"
    (copied.folder / "out").chmod(0o755)
    assert copied.build() == ["t"]
    assert copied.build() == []


STATE = {
    "lock": "cannot write '.buildgraph/lock': Permission denied. Everything in '.buildgraph' must be yours to write; it can be deleted.",
    "ledger": "cannot write '.buildgraph/ledger': Permission denied. Free space or make it writable.",
    "logs": "cannot write '.buildgraph/logs/running-0': Permission denied. Free space or make it writable.",
    "": "cannot write '.buildgraph/staging': Permission denied. Free space or make it writable.",
}
"""What is closed below `.buildgraph`, itself for the last, and what a run says then."""


@pytest.mark.parametrize("name", ["lock", "ledger", "logs", ""])
def test_read_only_state_is_one_sentence(copied, name):
    copied.write("a", "2")
    path = copied.folder / ".buildgraph" / name
    before = path.stat().st_mode
    path.chmod(0 if name == "logs" else before & ~0o222)
    run = copied.run()
    assert run.code == 1
    assert STATE[name] in run.text
    assert "Traceback" not in run.text
    path.chmod(before)
    assert copied.build() == ["t"]
    assert copied.build() == []


def test_read_only_checkout_is_one_sentence(ordinary):
    ordinary.dodo(SHELL_COPY)
    ordinary.folder.chmod(0o555)
    run = ordinary.run()
    assert run.code == 1
    assert run.text == f"error: {STATE['lock']}\n"


@pytest.mark.parametrize("words", [(), ("clean",)])
def test_file_that_cannot_be_deleted_is_one_sentence(copied, words):
    if not words:
        copied.dodo(SHELL_COPY.replace("out/b", "new/b"))
    (copied.folder / "out").chmod(0o555)
    run = copied.run(*words)
    assert run.code == 1
    assert "cannot delete 'out/b': Permission denied." in run.text
    assert "Traceback" not in run.text
    assert copied.read("out/b") == "1"


def test_unreadable_dodo_is_one_sentence(copied):
    (copied.folder / "dodo.py").chmod(0)
    run = copied.run()
    assert run.code == 1
    assert (
        run.text
        == "error: cannot read 'dodo.py': Permission denied. Change its permissions so that you can read it.\n"
    )


def test_read_only_ledger_that_a_killed_run_left_torn_is_one_sentence(copied):
    ledger = copied.folder / ".buildgraph/ledger"
    os.truncate(ledger, ledger.stat().st_size - 1)
    ledger.chmod(0o444)
    run = copied.run()
    assert run.code == 1
    assert run.text == f"error: {STATE['ledger']}\n"
