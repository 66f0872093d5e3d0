"""Rough ground: odd names, huge files, loops of links, disks that are full or read-only, clocks that go back."""

from __future__ import annotations

import errno
import os
import time

import pytest

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
    assert f"cannot look at '{'n' * 300}': File name too long." in run.text


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
    checkout.write("src/a", "")
    (checkout.folder / "src/up").symlink_to("..")
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
            if b'"start"' in data:
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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable to root")
def test_unreadable_input_is_one_sentence(checkout):
    checkout.dodo(copy("a", "b"))
    checkout.write("a", "1").chmod(0)
    run = checkout.run()
    assert run.code == 1
    assert "cannot read 'a': permission denied. Make it readable for yourself." in run.text
