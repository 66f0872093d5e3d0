"""A file is one file, however many names links give it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from shelled import shelled


def link(checkout, path, target):
    (checkout.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (checkout.folder / path).symlink_to(target)


def test_link_to_a_folder_as_an_exact_input_is_refused(checkout):
    shelled(
        checkout,
        "def task_t(): return rule(inputs=['data'], outputs=['out'], command=S('cp data/x $1', 'out'))",
    )
    checkout.write("real/x", "1")
    link(checkout, "data", "real")
    run = checkout.run()
    assert run.code == 1
    assert (
        "dodo.py, line 4: the input 'data' is a link to a folder. Write 'data/' for all files below it."
        in run.text
    )


@pytest.mark.parametrize("declared", ["data/", "src/", "src/**/x", "src/*/x"])
def test_edit_behind_a_link_to_a_folder_is_seen(checkout, declared):
    text = "def task_t(): return rule(inputs=[{0!r}], outputs=['out'], command=S('cp real/x $1', 'out'))"
    shelled(checkout, text.format(declared))
    checkout.write("real/x", "1")
    link(checkout, "data", "real")
    link(checkout, "src/deep", "../real")
    assert checkout.build() == ["t"]
    assert checkout.build() == []
    checkout.write("real/x", "2")
    assert checkout.build() == ["t"]
    assert checkout.read("out") == "2"


def test_link_that_leads_to_another_folder_is_seen(checkout):
    shelled(
        checkout,
        "def task_t(): return rule(inputs=['src/'], outputs=['out'], command=S('cat src/l/* > $1', 'out'))",
    )
    checkout.write("a/x", "1")
    checkout.write("b/x", "2")
    link(checkout, "src/l", "../a")
    assert checkout.build() == ["t"]
    (checkout.folder / "src/l").unlink()
    link(checkout, "src/l", "../b")
    assert checkout.build() == ["t"]
    assert checkout.read("out") == "2"


ALIASED = """
def task_use(): return rule(inputs=[{0!r}], outputs=["out"], command=S("cat {0} > $1", "out"))
def task_make(): return rule(inputs=["in"], outputs=[{1!r}], command=S("sleep .05; mkdir -p real/d; cp in {2}"))
"""


@pytest.mark.parametrize("read", ["alias/mid", "real/mid", "alias/m*", "up/alias/mid", "up/real/m*"])
@pytest.mark.parametrize("made", ["alias/mid", "real/mid", "real/*", "alias/m*"])
def test_edges_go_by_where_files_really_are(checkout, read, made):
    shelled(checkout, ALIASED.format(read, made, "real/mid"))
    checkout.write("in", "1")
    checkout.write("real/d/keep", "")
    link(checkout, "alias", "real")
    link(checkout, "up", ".")
    for text in "123":
        checkout.write("in", text)
        assert checkout.run().code == 0
        assert checkout.read("out") == text
    assert checkout.build() == []


def test_one_output_through_two_names_is_refused(checkout):
    shelled(
        checkout,
        """
        def task_a(): return rule(outputs=["alias/x"], command=S("echo > $1", "alias/x"))
        def task_b(): return rule(outputs=["real/x"], command=S("echo > $1", "real/x"))
        """,
    )
    checkout.write("real/keep", "")
    link(checkout, "alias", "real")
    run = checkout.run()
    assert run.code == 1
    assert "'real/x' is made by two tasks, 'a' and 'b'" in run.text


def test_input_that_is_the_own_output_through_a_link_is_refused(checkout):
    shelled(
        checkout,
        "def task_t(): return rule(inputs=['alias/x'], outputs=['real/x'], command=S('echo > $1', 'real/x'))",
    )
    checkout.write("real/x", "")
    link(checkout, "alias", "real")
    run = checkout.run()
    assert run.code == 1
    assert (
        "dodo.py, line 4: the input 'alias/x' is 'real/x', an output of the same rule, through a link. Write another file."
        in run.text
    )


@pytest.mark.parametrize("declared", ["l", "src/", "s*/l"])
def test_link_to_what_another_task_makes_is_refused_unless_that_is_an_input_too(checkout, declared):
    text = """
    def task_use(): return rule(inputs=[{0}], outputs=["out"], command=S("cp made $1", "out"))
    def task_make(): return rule(inputs=["in"], outputs=["made"], command=S("cp in $1", "made"))
    """
    path = "l" if declared == "l" else "src/l"
    link(checkout, path, "made" if declared == "l" else "../made")
    shelled(checkout, text.format(repr(declared)))
    checkout.write("in", "1")
    checkout.write("made", "0")
    run = checkout.run("-n1")
    assert run.code == 1
    assert (
        f"dodo.py, line 5: the input '{path}' is 'made', which 'make' makes, through a link. Name 'made' among the inputs, too."
        in run.text
    )
    shelled(checkout, text.format(f"{declared!r}, 'made'"))
    assert checkout.build()[-1] == "use"
    checkout.write("in", "2")
    assert checkout.build() == ["make", "use"]
    assert checkout.read("out") == "2"


def test_task_that_begins_to_make_what_a_link_leads_to_is_noticed(checkout):
    use = "def task_use(): return rule(inputs=['l'], outputs=['out'], command=S('cp l $1', 'out'))\n"
    make = "def task_make(): return rule(inputs=['in'], outputs=['made'], command=S('cp in $1', 'made'))\n"
    shelled(checkout, use)
    link(checkout, "l", "made")
    checkout.write("made", "0")
    checkout.write("in", "1")
    for _ in range(3):
        assert checkout.run().code == 0
    shelled(checkout, use + make)
    assert "which 'make' makes, through a link" in checkout.run().text


def test_folder_that_becomes_a_link_changes_the_edges_of_a_stored_graph(checkout):
    shelled(
        checkout,
        """
        def task_use(): return rule(inputs=["alias/mid"], outputs=["out"], command=S("cp alias/mid $1", "out"))
        def task_make(): return rule(inputs=["in"], outputs=["real/mid"], command=S("sleep .05; cp in $1", "real/mid"))
        """,
    )
    checkout.write("in", "1")
    checkout.write("alias/mid", "1")
    for _ in range(3):
        assert checkout.run().code == 0
    shutil.rmtree(checkout.folder / "alias")
    link(checkout, "alias", "real")
    checkout.write("in", "2")
    assert checkout.run().code == 0
    assert checkout.read("out") == "2"


@pytest.mark.parametrize(
    "how",
    ["ln -s ../lib/real $1/l", "ln -s ../../../../lib/real $1/l", "ln -s $PWD/lib/real $1/l", "ln -s f $1/l"],
)
def test_link_in_a_tree_is_right_in_its_place_and_stays_fresh(checkout, how):
    shelled(
        checkout,
        f"def task_t(): return rule(inputs=['lib/real'], outputs=['dist/'], command=S('mkdir -p $1; {how}; echo x > $1/f', 'dist/'))",
    )
    checkout.write("lib/real", "1")
    assert checkout.build() == ["t"]
    assert (checkout.folder / "dist/l").exists(), os.readlink(checkout.folder / "dist/l")
    assert checkout.build() == []
    checkout.write("lib/real", "2")
    assert checkout.build() == ["t"]
    assert not checkout.exists(".buildgraph/set-aside")
    assert checkout.build() == []


def test_exact_output_may_be_a_link_that_is_right_in_its_place(checkout):
    shelled(
        checkout,
        "def task_t(): return rule(inputs=['lib/real'], outputs=['d/l'], command=S('ln -s ../lib/real $1', 'd/l'))",
    )
    checkout.write("lib/real", "1")
    assert checkout.build() == ["t"]
    assert checkout.read("d/l") == "1"
    assert checkout.build() == []


def test_link_among_outputs_is_its_text_wherever_it_leads(checkout):
    shelled(
        checkout,
        """
        def task_link(): return rule(outputs=["l"], command=S("ln -s far/file $1", "l"))
        def task_use(): return rule(inputs=["l"], outputs=["out"], command=S("cat l > $1", "out"))
        """,
    )
    checkout.write("far/file", "1")
    assert checkout.build() == ["link", "use"]
    checkout.write("far/file", "2")
    assert checkout.build() == ["use"]
    assert checkout.read("out") == "2"


def test_what_is_behind_links_in_a_tree_is_never_owned_or_removed(checkout):
    text = "def task_t(): return rule(inputs=['in'], outputs=['dist/'], command=S('mkdir -p $1; {0}; echo x > $1/f', 'dist/'))"
    shelled(checkout, text.format("ln -s ../precious $1/l"))
    checkout.write("in", "")
    checkout.write("precious/file", "mine")
    assert checkout.build() == ["t"]
    shelled(checkout, text.format(":"))
    assert checkout.build() == ["t"]
    assert checkout.read("precious/file") == "mine"
    assert not checkout.exists("dist/l")


@pytest.mark.parametrize("declared", ["'dist/x'", "'dist/'", "'dist/*'"])
def test_output_on_another_file_system_is_put_there(checkout, declared):
    if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat(checkout.folder).st_dev:
        pytest.skip("this machine has no second file system that anybody may write")
    text = "def task_t(): return rule(inputs=['in'], outputs=[{0}], command=S('{1}cp in {2}'))"
    place = {"'dist/x'": "$1", "'dist/'": "$1/x", "'dist/*'": "dist/x"}[declared]
    word = ", 'dist/x'" if "x" in declared else ", 'dist/'"
    with tempfile.TemporaryDirectory(dir="/dev/shm") as far:
        link(checkout, "dist", far)
        shelled(
            checkout,
            text.format(declared, "", place).replace("'))", f"'{word}))" if "$1" in place else "'))"),
        )
        for content in "12":
            checkout.write("in", content)
            assert checkout.build() == ["t"]
            assert Path(far, "x").read_text() == content
            assert checkout.build() == []
        assert os.listdir(far) == ["x"]


def test_tool_that_is_a_folder_is_refused_and_a_tree_of_tools_is_content(checkout):
    text = "def task_t(): return rule(outputs=['out'], tools=[{0!r}], command=S('cat kit/* > $1', 'out'))"
    checkout.write("kit/a", "1")
    shelled(checkout, text.format("kit"))
    assert (
        "dodo.py, line 4: the tool 'kit' is a folder. Write 'kit/' for all files below it."
        in checkout.run().text
    )
    shelled(checkout, text.format("kit/"))
    assert checkout.build() == ["t"]
    checkout.write("kit/a", "2")
    assert checkout.build() == ["t"]
    checkout.write("kit/b", "3")
    assert checkout.build() == ["t"]
    assert checkout.read("out") == "23"


@pytest.mark.parametrize("declared", ["t/*/a", "t/**/a", "t/**", "t/"])
def test_link_that_leads_to_another_folder_of_the_same_search_is_seen(checkout, declared):
    text = "def task_t(): return rule(inputs=[{0!r}], outputs=['o'], command=S('cat t/cur/a > $1', 'o'))"
    shelled(checkout, text.format(declared))
    checkout.write("t/v1/a", "1")
    checkout.write("t/v2/a", "2")
    link(checkout, "t/cur", "v1")
    assert checkout.build() == ["t"]
    (checkout.folder / "t/cur").unlink()
    link(checkout, "t/cur", "v2")
    assert checkout.build() == ["t"]
    assert checkout.read("o") == "2"


def test_command_in_place_does_not_write_through_our_earlier_link(checkout):
    text = "def task_t(): return rule(outputs=['gen'], command=S('{0}'))"
    shelled(checkout, text.format("ln -s real/k gen"))
    checkout.write("real/k", "precious")
    assert checkout.build() == ["t"]
    shelled(checkout, text.format("echo 1 > gen"))
    assert checkout.build() == ["t"]
    assert checkout.read("real/k") == "precious"
    assert not (checkout.folder / "gen").is_symlink()


@pytest.mark.parametrize("whose", ["ours", "the user's"])
def test_staged_tree_is_not_put_in_place_through_a_link_inside_it(checkout, whose):
    text = "def task_t(): return rule(inputs=['in'], outputs=['dist/'], command=S('mkdir -p $1; {0}; echo z > $1/z', 'dist/'))"
    checkout.write("in", "")
    checkout.write("real/k", "precious")
    shelled(checkout, text.format("ln -s ../real $1/sub" if whose == "ours" else ":"))
    assert checkout.build() == ["t"]
    if whose == "the user's":
        link(checkout, "dist/sub", "../real")
    shelled(checkout, text.format("mkdir $1/sub; echo 2 > $1/sub/k"))
    assert checkout.build() == ["t"]
    assert checkout.read("real/k") == "precious"
    assert (checkout.read("dist/sub/k"), checkout.read("dist/z")) == ("2\n", "z\n")
    assert not (checkout.folder / "dist/sub").is_symlink()
    assert checkout.build() == []


@pytest.mark.parametrize("words", [("other",), ("clean", "t")])
def test_nothing_is_deleted_through_a_link_that_has_come_into_its_way(checkout, words):
    rule = "def task_t(): return rule(outputs=['dist/sub/k'], command=S('echo k > $1', 'dist/sub/k'))\n"
    other = "def task_other(): return check(command=S(':'))\n"
    shelled(checkout, rule + other)
    assert checkout.build() == ["t", "other"]
    shutil.move(checkout.folder / "dist/sub", checkout.folder / "moved")
    link(checkout, "dist/sub", "../moved")
    if words == ("other",):
        shelled(checkout, other)
    assert checkout.run(*words).code == 0
    assert checkout.read("moved/k") == "k\n"
