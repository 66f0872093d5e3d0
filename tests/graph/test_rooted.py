"""`{root}` in the words of a command is the checkout's path, and a tool that works in another folder finds its output by it."""

from __future__ import annotations

import shutil

import pytest
from shelled import shelled

AWAY = 'cd docs && mkdir -p "$1" && cp ../a "$1/x"'


def one(checkout, outputs: str, *words: str, verb: str = "rule") -> None:
    """Give the checkout a task of these words, the first of which is a line of shell."""
    said = ", ".join(map(repr, words))
    shelled(checkout, f"def task_t(): return {verb}(inputs=['a'], {outputs}command=S({said}))")
    checkout.write("a", "1")
    checkout.write("docs/index", "")


def test_a_word_names_the_checkout(checkout):
    one(checkout, "outputs=['out'], ", 'printf %s "$2" > $1', "out", "--at={root}/docs:{root}")
    assert checkout.build() == ["t"]
    root = str(checkout.folder)
    assert checkout.read("out") == f"--at={root}/docs:{root}"


@pytest.mark.parametrize("word", ["{root}/docs/_build/", "--out={root}/docs/_build", "{root}/docs/_build"])
def test_an_output_is_staged_for_a_tool_that_works_elsewhere(checkout, word):
    line = AWAY.replace("$1", "${1#--out=}")
    one(checkout, "outputs=['docs/_build/'], ", line, word)
    assert checkout.build() == ["t"]
    assert checkout.read("docs/_build/x") == "1"
    assert not checkout.exists("docs/.buildgraph")
    assert checkout.build() == []

    one(checkout, "outputs=['docs/_build/'], ", f"{line} && exit 3", word)
    assert checkout.run().code == 1
    assert (
        checkout.read("docs/_build/x") == "1"
    )  # What was there before is unchanged: it had another place to write to.


def test_a_file_is_staged_in_the_same_way(checkout):
    one(checkout, "outputs=['docs/x'], ", 'cd docs && cp ../a "$1"', "{root}/docs/x")
    assert checkout.build() == ["t"]
    assert checkout.read("docs/x") == "1"


@pytest.mark.parametrize("outputs", ["docs/_build/", "docs/_build/x"])
def test_an_output_that_went_astray_is_named_with_what_to_write(checkout, outputs):
    line = AWAY if outputs.endswith("/") else 'cd docs && mkdir -p "$(dirname $1)" && cp ../a "$1"'
    one(checkout, f"outputs=['{outputs}'], ", line, outputs, "docs/index")
    run = checkout.run()
    assert run.code == 1
    assert (
        f"the command made '{outputs}' below 'docs', from where it resolves paths: 'docs/.buildgraph/staging/t'. "
        f"Write '{{root}}/{outputs}' among its words, which is the same place from every folder, and delete that one."
    ) in run.text


def test_a_checkout_that_moves_is_stale_if_a_word_names_it(checkout, another, tmp_path):
    for words, expected in ((["{root}"], ["t"]), (["x"], [])):
        one(checkout, "outputs=['out'], ", 'echo "$2" > $1', "out", *words)
        checkout.build()
        assert checkout.build() == []
        moved = tmp_path.with_name(f"{tmp_path.name}-moved-{words[0].strip('{}')}")
        shutil.copytree(checkout.folder, moved, symlinks=True)
        assert another(moved).build() == expected


def test_why_names_the_root(checkout, another, tmp_path):
    one(checkout, "outputs=['out'], ", 'echo "$2" > $1', "out", "{root}")
    checkout.build()
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    shutil.copytree(checkout.folder, moved, symlinks=True)
    assert f"its root changed from {checkout.folder} to {moved}" in another(moved).run("why", "t").text


def test_what_is_run_on_the_terminal_is_told_it_too(checkout):
    shelled(
        checkout,
        "def task_t(): return check(inputs=['a'], foreground=True, command=S('echo \"at $1\"', '{root}'))",
    )
    checkout.write("a", "1")
    assert f"at {checkout.folder}\n" in checkout.run().text


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("{root}", "ROOT"),
        ("-I{root}/a", "-IROOT/a"),
        ("file://{root}/a", "file://ROOT/a"),
        ("a:{root},{root}/b", "a:ROOT,ROOT/b"),
        ("src/{root}", "src/{root}"),
        ("{root}.o", "{root}.o"),
        ("{roots}", "{roots}"),
    ],
)
def test_it_is_a_name_within_a_path(checkout, word, expected):
    one(checkout, "outputs=['out'], ", 'printf %s "$2" > $1', "out", word)
    checkout.build()
    assert checkout.read("out") == expected.replace("ROOT", str(checkout.folder))


def test_a_file_of_that_name_is_that_file(checkout):
    shelled(
        checkout,
        "def task_t(): return rule(inputs=['{root}'], outputs=['{root}.o'], command=S('cp \"$1\" \"$2\"', '{root}', '{root}.o'))",
    )
    checkout.write("{root}", "1")
    assert checkout.build() == ["t"]
    assert checkout.read("{root}.o") == "1"
