"""`reset`: who sits at a terminal is asked before the data goes."""

import contextlib
import os
import pty
import subprocess
import sys

import pytest

from buildgraph.rooms.database import Database, __main__, verbs

RESET = Database("shop").reset[3:]
DROPPED = "the database 'shop' is empty\n"


@pytest.fixture
def dropped(monkeypatch):
    """What the server is told to drop."""
    names = []
    monkeypatch.setattr(verbs.beside, "serving", lambda *_: contextlib.nullcontext(("address", "shop")))
    monkeypatch.setattr(verbs.administer, "drop", lambda _, name: names.append(name))
    monkeypatch.setattr(verbs.administer, "create", lambda *_: None)
    monkeypatch.setattr(verbs.tables, "note", lambda *_: None)
    return names


def test_reset_asks_and_takes_no_for_an_answer(dropped, monkeypatch, capsys):
    questions = []
    monkeypatch.setattr(verbs, "agrees", lambda question: questions.append(question))

    assert __main__.main(RESET) == 0
    assert questions == ["drop the database 'shop' with all that is in it?"]
    assert (dropped, capsys.readouterr().out) == ([], "the database 'shop' is unchanged\n")


@pytest.mark.parametrize("words", [["--yes"], []], ids=["yes", "no terminal"])
def test_reset_asks_nobody_with_yes_or_without_a_terminal(dropped, capsys, words):
    assert __main__.main([*RESET, *words]) == 0
    assert (dropped, capsys.readouterr().out) == (["shop"], DROPPED)


@pytest.mark.parametrize(("typed", "answer"), [("y\n", True), ("YES\n", True), ("\n", False), ("\4", False)])
def test_only_yes_is_yes(typed, answer):
    ours, theirs = pty.openpty()
    ask = "from buildgraph.asking import agrees; print(agrees('go?'))"
    process = subprocess.Popen([sys.executable, "-c", ask], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, typed.encode())
    assert process.wait(60) == 0
    said = os.read(ours, 4096).decode()
    os.close(ours)
    assert "go? [y/N] " in said and said.rstrip().endswith(str(answer))
