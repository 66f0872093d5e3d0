"""Data is not syntax: what a file is called never changes what it is."""

from __future__ import annotations

import pytest
from shelled import shelled

NAMES = ["pages/[id].js", "[id].js", "[[...slug]].js", "a[!b]", "[", "]["]
STARRED = ["a*b", "what?", "*", "[x]*/[y]?"]


def copying(checkout, name, declared):
    text = "def task_t(): return rule(inputs=[{0}], outputs=['out'], command=S('cp \"$2\" \"$1\"', 'out', {1!r}))"
    shelled(checkout, text.format(declared, "./" + name))
    checkout.write(name, "1")


@pytest.mark.parametrize("name", NAMES + STARRED)
def test_edit_of_a_file_with_wildcards_in_its_name_is_seen(checkout, name):
    copying(checkout, name, repr(name))
    assert checkout.build() == ["t"]
    assert checkout.build() == []
    checkout.write(name, "2")
    assert checkout.build() == ["t"]
    assert checkout.read("out") == "2"


@pytest.mark.parametrize("name", STARRED)
def test_path_object_is_no_pattern(checkout, name):
    copying(checkout, name, f"Path({name!r})")
    checkout.write(name.replace("*", "z").replace("?", "z"), "1")
    assert checkout.build() == ["t"]
    checkout.write(name.replace("*", "z").replace("?", "z"), "other")
    assert checkout.build() == []


@pytest.mark.parametrize("name", NAMES + STARRED)
def test_output_with_wildcards_in_its_name_is_made_owned_and_removed(checkout, name):
    text = "def task_t(): return rule(outputs=[{0!r}], command=S('echo 1 > \"$1\"', {0!r}))"
    shelled(checkout, text.format(name))
    checkout.write(name.rpartition("/")[0] + "/keep" if "/" in name else "keep", "")
    assert checkout.build() == ["t"]
    assert checkout.build() == []
    checkout.write(name, "junk")
    assert checkout.build() == ["t"]
    assert checkout.read(name) == "1\n"
    shelled(checkout, text.format("other"))
    assert checkout.build() == ["t"]
    assert not checkout.exists(name)


def test_file_with_brackets_has_an_edge_to_the_task_that_makes_it(checkout):
    shelled(
        checkout,
        """
        def task_use(): return rule(inputs=["gen/[id].js"], outputs=["out"], command=S('cp "gen/[id].js" $1', "out"))
        def task_make(): return rule(inputs=["in"], outputs=["gen/[id].js"], command=S('cp in "$1"', "gen/[id].js"))
        """,
    )
    checkout.write("in", "1")
    assert checkout.build() == ["make", "use"]
    checkout.write("in", "2")
    assert checkout.build() == ["make", "use"]
    assert checkout.read("out") == "2"


def test_what_python_found_by_a_pattern_is_no_pattern_again(checkout):
    shelled(
        checkout,
        """
        def task_t():
            for path in sorted(Path("src").glob("*")):
                yield rule(name=path.name, inputs=[path], outputs=[Path("out", path.name)], command=S('cp "$1" "out/$2"', path, path.name))
        """,
    )
    for name in ("[a]", "a", "*", "b?"):
        checkout.write(f"src/{name}", name)
    assert len(checkout.build()) == 4
    for name in ("[a]", "a", "*", "b?"):
        assert checkout.read(f"out/{name}") == name
    checkout.write("src/a", "new")
    assert checkout.build() == ["t:a"]


def test_pattern_that_stands_for_no_file_says_so(checkout):
    shelled(
        checkout,
        "def task_t(): return rule(inputs=[glob('src/[id].js'), 'lib/*.js', 'doc/'], outputs=['out'], command=S('echo > $1', 'out'))",
    )
    checkout.write("src/[id].js", "")
    run = checkout.run()
    assert run.code == 0
    assert run.text.splitlines()[:3] == [
        "note: t: the input 'src/[id].js' matches no file (a file has this very name: write it as a plain text)",
        "note: t: the input 'lib/*.js' matches no file",
        "note: t: the input 'doc/' matches no file",
    ]


def test_a_folder_without_files_is_not_a_file_of_its_name(checkout):
    shelled(
        checkout, "def task_t(): return rule(inputs=['doc/'], outputs=['out'], command=S('echo > $1', 'out'))"
    )
    (checkout.folder / "doc").mkdir()
    assert checkout.run().text.splitlines()[0] == "note: t: the input 'doc/' matches no file"


def test_why_shows_patterns_as_they_were_written(checkout):
    text = "def task_t(): return rule(inputs=[{0!r}], outputs=['out'], command=S('echo > $1', 'out'))"
    shelled(checkout, text.format("[a]*"))
    checkout.write("[a]b", "")
    checkout.build()
    shelled(checkout, text.format("[a]?"))
    assert checkout.run("why", "t").text == "t: its declared inputs changed from [a]* to [a]?\n"


@pytest.mark.parametrize("name", ["gen", "ls", "[gen]"])
def test_program_at_the_top_is_that_file_and_part_of_the_identity(checkout, name):
    text = """
    def task_t(): return rule(outputs=["out"], command=["./{0}", "out"])
    def task_f(): return check(foreground=True, inputs=["out"], command=["./{0}", "front"])
    """
    shelled(checkout, text.format(name))
    for number in (1, 2):
        checkout.write(name, f"#!/bin/sh\necho {number} > $1\n").chmod(0o755)
        assert checkout.build() == ["t", "f"]
        assert (checkout.read("out"), checkout.read("front")) == (f"{number}\n", f"{number}\n")
    assert checkout.build() == []


def test_program_at_the_top_is_made_before_it_runs(checkout):
    shelled(
        checkout,
        """
        def task_t(): return rule(outputs=["out"], command=["./gen", "out"])
        def task_g(): return rule(outputs=["gen"], command=S("printf '#!/bin/sh\\necho 1 > $1\\n' > $1; chmod +x $1", "gen"))
        """,
    )
    assert checkout.build() == ["g", "t"]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "./python",
            "the command './python' has the name of the interpreter. Give it another name, or move it into a folder.",
        ),
        ("bin/", "the command 'bin/' is not a path of a file. Name one program."),
    ],
)
def test_program_that_is_no_single_file_of_the_checkout_is_refused(checkout, program, said):
    shelled(checkout, f"def task_t(): return check(command=[{program!r}])")
    assert f"error: dodo.py, line 4: {said}" in checkout.run().text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "rule(inputs=[glob('[z-a]*')], outputs=['o'], command=S(':'))",
            "'[z-a]*' is not a pattern: bad character range z-a. Correct what is between its brackets.",
        ),
        (
            "rule(inputs=[glob(None)], outputs=['o'], command=S(':'))",
            "glob(None) is not a pattern. Write a string.",
        ),
        (
            "rule(basename='-n', outputs=['o'], command=S(':'))",
            "basename='-n' looks like an option. Begin it with a letter.",
        ),
    ],
)
def test_what_cannot_be_a_pattern_or_a_name_is_refused(checkout, line, said):
    shelled(checkout, f"def task_t(): return {line}")
    assert checkout.run().text == f"error: dodo.py, line 4: {said}\n"


def test_brackets_of_a_glob_are_those_of_a_shell(checkout):
    shelled(
        checkout,
        "def task_t(): return rule(inputs=[glob('[!]a]'), glob('[]^]x')], outputs=['o'], command=S('echo > $1', 'o'))",
    )
    for name in ("a", "]", "b", "^x", "]x"):
        checkout.write(name, "1")
    assert checkout.build() == ["t"]
    for name, ran in (("a", []), ("]", []), ("b", ["t"]), ("^x", ["t"]), ("]x", ["t"])):
        checkout.write(name, "2")
        assert checkout.build() == ran, name
