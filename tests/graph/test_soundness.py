"""What stock doit misses (see tests/graph/test_stock.py) is noticed here."""

from __future__ import annotations

import os
import time

import pytest
from doit.task import dict_to_task

from buildgraph import check, rule
from buildgraph.adapter.definitions import make_plan
from buildgraph.decide.words import select
from buildgraph.observe.stamps import TICK_NS
from buildgraph.record.ledger import Ledger

COPY = "import sys; open(sys.argv[2], 'w').write(open(sys.argv[1]).read().upper())"
DODO = f"""
def task_up():
    return rule(inputs=["a.txt"], outputs=["b.txt"], command=["python", "-c", {COPY!r}, "a.txt", "b.txt"])
def task_down():
    return rule(inputs=["b.txt"], outputs=["c.txt"], command=["python", "-c", {COPY!r}, "b.txt", "c.txt"])
"""


@pytest.fixture
def built(checkout):
    checkout.dodo(DODO)
    checkout.write("a.txt", "hello")
    assert checkout.build() == ["up", "down"]
    assert checkout.build() == []
    return checkout


def test_changed_input_makes_the_output_stale(built):
    built.write("a.txt", "other")
    assert built.build() == ["up", "down"]
    assert built.read("c.txt") == "OTHER"


def test_edit_that_keeps_the_modification_time_is_noticed(built):
    before = os.stat(built.folder / "a.txt")
    built.write("a.txt", "jello")
    os.utime(built.folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert built.build() == ["up", "down"]
    assert built.read("c.txt") == "JELLO"


def test_touched_input_runs_nothing(built):
    os.utime(built.folder / "a.txt")
    assert built.build() == []


def test_touched_input_is_hashed_once(built):
    count = "import buildgraph.observe.digests as d; real = d.of_path\n"
    count += "d.of_path = lambda path, status: (print('HASHED', path), real(path, status))[1]\n"
    built.dodo(count + DODO)
    built.build()
    os.utime(built.folder / "a.txt", (1, 1))
    time.sleep(2e-9 * TICK_NS)  # A stamp of this very moment proves nothing yet.
    hashed = ["HASHED a.txt" in built.run("-r", "json").text for _ in range(3)]
    assert hashed == [True, False, False]


def test_equal_output_stops_the_change(built):
    built.write("a.txt", "HELLO")
    assert built.build() == ["up"]


def test_changed_action_makes_the_output_stale(built):
    built.dodo(DODO.replace("upper", "lower", 1))
    assert built.build() == ["up", "down"]
    assert built.read("b.txt") == "hello"


def test_edited_output_is_made_again_and_kept_aside(built):
    built.write("b.txt", "mine")
    assert built.build() == ["up"]
    assert built.read("b.txt") == "HELLO"
    assert [file.read_text() for file in built.folder.glob(".buildgraph/set-aside/*/b.txt")] == ["mine"]


def test_truncated_output_is_made_again(built):
    os.truncate(built.folder / "b.txt", 1)
    assert built.build() == ["up"]
    assert built.read("b.txt") == "HELLO"


def test_deleted_output_is_made_again(built):
    (built.folder / "b.txt").unlink()
    assert built.build() == ["up"]


def test_removed_task_leaves_no_output(built):
    built.dodo(DODO[: DODO.index("def task_down")])
    run = built.run()
    assert "removed 'c.txt', which 'down' had made and nothing makes any more" in run.text
    assert not built.exists("c.txt")


def test_output_of_a_removed_task_that_was_edited_stays(built):
    built.dodo(DODO[: DODO.index("def task_down")])
    built.write("c.txt", "mine")
    built.build()
    assert built.read("c.txt") == "mine"


def test_renamed_output_leaves_no_old_one(built):
    built.dodo(DODO.replace("c.txt", "new/d.txt"))
    assert built.build() == ["down"]
    assert not built.exists("c.txt")
    assert built.read("new/d.txt") == "HELLO"
    built.dodo(DODO)
    assert built.build() == ["down"]
    assert not built.exists("new")


def test_failed_action_leaves_no_half_written_output(checkout):
    half = "import sys; open(sys.argv[1], 'w').write('half'); sys.exit(3)"
    checkout.dodo(
        f"def task_half(): return rule(outputs=['b.txt'], command=['python', '-c', {half!r}, 'b.txt'])"
    )
    assert checkout.run().code == 1
    assert not checkout.exists("b.txt")


def test_failed_command_that_writes_in_place_leaves_the_old_output(checkout):
    text = "def task_t(): return rule(inputs=['a'], outputs=['b.txt'], command=['python', 'w.py'])"
    checkout.dodo(text)
    checkout.write("a", "1")
    checkout.write("w.py", "open('b.txt', 'w').write('whole')")
    checkout.build()
    checkout.write("a", "2")
    checkout.write("w.py", "open('b.txt', 'w').write('ha'); raise SystemExit(1)")
    assert checkout.run().code == 1
    assert checkout.read("b.txt") == "whole"
    failed, since = checkout.run("why", "t").text.splitlines()
    assert failed.endswith("): the command ended with exit code 1")
    assert since.startswith("t: nothing that it depends on has changed since then")


def test_rule_that_does_not_make_its_output_fails(checkout):
    checkout.dodo("def task_t(): return rule(outputs=['b.txt'], command=['python', '-c', 'pass'])")
    run = checkout.run()
    assert run.code == 1
    assert "the command did not make 'b.txt'. Every declared output must be made." in run.text


def test_rule_that_leaves_its_output_empty_fails_unless_it_may(checkout):
    text = "def task_t(): return rule(outputs=['b'], command=['python', '-c', 'open(\"b\", \"w\")'], **MORE)"
    checkout.dodo("MORE = {}\n" + text)
    assert "the command left 'b' empty. If that is intended, add may_be_empty=['b']." in checkout.run().text
    checkout.dodo("MORE = dict(may_be_empty=['b'])\n" + text)
    assert checkout.build() == ["t"]


def test_changed_environment_variable_makes_the_output_stale(checkout):
    code = "import os, sys; open(sys.argv[1], 'w').write(os.environ.get('FLAVOUR', 'none'))"
    checkout.dodo(
        f"def task_t(): return rule(outputs=['b'], inherit=['FLAVOUR'], command=['python', '-c', {code!r}, 'b'])"
    )
    assert checkout.build(environ={"FLAVOUR": "sweet"}) == ["t"]
    assert checkout.build(environ={"FLAVOUR": "sweet"}) == []
    text = checkout.run("why", environ={"FLAVOUR": "sour"}).text
    assert text == "t: inherited variable 'FLAVOUR' changed from sweet to sour\n"
    assert checkout.build(environ={"FLAVOUR": "sour"}) == ["t"]
    assert checkout.read("b") == "sour"


def test_variable_that_is_not_declared_does_not_reach_the_command(checkout):
    code = "import os, sys; open(sys.argv[1], 'w').write(' '.join(sorted(os.environ)))"
    checkout.dodo(f"def task_t(): return rule(outputs=['b'], command=['python', '-c', {code!r}, 'b'])")
    checkout.build(environ={"FLAVOUR": "sweet", "HTTP_PROXY": "p"})
    assert checkout.read("b") == "HOME LC_ALL PATH PYTHONHASHSEED SOURCE_DATE_EPOCH TZ"


def test_network_rule_gets_the_users_network_settings_as_no_part_of_its_identity(checkout):
    code = "import os, sys; open(sys.argv[1], 'w').write(os.environ['HTTP_PROXY'])"
    checkout.dodo(
        f"def task_t(): return rule(outputs=['b'], network=True, command=['python', '-c', {code!r}, 'b'])"
    )
    assert checkout.build(environ={"HTTP_PROXY": "one"}) == ["t"]
    assert checkout.read("b") == "one"
    assert checkout.build(environ={"HTTP_PROXY": "two"}) == []


def test_input_that_changes_while_its_task_runs_is_not_recorded(checkout):
    code = (
        "text = open('a').read(); open('a', 'a').write('!'); import sys; open(sys.argv[1], 'w').write(text)"
    )
    checkout.dodo(
        f"def task_t(): return rule(inputs=['a'], outputs=['b'], command=['python', '-c', {code!r}, 'b'])"
    )
    checkout.write("a", "1")
    run = checkout.run()
    assert "'a' changed while 't' ran: the result is not recorded, the next run makes it again" in run.text
    assert checkout.build() == ["t"]


def test_new_file_that_matches_a_pattern_makes_it_stale(checkout):
    code = "import glob, sys; open(sys.argv[1], 'w').write(' '.join(sorted(glob.glob('src/**/*.txt', recursive=True))) + '.')"
    checkout.dodo(
        f"def task_t(): return rule(inputs=['src/**/*.txt'], outputs=['b'], command=['python', '-c', {code!r}, 'b'])"
    )
    assert checkout.build() == ["t"]  # The folder does not even exist.
    assert checkout.build() == []
    checkout.write("src/deep/er/x.txt", "1")
    assert checkout.build() == ["t"]
    assert checkout.read("b") == "src/deep/er/x.txt."
    checkout.write("src/deep/er/x.md", "1")
    assert checkout.build() == []
    (checkout.folder / "src/deep/er/x.txt").unlink()
    assert checkout.run("why").text == "t: the input 'src/deep/er/x.txt' is gone\n"
    assert checkout.build() == ["t"]


TREE = """
import pathlib, sys
out = pathlib.Path(sys.argv[1])
for source in sorted(pathlib.Path('src').glob('*')):
    (out / 'deep').mkdir(parents=True, exist_ok=True)
    (out / 'deep' / source.name).write_text(source.read_text().upper())
"""


def test_tree_is_replaced_whole_and_tampering_with_it_is_noticed(checkout):
    checkout.write("make.py", TREE)
    checkout.dodo(
        "def task_t(): return rule(inputs=['src/', 'make.py'], outputs=['dist/'], command=['python', 'make.py', 'dist'])"
    )
    checkout.write("src/a", "a")
    checkout.write("src/b", "b")
    assert checkout.build() == ["t"]
    assert checkout.build() == []
    (checkout.folder / "src/b").unlink()
    assert checkout.build() == ["t"]
    assert not checkout.exists("dist/deep/b")
    checkout.write("dist/deep/a", "tampered")
    assert checkout.build() == ["t"]
    assert checkout.read("dist/deep/a") == "A"
    checkout.write("dist/new/foreign", "mine")
    assert checkout.build() == ["t"]
    assert not checkout.exists("dist/new")
    assert [
        file.read_text() for file in checkout.folder.glob(".buildgraph/set-aside/*/dist/new/foreign")
    ] == ["mine"]
    (checkout.folder / "dist/deep/a").unlink()
    assert checkout.build() == ["t"]
    assert checkout.build() == []


def test_pattern_comes_after_the_task_whose_output_it_covers(checkout):
    checkout.dodo(
        """
        def task_all():
            return rule(inputs=["out/*.txt"], outputs=["all"], command=["python", "cat.py", "all"])
        def task_one():
            return rule(outputs=["out/one.txt"], command=["python", "-c", "open('out/one.txt', 'w').write('1')"])
        """
    )
    checkout.write(
        "cat.py", "import glob, sys; open(sys.argv[1], 'w').write(str(sorted(glob.glob('out/*.txt'))))"
    )
    assert checkout.build("all") == ["one", "all"]
    assert checkout.read("all") == "['out/one.txt']"


def test_different_spellings_are_one_file(checkout):
    checkout.dodo(
        """
        def task_last():
            return rule(inputs=["./mid"], outputs=["x/../out"], command=["python", "-c", "open('out', 'w').write('2')"])
        def task_first():
            return rule(outputs=["mid"], command=["python", "-c", "open('mid', 'w').write('1')"])
        """
    )
    assert checkout.build("last") == ["first", "last"]
    assert checkout.build("./out") == []


def test_folder_as_dependency_is_all_that_is_in_it_or_one_sentence(checkout):
    text = "def task_t(): return check(inputs=[{!r}], command=['python', '-c', ''])"
    checkout.write("d/deep/a", "1")
    checkout.dodo(text.format("d"))
    assert "the input 'd' is a folder. Write 'd/' for all files below it." in checkout.run().text
    checkout.dodo(text.format("d/"))
    assert checkout.build() == ["t"]
    assert checkout.build() == []
    checkout.write("d/deep/a", "2")
    assert checkout.build() == ["t"]


def test_unknown_configuration_key_is_one_sentence(checkout):
    checkout.dodo("DOIT_CONFIG = {'verbostity': 1}")
    run = checkout.run()
    assert run.code == 1
    assert (
        run.text
        == "error: dodo.py: DOIT_CONFIG has the unknown key 'verbostity'. Did you mean 'verbosity'?\n"
    )


def test_one_aggregate_over_many_outputs_is_linear(counting):
    def compared(count: int) -> int:
        one = [
            (counting(f"t:{number}"), rule(outputs=[str(number)], command=["bin/tool"]))
            for number in range(count)
        ]
        all_of_them = check(inputs=[str(number) for number in range(count)], command=["bin/tool"])
        tasks = [dict_to_task({"name": name, **made}) for name, made in [*one, ("all", all_of_them)]]
        counting.compared = 0
        plan = make_plan(tasks)
        select(plan, ["all"], None)
        assert len(plan.ordered()) == count + 1
        return counting.compared

    assert compared(400) <= 2.2 * compared(200)


DISCOVER = """
import json, pathlib
pathlib.Path('css').write_text(pathlib.Path('main').read_text() + pathlib.Path('part').read_text())
pathlib.Path('found.json').write_text(json.dumps({"inputs": ["part", "absent"], "folders": ["parts"]}))
"""


def test_discovered_inputs_and_folders_are_dependencies(checkout):
    checkout.write("make.py", DISCOVER)
    checkout.write("main", "1")
    checkout.write("part", "2")
    checkout.dodo(
        "def task_t(): return rule(inputs=['main'], outputs=['css'], discovers='found.json', command=['python', 'make.py'])"
    )
    assert checkout.build() == ["t"]
    assert checkout.build() == []
    checkout.write("part", "3")
    assert checkout.run("why").text.startswith("t: the discovered input 'part' changed from ")
    assert checkout.build() == ["t"]
    checkout.write("absent", "")
    assert checkout.run("why").text == "t: the discovered input 'absent' has appeared\n"
    assert checkout.build() == ["t"]
    checkout.write("parts/new", "")
    assert checkout.run("why").text == "t: the listing of the folder 'parts' changed\n"
    assert checkout.build() == ["t"]
    assert checkout.build() == []


def test_check_that_succeeded_does_not_run_again_and_one_that_failed_does(checkout):
    checkout.dodo(
        "def task_lint(): return check(inputs=['a'], command=['python', 'lint.py'], tools=['lint.py'])"
    )
    checkout.write("a", "1")
    checkout.write("lint.py", "pass")
    assert checkout.build() == ["lint"]
    assert checkout.build() == []
    checkout.write("lint.py", "raise SystemExit(1)")
    assert checkout.run().code == 1
    assert checkout.run().code == 1
    checkout.write("lint.py", "pass # good")
    assert checkout.build() == ["lint"]


def test_log_of_an_earlier_run_goes_when_the_command_says_nothing(checkout):
    checkout.dodo('def task_t(): return check(inputs=["a"], command=["python", "a"])')
    checkout.write("a", "print('said')")
    checkout.build()
    assert checkout.read(".buildgraph/logs/t.log") == "said\n"
    checkout.write("a", "pass")
    checkout.build()
    assert not checkout.exists(".buildgraph/logs/t.log")


def test_rule_after_a_check_in_front_runs_with_the_lock_held(checkout):
    checkout.dodo(
        """
        def task_front(): return check(command=["python", "-c", ""], always=True, foreground=True)
        def task_t(): return rule(outputs=["b"], after=["front"], command=["python", "look.py"])
        """
    )
    checkout.write(
        "look.py",
        "import fcntl\ntry: fcntl.flock(open('.buildgraph/lock'), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: open('b', 'w').write('held')\n",
    )
    assert checkout.build() == ["front", "t"]
    assert checkout.read("b") == "held"


def test_members_of_an_enumeration_are_the_texts_that_they_are(checkout):
    checkout.dodo(
        """
        import enum, os
        class Name(str, enum.Enum):
            T, A, B, FLAVOUR = "t", "a", "b", "FLAVOUR"
        DOIT_CONFIG = {"default_tasks": [Name.T]}
        os.environ.get(Name.FLAVOUR)
        def task_any():
            return rule(basename=Name.T, inputs=[Name.A], outputs=[Name.B], inherit=[Name.FLAVOUR],
                        environment={Name.A: Name.B}, command=["python", "-c", "open('b', 'w').write('b')", Name.A])
        """
    )
    checkout.write("a", "1")
    assert checkout.build(environ={"FLAVOUR": "x"}) == ["t"]
    for _ in range(4):
        assert checkout.run(environ={"FLAVOUR": "x"}).text == "t: up to date\n"
    assert checkout.exists(".buildgraph/certificates")


def test_moved_checkout_is_up_to_date(checkout):
    checkout.dodo(DODO)
    checkout.write("a.txt", "hello")
    checkout.build()
    moved = checkout.folder.with_name("moved ünd ✓")
    checkout.folder.rename(moved)
    checkout.folder = moved
    assert checkout.build() == []


@pytest.mark.parametrize("words", [("run",), ("list",), ("why",), ("clean",), ("forget", "up")])
def test_truncated_state_stops_no_command(built, words):
    os.truncate(built.folder / ".buildgraph/ledger", 20)
    assert built.run(*words).code == 0
    assert built.run().code == 0
    assert built.build() == []


def test_damaged_ledger_is_set_aside_and_everything_is_built_again(built):
    ledger = built.folder / ".buildgraph/ledger"
    data = bytearray(ledger.read_bytes())
    data[len(data) // 2] ^= 1
    ledger.write_bytes(data)
    run = built.run()
    assert run.code == 0
    assert "'.buildgraph/ledger' could not be used: its record" in run.text
    assert "2 ran, 0 reused" in run.text
    assert built.build() == []


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_torn_last_line_costs_only_what_it_said(built, cut):
    ledger = built.folder / ".buildgraph/ledger"
    os.truncate(ledger, ledger.stat().st_size - cut)
    run = built.run()
    assert run.code == 0
    assert "could not be used" not in run.text
    assert built.build() == []


def test_ledger_of_an_unknown_version_says_found_and_expected(built):
    built.write(".buildgraph/ledger", '39aa4f2f ["ledger",99]\n')
    assert "could not be used" in built.run().text
    assert built.build() == []


def test_failing_task_keeps_what_others_finished(built):
    built.dodo(
        DODO
        + "def task_fail(): return check(inputs=['c.txt'], command=['python', '-c', 'raise SystemExit(1)'])"
    )
    built.write("a.txt", "again")
    assert built.run().code == 1
    assert built.build("down") == []


def test_what_a_killed_attempt_left_is_not_kept_because_the_next_attempt_failed(checkout):
    """A killed attempt wrote 'b' in place; the next one fails and puts that back; then the rule writes elsewhere."""
    text = "def task_t(): return rule(inputs=['a'], outputs=[{!r}], command=['python', 'tool.py'])"
    checkout.dodo(text.format("b"))
    checkout.write("a", "1")
    checkout.write("tool.py", "import sys; open('b', 'w').write('more'); sys.exit(1)")
    ledger = Ledger(str(checkout.folder / ".buildgraph/ledger"))
    (checkout.folder / ".buildgraph").mkdir()
    ledger.load(is_writer=True)
    ledger.start("t", {"b": "absent"})
    ledger.close()
    checkout.write("b", "half")
    assert checkout.run().code == 1
    assert checkout.read("b") == "half"
    checkout.dodo(text.format("c"))
    checkout.write("tool.py", "open('c', 'w').write('c')")
    assert checkout.run().code == 0
    assert not checkout.exists("b")
