"""What a rule no longer makes is gone before anybody reads it; what others wrote stays."""

from __future__ import annotations

import pytest
from shelled import shelled

MAKE = "mkdir -p dist/sub; for i in $(cat in); do echo $i > dist/$i; done"
RULES = """
def task_a(): return rule(inputs=["in"], outputs=[{0!r}], command=S({1!r}))
def task_b(): return rule(inputs=["dist/"], outputs=["list"], may_be_empty=["list"], command=S("(cd dist; find . -type f | sort) > $1", "list"))
"""


def listed(checkout):
    return [line.removeprefix("./") for line in checkout.read("list").split()]


def set_aside(checkout):
    folder = checkout.folder / ".buildgraph/set-aside"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t", "dist/**/*.t"])
def test_file_that_is_not_made_again_is_gone_before_it_is_read(checkout, declared):
    shelled(checkout, RULES.format(declared, MAKE))
    for wanted in (["a.t", "b.t"], ["a.t"], ["c.t", "sub/d.t"], ["c.t"]):
        if declared == "dist/*.t":
            wanted = [name for name in wanted if "/" not in name]
        checkout.write("in", " ".join(wanted))
        assert checkout.run().code == 0
        assert listed(checkout) == wanted
    assert checkout.build() == []
    assert set_aside(checkout) == []


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t"])
def test_files_of_others_in_the_same_place_stay(checkout, declared):
    shelled(checkout, RULES.format(declared, MAKE))
    checkout.write("dist/mine.t", "mine")
    checkout.write("in", "a.t b.t")
    assert checkout.run().code == 0
    checkout.write("in", "a.t")
    checkout.write("dist/mine.t", "edited")
    checkout.write("dist/later.t", "later")
    assert checkout.run().code == 0
    assert listed(checkout) == ["a.t", "later.t", "mine.t"]
    assert (checkout.read("dist/mine.t"), checkout.read("dist/later.t")) == ("edited", "later")


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t"])
def test_removed_rule_leaves_what_it_made_to_nobody(checkout, declared):
    shelled(checkout, RULES.format(declared, MAKE))
    checkout.write("dist/mine.t", "mine")
    checkout.write("in", "a.t b.t")
    assert checkout.run().code == 0
    shelled(checkout, RULES.format("other", "echo > other"))
    assert checkout.run().code == 0
    assert listed(checkout) == ["mine.t"]


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t"])
def test_command_finds_nothing_of_its_earlier_run(checkout, declared):
    shelled(checkout, RULES.format(declared, "mkdir -p dist; cat in >> dist/a.t"))
    for text in "123":
        checkout.write("in", text)
        assert checkout.run().code == 0
        assert checkout.read("dist/a.t") == text


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t"])
def test_failing_command_leaves_what_the_last_good_one_made(checkout, declared):
    shelled(checkout, RULES.format(declared, MAKE + "; [ ! -e bad ]"))
    checkout.write("dist/mine.t", "mine")
    checkout.write("in", "a.t b.t")
    assert checkout.run().code == 0
    checkout.write("in", "a.t c.t")
    checkout.write("bad", "")
    assert checkout.run().code == 1
    assert sorted(path.name for path in (checkout.folder / "dist").glob("*.t")) == ["a.t", "b.t", "mine.t"]
    (checkout.folder / "bad").unlink()
    assert checkout.run().code == 0
    assert listed(checkout) == ["a.t", "c.t", "mine.t"]
    assert set_aside(checkout) == []


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t"])
def test_file_made_again_with_the_same_content_keeps_its_stamp(checkout, declared):
    shelled(checkout, RULES.format(declared, MAKE + "; cat more > dist/z.t"))
    checkout.write("in", "a.t")
    checkout.write("more", "1")
    assert checkout.run().code == 0
    before = (checkout.folder / "dist/a.t").stat()
    checkout.write("in", "a.t ")
    assert checkout.run().code == 0
    assert (checkout.folder / "dist/a.t").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t"])
def test_what_a_killed_command_wrote_is_set_aside(checkout, declared):
    shelled(checkout, RULES.format(declared, MAKE + "; [ ! -e hang ] || { echo > hanging; sleep 60; }"))
    checkout.write("dist/mine.t", "mine")
    checkout.write("in", "a.t")
    assert checkout.run().code == 0
    checkout.write("in", "a.t half.t")
    checkout.write("hang", "")
    checkout.start()
    while not checkout.exists("hanging"):
        pass
    checkout.kill()
    (checkout.folder / "hang").unlink()
    checkout.write("in", "a.t")
    assert checkout.run().code == 0
    assert listed(checkout) == ["a.t", "mine.t"]
    assert "half.t" in set_aside(checkout)
    assert checkout.build() == []


@pytest.mark.parametrize("declared", ["dist/", "dist/*.t"])
def test_what_a_killed_command_of_a_removed_rule_wrote_is_set_aside(checkout, declared):
    shelled(checkout, RULES.format(declared, MAKE + "; echo > hanging; sleep 60"))
    checkout.write("dist/mine.t", "mine")
    checkout.write("in", "half.t")
    checkout.start()
    while not checkout.exists("hanging"):
        pass
    checkout.kill()
    shelled(checkout, RULES.format("other", "echo > other"))
    assert checkout.run().code == 0
    assert listed(checkout) == ["mine.t"]
    assert set_aside(checkout) == ["half.t"]


def test_file_that_becomes_a_folder_and_back_is_no_reason_to_set_anything_aside(checkout):
    shelled(
        checkout,
        "def task_a(): return rule(inputs=['in'], outputs=['dist/'], command=S('mkdir -p $1; . ./in', 'dist/'))",
    )
    for line in ("echo 1 > $1/a", "mkdir $1/a; echo 2 > $1/a/b", "echo 3 > $1/a"):
        checkout.write("in", line)
        assert checkout.build() == ["a"]
    assert checkout.read("dist/a") == "3\n"
    assert set_aside(checkout) == []


def test_discovered_folder_that_another_task_fills_is_refused(checkout):
    text = """
    def task_d(): return rule(outputs=["out"], discovers="found.json", {0}command=["./d.sh", "out", "found.json"])
    def task_m(): return rule(outputs=["g/{1}"], command=S("sleep .05; mkdir -p g/deep; echo 1 > $1", "g/{1}"))
    """
    checkout.write("d.sh", '#!/bin/sh\nls g > $1; printf \'{"folders":["g"]}\' > $2\n').chmod(0o755)
    checkout.write("g/a", "1")
    for path in ("b", "deep/b"):
        shelled(checkout, text.format("", path))
        run = checkout.run("-n1")
        assert run.code == 1
        assert (
            "dodo.py, line 5: 'd' listed the folder 'g', in which 'm' makes files. "
            "Declare 'g/' as an input, or add after=['m']." in run.text
        )
    shelled(checkout, text.format("after=['m'], ", "b"))
    assert checkout.run().code == 0
    assert checkout.build() == []


@pytest.mark.parametrize("name", ["before-0", "away-0", "0", "1", "2"])
def test_outputs_that_are_called_as_our_own_copies_are_none_of_them(checkout, name):
    shelled(
        checkout,
        f"""
        def task_a(): return rule(inputs=["in"], outputs=["d/{name}", "e/{name}", "place", "tree/"], command=S("cat in > $1; cat in > $2; cat in > place; mkdir -p tree; cat in > tree/x; [ ! -e bad ]", "d/{name}", "e/{name}"))
        """,
    )
    checkout.write("in", "1")
    assert checkout.build() == ["a"]
    checkout.write("in", "2")
    checkout.write("bad", "")
    assert checkout.run().code == 1
    for path in (f"d/{name}", f"e/{name}", "place", "tree/x"):
        assert checkout.read(path) == "1"
    (checkout.folder / "bad").unlink()
    assert checkout.build() == ["a"]
    for path in (f"d/{name}", f"e/{name}", "place", "tree/x"):
        assert checkout.read(path) == "2"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("out/x.t", "out/*.t", "'out/x.t' is made by two tasks, 'a' and 'b'. Give it to one of them."),
        ("out/", "out/*.t", "'out/*.t', output of 'b', is inside 'out/', which 'a' owns."),
        ("out/*.t", "out/x*", "'out/x.t' is made by two tasks, 'b' and 'a'. Give it to one of them."),
    ],
)
def test_file_that_two_tasks_claim_is_refused(checkout, one, other, said):
    shelled(
        checkout,
        f"""
        def task_a(): return rule(outputs=[{one!r}], command=S("mkdir -p out; echo 1 > out/x.t"))
        def task_b(): return rule(outputs=[{other!r}], may_be_empty=[{other!r}], command=S(":"))
        """,
    )
    run = checkout.run("-n1")
    assert run.code == 1
    assert said in run.text


@pytest.mark.parametrize("declared", ["out.txt", "o/", "o/*"])
def test_what_a_command_overwrites_in_place_is_kept_aside(checkout, declared):
    path = "out.txt" if declared == "out.txt" else "o/mine"
    text = "def task_t(): return rule(outputs=[{0!r}], command=S('echo made > {1}; [ ! -e bad ]'))"
    shelled(checkout, text.format(declared, path))
    checkout.write(path, "precious")
    checkout.write("bad", "")
    assert checkout.run().code == 1
    assert checkout.read(path) == "precious", "what failed has changed nothing"
    (checkout.folder / "bad").unlink()
    assert checkout.run().code == 0
    assert checkout.read(path) == "made\n"
    assert [
        file.read_text() for file in (checkout.folder / ".buildgraph/set-aside").rglob("*") if file.is_file()
    ] == ["precious"]
    assert checkout.build() == []


@pytest.mark.parametrize("name", ["a*", "d?"])
def test_discovered_names_are_no_patterns(checkout, name):
    kind = "inputs" if "*" in name else "folders"
    checkout.write(
        "d.sh", f'#!/bin/sh\nls d* > $1; cat a* >> $1; printf \'{{"{kind}":["{name}"]}}\' > $2\n'
    ).chmod(0o755)
    shelled(
        checkout,
        "def task_d(): return rule(outputs=['out'], discovers='found*', command=['./d.sh', 'out', 'found*'])",
    )
    checkout.write("a*", "1")
    checkout.write("d?/x", "1")
    assert checkout.build() == ["d"]
    assert checkout.build() == []
    checkout.write("a*" if kind == "inputs" else "d?/y", "2")
    assert checkout.build() == ["d"]


@pytest.mark.parametrize(
    "path", [".buildgraph/", ".buildgraph/graphs/", ".buildgraph/staging/x/y", ".buildgraph/logs/x.log"]
)
def test_output_in_what_the_build_remembers_is_refused(checkout, path):
    shelled(checkout, f"def task_t(): return rule(outputs=[{path!r}], command=S(':'))")
    assert (
        f"error: dodo.py, line 4: the output '{path}' is in the build's own state. Write it to another folder."
        in checkout.run().text
    )
