"""What the commands that make nothing print, and what a run tells."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from terminals import on_a_terminal

from buildgraph.inspect.wrapping import line

DODO = """
DOIT_CONFIG = {"default_tasks": ["all"]}
def task_made():
    '''Make b from a.'''
    return rule(inputs=["a"], outputs=["b"], command=["python", "copy.py", "a", "b"], tools=["copy.py"])
def task_lint():
    '''Check b.'''
    yield check(name="style", inputs=["b"], command=["python", "-c", ""])
def task_serve():
    '''Serve b.'''
    return service(needs=["made"], command=["python", "-c", "print('serving')"])
def task_db():
    yield check(basename="db:check", doc="Check the database.", command=["python", "-c", ""], always=True)
def task_all():
    '''Make and check all.'''
    return {"actions": None, "task_dep": ["made", "lint"]}
def task_test():
    '''Run the tests.'''
    return check(inputs=["b"], arguments=True, foreground=True, command=["python", "-c", "import sys; print(sys.argv[1:])"])
"""


@pytest.fixture
def small(checkout):
    checkout.dodo(DODO)
    checkout.write("a", "1")
    checkout.write("copy.py", "import sys; open(sys.argv[2], 'w').write(open(sys.argv[1]).read())")
    return checkout


def lines(run) -> list[str]:
    return [re.sub(r"\d+\.\d\d s", "0.00 s", line) for line in run.text.splitlines()]


MORE = "1 more: 'doit list --all', or 'doit list TASK' for those of one task.\n"


def test_list_is_grouped_and_explained_in_the_order_of_the_page(small):
    assert small.run("list").text == (
        "Make:\n  made      Make b from a.\n  all       Make and check all.\n"
        "Check:\n  lint      Check b.\n  db:check  Check the database.\n  test      Run the tests.\n"
        f"Serve:\n  serve     Serve b.\n{MORE}"
    )


TOPICS = """
from buildgraph import check, rule, run, runs
def task_serve(): return run(command=["python", "-c", ""], topic="Every day")
def task_test(): return check(command=["python", "-c", ""], topic="Every day")
def task_db(): return run(command=["python", "-c", ""], topic="Database")
def task_made(): return rule(outputs=["made"], command=["python", "-c", ""])
def task_more():
    yield from runs(["db"], {"db:reset": ["python", "-c", ""]})
    yield rule(basename="db:server", outputs=["server"], command=["python", "-c", ""])
"""


def test_list_has_a_task_s_topic_also_for_what_is_named_after_it(checkout):
    checkout.dodo(TOPICS)
    everyday = "Every day:\n  serve\n  test\nDatabase:\n  db\n"
    assert checkout.run("list").text == f"{everyday}Make:\n  made\n{MORE.replace('1', '2', 1)}"
    assert checkout.run("list", "--all").text == f"{everyday}  db:reset\n  db:server\nMake:\n  made\n"
    assert checkout.run("list", "db").text == "Database:\n  db\n  db:reset\n  db:server\n"


def test_list_wraps_sentences_for_a_terminal():
    assert line("db", 4, "Make it and upgrade it.", 0) == "  db    Make it and upgrade it."
    assert line("db", 4, "Make it and upgrade it.", 31) == "  db    Make it and upgrade it."
    assert (
        line("db", 4, "Make it and then upgrade it.", 32) == "  db    Make it and then upgrade\n        it."
    )
    assert line("db", 4, "Make it and upgrade it.", 24) == "  db\n    Make it and upgrade\n    it."
    assert line("x" * 30, 30, "Make it-and-so-on.", 12) == f"  {'x' * 30}\n    Make\n    it-and-so-on."


def test_list_changes_nothing(small):
    small.run("list")
    assert not small.exists(".buildgraph")


def test_list_of_a_group_shows_its_members(small):
    assert small.run("list", "--quiet", "lint").text == "lint\nlint:style\n"


def test_run_tells_what_ran_and_sums_up(small):
    assert lines(small.run("-n1")) == [
        "made    made  0.00 s",
        "passed  lint:style  0.00 s",
        "all: 2 ran, 0 reused in 0.00 s",
    ]


def test_no_op_says_up_to_date(small):
    small.run()
    assert small.run().text == "all: up to date\n"
    assert small.run("made").text == "made: up to date\n"


def test_json_lines(small):
    events = small.run("-r", "json", "-n1").events
    assert [event["event"] for event in events] == [
        "begin",
        "started",
        "succeeded",
        "started",
        "succeeded",
        "end",
    ]
    assert events[1]["why"] == ["it has no recorded success"]
    assert (events[-1]["ran"], events[-1]["reused"]) == (2, 0)


def test_why_names_input_old_and_new(small):
    assert small.run("why", "made").text == "made: it has never run\n"
    small.run()
    assert small.run("why", "made", "lint").text == "made: up to date\nlint:style: up to date\n"
    small.write("a", "2")
    assert small.run("why", "made", "lint").text == (
        "made: the input 'a' changed from 6b86b273ff34 to d4735e3a265e\nlint:style: 'made' would run before it\n"
    )
    small.write("copy.py", "pass")
    said = small.run("why", "made").text
    assert re.search(r"made: the tool 'copy.py' changed from [0-9a-f]{12} to [0-9a-f]{12}\n", said)
    small.dodo(DODO.replace('"copy.py", "a", "b"', '"copy.py", "a", "b", "-v"'))
    assert (
        "made: its command changed from python copy.py a b to python copy.py a b -v\n"
        in small.run("why", "made").text
    )
    assert small.run("why", "db:check").text == "db:check: it depends on outside state, so it always runs\n"


def test_words_after_the_task_are_its_arguments(small):
    assert small.run("test", "-k", "a b", "x=1", "").text.splitlines()[1] == "['-k', 'a b', 'x=1', '']"
    assert "['-k']" in small.run("test", "-k").text
    assert "[]" in small.run("test").text
    assert small.run("test").text == "test: up to date\n"
    assert "['-k']" in small.run("test", "-k").text


def test_foreground_output_is_not_captured_and_comes_last(small):
    run = small.run("serve", "made")
    assert lines(run)[:2] == ["made    made  0.00 s", "serving"]


def test_output_names_its_task(small):
    assert small.build("b") == ["made"]
    assert small.run("./b").text == "made: up to date\n"


def test_forgotten_task_runs_again(small):
    small.run()
    assert small.run("forget", "made").text == "forgot made\n"
    assert small.build("all") == ["made"]


def test_clean_removes_what_is_ours_and_keeps_what_is_not(small):
    small.run()
    assert small.run("clean", "--dry-run").text == "would remove 'b'\n"
    assert small.run("clean").text == "removing 'b'\n"
    assert not small.exists("b")
    small.build()
    small.write("b", "mine")
    assert small.run("clean").text == "'b' is kept: it is not as 'made' made it\n"
    assert small.read("b") == "mine"


def test_failure_stops_unless_told_to_continue(small):
    small.dodo(
        """
        def task_bad():
            return rule(outputs=["x"], command=["python", "-c", "print('said'); raise SystemExit(2)"])
        def task_good():
            return check(command=["python", "-c", ""])
        def task_after():
            return check(command=["python", "-c", ""], after=["bad"])
        """
    )
    last = "bad, good, after: {} ran, 0 reused, 1 failed, {} not started because of it in 0.00 s"
    assert lines(small.run("-n1"))[-1] == last.format(1, 2)
    run = small.run("-n1", "--continue")
    assert lines(run)[-1] == last.format(2, 1)
    assert run.text.count("said") == 1  # The command that says it is in the log.


def test_check_that_fails_keeps_no_other_from_its_own_verdict(small):
    small.dodo(
        """
        def task_bad():
            return check(command=["python", "-c", "raise SystemExit(2)"])
        def task_other():
            return check(command=["python", "-c", "raise SystemExit(3)"])
        def task_good():
            return check(command=["python", "-c", ""])
        def task_after():
            return check(command=["python", "-c", ""], after=["bad"])
        """
    )
    run = small.run("-n1")
    assert run.code == 1
    said = "bad, other, good, after: 3 ran, 0 reused, 2 failed, 1 not started because of them in 0.00 s"
    assert lines(run)[-1] == said
    assert ": 3 ran, 0 reused, 2 failed in " in lines(small.run("trace", "1"))[0]


def test_trace_shows_the_last_run_and_its_longest_path(small):
    assert "no run has done anything yet. Run a task first." in small.run("trace").text
    small.run()
    small.run()
    told = small.run("trace", "-o", "t.json").text.splitlines()
    assert re.fullmatch(r"'doit' of [\d-]+ [\d:]+: 2 ran, 0 reused in \d\.\d\d s", told[0])
    assert {re.sub(r"^ +\d\.\d\d s  ", "", line) for line in told[1:5]} == {
        "made",
        "lint:style",
        " " * 13 + "it has no recorded success",
    }
    assert re.fullmatch(r"longest path \(\d\.\d\d s\): made → lint:style", told[5])
    assert told[6] == (
        "open t.html to look at it; 't.json' is the same for https://ui.perfetto.dev and chrome://tracing"
    )
    assert small.read("t.html").count('class="bar critical"') == 2
    events = json.loads(small.read("t.json"))["traceEvents"]
    assert [event["name"] for event in events if event["ph"] == "X" and event["tid"] == 0] == [
        "made",
        "lint:style",
    ]
    assert all(event["ts"] >= 0 and event["dur"] > 0 for event in events if event["ph"] == "X")


TRACED = """
def task_a(): return check(inputs=["a"], command=["python", "-c", "open('a').read() == 'bad' and exit(1)"])
def task_front(): return check(command=["python", "-c", ""], always=True, foreground=True)
def task_plain(): return {"actions": [lambda: None]}
DOIT_CONFIG = {"default_tasks": ["a"]}
"""


def kept(checkout, *options: str) -> list[str]:
    """What `doit trace` says of the runs, without times."""
    found = lines(checkout.run("trace", *options))[1:-1]
    return [
        re.sub(r" +[\d.]+  (\S+) [\d.]+ s", r"  \1", re.sub(r"  ([\d-]+ )?\d\d:[\d:]+", "", line))
        for line in found
    ]


def test_trace_lists_the_runs_that_did_something_and_opens_any_of_them(small):
    small.dodo(TRACED)
    small.write("a", "good")
    for words in ([], [], ["front"], ["plain"], []):
        assert small.run(*words).code == 0
    small.write("a", "bad")
    assert small.run().code == 1
    assert kept(small) == [
        "1  doit          1       0  a",
        "   a failed: the command ended with exit code 1",
        "2  doit plain    1       0  plain",
        "3  doit front    1       0  front",
        "4  doit          1       0  a",
    ]
    assert small.run("trace", "3").text.startswith("'doit front' of ")
    events = json.loads(small.read(".buildgraph/trace.json"))["traceEvents"]
    assert {event["name"] for event in events if event["ph"] == "X"} == {"front"}
    small.run("trace", "1")
    events = json.loads(small.read(".buildgraph/trace.json"))["traceEvents"]
    assert [event["args"]["failed"] for event in events if event["ph"] == "X"] == [True]
    assert " s  a\n             failed: the command ended with exit code 1\n" in small.run("trace", "1").text
    for wrong in ("5", "0", "last"):
        run = small.run("trace", wrong)
        assert (run.code, run.text) == (
            1,
            f"error: there is no run '{wrong}'. Run 'doit trace' to see those that are kept; 1 is the last one.\n",
        )


def test_runs_of_serve_push_nobody_elses_out(small):
    small.dodo(TRACED)
    small.write("a", "mine")
    small.run()
    for number in range(12):
        small.write("a", str(number))
        assert small.run(environ={"BUILDGRAPH_SERVE_WORKER": "1"}).code == 0
    assert kept(small) == ["1  doit    1       0  a"]
    assert "'doit trace --serve' has 10 of 'doit serve'" in small.run("trace").text
    assert len(kept(small, "--serve")) == 10


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_table_of_runs_fits_the_terminal(checkout, columns):
    checkout.dodo(TRACED)
    checkout.write("a", "bad")
    checkout.run("--continue", "a", "front")
    code, said = on_a_terminal(checkout, "trace", columns=columns)
    shown = re.sub(r"\x1b\[[\d;]*m", "", said).splitlines()
    assert code == 0, said
    assert all(len(line) <= columns for line in shown), said
    assert "what" in shown[0] and "seconds" in shown[0] and " doit" in shown[1]
    assert ("slowest" in shown[0]) == (columns >= 80)
    assert "when" in shown[0]
    assert shown[2].startswith("   a failed: the command ended with ")


def test_ten_runs_are_kept_and_the_graph_has_their_durations(small):
    small.dodo(TRACED)
    for number in range(12):
        small.write("a", str(number))
        assert small.run().code == 0
    assert kept(small) == [f"{number:2}  doit    1       0  a" for number in range(1, 11)]
    assert len(list((small.folder / ".buildgraph/runs").iterdir())) == 10
    small.run("graph", "a")
    data = small.read(".buildgraph/graph.html").partition('id="data">')[2].partition("</script>")[0]
    assert len(json.loads(data)[0]["times"]) == 10


def test_graph_is_one_page_an_image_or_dot(small):
    small.run()
    assert small.run("graph").text == "wrote 7 tasks to '.buildgraph/graph.html'\n"
    page = small.read(".buildgraph/graph.html")
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert {task["name"]: task["state"] for task in data} == {
        "made": "fresh",
        "lint": "group",
        "lint:style": "fresh",
        "serve": "always",
        "db:check": "always",
        "all": "group",
        "test": "stale",
    }
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    small.run("graph", "--format=svg", "-o", "g.svg")
    assert small.read("g.svg").count("<rect") == 7
    small.run("graph", "--format=dot", "-o", "g.dot", "lint")
    assert small.read("g.dot").count("->") == 2


def test_graph_tells_of_a_failure_with_its_log_and_of_what_is_judged(small):
    small.dodo(
        """
        def task_bad():
            return check(judges=["a"], command=["python", "-c", "print('</script> it is bad'); raise SystemExit(3)"])
        """
    )
    assert small.run().code == 1
    small.run("graph", "-o", "pages/g.html")
    text = small.read("pages/g.html").partition('id="data">')[2].partition("</script>")[0]
    (task,) = json.loads(text)
    assert (task["kind"], task["state"], task["inputs"]) == ("check", "failed", ["a"])
    assert task["why"][0].startswith("it failed when it ran last (")
    assert task["why"][0].endswith("): the command ended with exit code 3")
    assert "</script> it is bad" in task["said"]
    assert task["log_link"] == "../.buildgraph/logs/bad.log"


def test_graph_of_ten_thousand_tasks_is_drawn(small):
    small.dodo(
        """
        def task_t():
            for number in range(10_000):
                yield check(name=str(number), inputs=["a"], command=["python", "-c", ""])
        """
    )
    assert small.run("graph").text == "wrote 10001 tasks to '.buildgraph/graph.html'\n"


STRACE = pytest.param(
    {}, "", marks=pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
)
HOOK = pytest.param(
    {"PATH": "nowhere"},
    "note: there is no strace on this machine, so only what Pythons read and write is seen\n",
)


@pytest.mark.parametrize(("environ", "note"), [STRACE, HOOK])
def test_audit_names_undeclared_reads_and_writes(small, environ, note):
    small.build("made")
    run = small.run("audit", "made", environ=environ)
    assert run.code == 0, run
    assert "made: reads and writes what it declares (2 files read)" in run.text
    small.write("secret", "1")
    small.write("copy.py", small.read("copy.py") + "; open('secret').read(); open('litter', 'w')")
    small.build("made")
    run = small.run("audit", "made", environ=environ)
    assert run.code == 1
    assert (
        run.text
        == f"{note}made: read 'secret', which is not an input\nmade: wrote 'litter', which is not an output\n"
    )
    assert small.build("made") == []


def test_audit_without_strace_says_which_command_it_cannot_see(checkout):
    checkout.dodo("def task_t(): return check(command=['bin/look'])")
    checkout.write("bin/look", "#!/bin/sh\n").chmod(0o755)
    run = checkout.run("audit", "t", environ={"PATH": "nowhere"})
    assert run.code == 0
    assert (
        "t: not audited, its command starts no Python that loads an audit hook; install strace\n" in run.text
    )


@pytest.mark.parametrize(
    "text, is_same",
    [
        ("'always'", True),
        ("open('src/a').read()", True),
        ("__import__('os').getcwd()", False),
        ("__import__('time').strftime('%z')", False),
        ("str(hash('a'))", False),
        ("oct(__import__('os').umask(0))", False),
    ],
)
def test_verify_makes_twice_and_compares(checkout, text, is_same):
    checkout.dodo(
        f"""
        def task_one():
            return rule(inputs=["src/*"], outputs=["one"], command=["python", "-c", {f"open('one', 'w').write({text})"!r}])
        def task_two():
            return rule(inputs=["one"], outputs=["dist/"], command=["python", "make.py", "dist/"])
        """
    )
    checkout.write("src/a", "1")
    checkout.write(
        "make.py", "import sys; open(sys.argv[1] + '/two', 'w').write(open('one').read() and 'two')"
    )
    checkout.build()
    before = checkout.read("one")
    run = checkout.run("verify")
    assert run.code == (0 if is_same else 1), run
    assert "two: the same in both places (1 file)" in run.text
    assert ("one: the same in both places (1 file)" in run.text) == is_same
    if not is_same:
        differs = "one: 'one' differs; compare it in '.buildgraph/verify/a' and '.buildgraph/verify/b/a deeper/folder'"
        assert differs in run.text
    assert checkout.exists(".buildgraph/verify") != is_same
    assert checkout.read("one") == before
    assert checkout.build() == []
    assert checkout.run("verify", "two").text == "two: the same in both places (1 file)\n"


def test_verify_names_the_place_where_a_task_fails(checkout):
    checkout.dodo("def task_one(): return rule(outputs=['one'], command=['python', '-c', '1 / 0'])")
    run = checkout.run("verify")
    assert run.code == 1
    assert run.text.endswith(
        "error: .buildgraph/verify/a: a task failed in a copy of the checkout. Declare what it needs.\n"
    )


def test_verify_takes_what_was_made_before_from_the_checkout(checkout):
    checkout.dodo(
        """
        def task_ground():
            return rule(outputs=["ground/stamp"], command=["python", "-c", "open('ground/stamp', 'w').write('1')"])
        def task_top():
            read = "open('top', 'w').write(open('ground/other').read())"
            return rule(inputs=["ground/stamp"], outputs=["top"], command=["python", "-c", read])
        """
    )
    checkout.write("ground/other", "what an environment holds beside its stamp")
    checkout.build()
    assert checkout.run("verify", "top").text == "top: the same in both places (1 file)\n"
