"""A Procfile's lines are started without a shell; what only a shell could do is refused."""

from __future__ import annotations

import pytest

from buildgraph.errors import BuildError
from buildgraph.members.procfile import Program, programs, variables, web

NO_SHELL = "No shell starts it: write a program and its words; '$NAME' stands for a variable."


def refused(text: str) -> str:
    with pytest.raises(BuildError) as caught:
        list(programs(text, "Procfile"))
    return str(caught.value)


def test_a_line_is_a_module_or_an_installed_script_with_its_words():
    text = "# what runs\n\nweb: serve --listen=0.0.0.0:$PORT --call 'a b.app'\nlistener: python -m camo.tcp ${PORT}\n"

    one, other = programs(text, "Procfile")

    words = ("--listen=0.0.0.0:$PORT", "--call", "a b.app")
    assert one == Program("web", "", "serve", words, "Procfile, line 3")
    assert other == Program("listener", "camo.tcp", "", ("${PORT}",), "Procfile, line 4")
    assert (str(one), str(other)) == ("serve", "python -m camo.tcp")
    assert web(text, "Procfile") == one
    assert variables(one) == variables(other) == {"PORT"}


@pytest.mark.parametrize(
    ("command", "sign"),
    [
        *(("serve | tee log", "|"), ("serve && more", "&"), ("serve; more", ";"), ("serve > log", ">")),
        *(("serve $(nproc)", "$"), ("serve `nproc`", "`"), ("serve *.py", "*"), ("serve ~/x", "~")),
        *(("serve {a,b}", "{"), ("serve # words", "#"), ("serve a\\ b", "\\"), ("serve [ab]", "[")),
        *(('serve "$(nproc)"', "$"), ('serve "`nproc`"', "`"), ("serve '$PORT'", "$"), ("serve $1", "$")),
        *(("serve ${PORT:-80}", "$"), ("! serve", "!"), ("(serve)", "("), ("serve < in", "<")),
    ],
)
def test_what_is_for_a_shell_is_refused(command: str, sign: str):
    assert refused(f"web: {command}\n") == f"Procfile, line 1: '{sign}' is for a shell. {NO_SHELL}"


@pytest.mark.parametrize("command", ["serve 'a|b*'", 'serve "a;b"', "serve --format='{x}'", 'serve "$PORT"'])
def test_what_is_quoted_is_a_word(command: str):
    assert len(next(programs(f"web: {command}\n", "Procfile")).words) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("web serve\n", "Procfile, line 1: it is not 'name: command'. Write it as 'web: program word …'."),
        ("web:\n", "Procfile, line 1: it is not 'name: command'. Write it as 'web: program word …'."),
        (
            "web: serve\n\nweb: other\n",
            "Procfile, line 3: there is a second line 'web'. Give it another name.",
        ),
        (
            "web: PORT=1 serve\n",
            "Procfile, line 1: it begins with a variable, 'PORT'. Set it where the service is deployed.",
        ),
        (
            "web: python app.py\n",
            "Procfile, line 1: 'python' runs something other than a module. Write: 'python -m MODULE'.",
        ),
        (
            "web: serve 'it\n",
            "Procfile, line 1: its words cannot be told apart: no closing quotation. Close the quotes.",
        ),
    ],
)
def test_a_line_that_cannot_be_is_told_with_its_place(text: str, message: str):
    assert refused(text) == message


def test_a_bundle_needs_a_line_web():
    with pytest.raises(BuildError) as caught:
        web("worker: work\n", "services/camo/Procfile")
    assert str(caught.value) == (
        "services/camo/Procfile: it has no line 'web'. Write what a bundle starts as 'web: program word …'."
    )
