"""Plain doit tasks: each field is honoured as doit does, or refused by its name (`test_messages.py` has those)."""

from __future__ import annotations

import re

import pytest

COPY = ["python", "-c", "import sys, shutil; shutil.copy(*sys.argv[1:])"]
CHAIN = """
def task_b():
    return {"actions": ["cp a.out b.out"], "file_dep": ["a.out"], "targets": ["b.out"]}
def task_a():
    return {"actions": ["cp src.txt a.out"], "file_dep": ["src.txt"], "targets": ["a.out"]}
"""
GENERATED = f"""
def task_use():
    return rule(inputs=["gen.txt"], outputs=["use.txt"], command=[*{COPY}, "gen.txt", "use.txt"])
def task_gen():
    return {{"actions": ["cp src.txt gen.txt"], "file_dep": ["src.txt"], "targets": ["gen.txt"]}}
"""


def printed(checkout, *argv: str) -> str:
    """Run the engine, expect success, and return what it printed, without the times that it took."""
    run = checkout.run(*argv)
    assert run.code == 0, run
    return re.sub(r"\d+\.\d\d s", "0.00 s", run.text)


# Edges


def test_dependency_that_is_a_target_is_an_edge_between_plain_tasks(checkout):
    checkout.dodo(CHAIN)
    checkout.write("a.out", "1")
    checkout.write("src.txt", "2")
    assert checkout.build() == ["a", "b"]
    assert checkout.read("b.out") == "2"


def test_rule_reads_what_a_plain_task_has_made_before_it(checkout):
    checkout.dodo(GENERATED)
    checkout.write("src.txt", "1")
    assert checkout.build("use") == ["gen", "use"]
    checkout.write("src.txt", "2")
    assert checkout.build("use") == ["gen", "use"]
    assert checkout.read("use.txt") == "2"
    assert checkout.build("use") == ["gen"]


def test_plain_task_reads_what_a_rule_has_made_before_it(checkout):
    checkout.dodo(
        f"""
        def task_use():
            return {{"actions": ["cp gen.txt use.txt"], "file_dep": ["gen.txt"]}}
        def task_gen():
            return rule(inputs=["src.txt"], outputs=["gen.txt"], command=[*{COPY}, "src.txt", "gen.txt"])
        """
    )
    for text in ("1", "2"):
        checkout.write("src.txt", text)
        assert checkout.build("use") == ["gen", "use"]
        assert checkout.read("use.txt") == text


LISTED = "import os, sys; open(sys.argv[1], 'w').write(' '.join(sorted(os.listdir('gen'))))"


@pytest.mark.parametrize("read", ["gen/", "gen/*.txt", "gen/**/*.txt", "gen/a.txt"])
@pytest.mark.parametrize("target", ["gen/a.txt", "./gen/a.txt", "gen", "gen/"])
def test_what_a_rule_reads_is_made_before_it_by_the_plain_task_whose_target_it_covers(checkout, read, target):
    checkout.dodo(
        f"""
        def task_use():
            return rule(inputs=["{read}"], outputs=["use.txt"], command=["python", "-c", {LISTED!r}, "use.txt"])
        def task_gen():
            return {{"actions": ["mkdir -p gen && cp src.txt gen/a.txt"], "targets": ["{target}"]}}
        """
    )
    checkout.write("src.txt", "1")
    assert checkout.build("use") == ["gen", "use"]
    checkout.write("src.txt", "2")
    assert checkout.build("use") == ["gen", "use"]
    assert checkout.read("use.txt") == "a.txt"


@pytest.mark.parametrize("path", ["tool.sh", "out/tool.sh"])
def test_program_and_tool_of_a_rule_are_made_before_it_by_a_plain_task(checkout, path):
    checkout.dodo(
        f"""
        import pathlib
        def task_go():
            return rule(outputs=["x"], command=["./{path}", "x"])
        def task_tooled():
            return rule(outputs=["y"], tools=["{path}"], command=["python", "-c", "open('y', 'w').write('y')"])
        def task_tool():
            def make():
                pathlib.Path("out").mkdir(exist_ok=True)
                pathlib.Path("{path}").write_text("#!/bin/sh\\necho 1 > $1\\n")
                pathlib.Path("{path}").chmod(0o755)
            return {{"actions": [make], "targets": ["{path}"]}}
        """
    )
    assert checkout.build("go") == ["tool", "go"]
    assert checkout.build("tooled") == ["tool", "tooled"]


@pytest.mark.parametrize("spelling", ["pathlib.Path('in') / 'a'", "os.path.abspath('in/a')", "'./in//a'"])
def test_path_of_a_plain_task_is_the_same_file_in_every_spelling(checkout, spelling):
    checkout.dodo(
        f"""
        import os, pathlib
        def task_use():
            return {{"actions": ["cp in/a b"], "file_dep": [{spelling}]}}
        def task_gen():
            return {{"actions": ["mkdir -p in && touch in/a"], "targets": ["in/a"]}}
        """
    )
    assert checkout.build("use") == ["gen", "use"]


def test_file_outside_the_checkout_is_an_edge_between_plain_tasks(checkout, tmp_path):
    checkout.dodo(
        f"""
        def task_use():
            return {{"actions": ["cp {tmp_path}/far near"], "file_dep": ["../far"]}}
        def task_gen():
            return {{"actions": ["echo far > %(targets)s"], "targets": ["../far"]}}
        """
    )
    assert checkout.build("use") == ["gen", "use"]


def test_rule_that_was_looked_at_before_is_looked_at_anew_after_a_plain_task_without_targets(checkout):
    checkout.dodo(
        f"""
        def task_before():
            return rule(inputs=["x"], outputs=["one"], command=[*{COPY}, "x", "one"])
        def task_write():
            return {{"actions": ["cp src.txt x"], "task_dep": ["before"]}}
        def task_after():
            return rule(inputs=["x"], outputs=["two"], command=[*{COPY}, "x", "two"], after=["write"])
        """
    )
    checkout.write("x", "1")
    checkout.write("src.txt", "1")
    checkout.build()
    checkout.build()
    assert checkout.build() == ["write"]
    checkout.write("src.txt", "2")
    assert checkout.build() == ["write", "after"]
    assert checkout.read("two") == "2"


def test_target_on_the_command_line_selects_the_plain_task_that_makes_it(checkout):
    checkout.dodo(CHAIN + "def task_other(): return {'actions': ['false']}")
    checkout.write("src.txt", "1")
    assert checkout.build("b.out") == ["a", "b"]
    assert checkout.build("./a.out") == ["a"]


def test_missing_dependency_fails_its_task_with_a_sentence(checkout):
    checkout.dodo(CHAIN)
    checkout.write("src.tx", "")
    run = checkout.run("-r", "json", "b")
    failed = [event for event in run.events if event["event"] == "failed"]
    assert (run.code, [event["task"] for event in failed]) == (1, ["a"])
    assert failed[0]["what"] == (
        "dodo.py: 'src.txt', a dependency of 'a', does not exist, and no task makes it. Did you mean 'src.tx'?"
    )


def test_missing_target_that_another_plain_task_reads_is_told_of_its_maker(checkout):
    checkout.dodo(CHAIN.replace("cp src.txt a.out", "true"))
    checkout.write("src.txt", "")
    run = checkout.run("-r", "json", "b")
    assert [event["what"] for event in run.events if event["event"] == "failed"] == [
        "dodo.py: 'a.out', a dependency of 'b', does not exist, although 'a' should make it. Look at what 'a' does."
    ]


def test_missing_target_that_a_rule_reads_is_told_of_its_maker(checkout):
    checkout.dodo(GENERATED.replace("cp src.txt gen.txt", "true"))
    checkout.write("src.txt", "")
    run = checkout.run("-r", "json", "use")
    assert [event["what"] for event in run.events if event["event"] == "failed"] == [
        "dodo.py, line 4: the input 'gen.txt' does not exist, although 'gen' should make it. Look at what 'gen' does."
    ]


# What an action is given


def test_substitution_words_and_parameters_have_the_files_of_the_task(checkout):
    checkout.dodo(
        """
        def show(dependencies, targets, changed, task):
            print("function", sorted(dependencies), targets, sorted(changed), task.name)
        def task_t():
            words = "echo command %(dependencies)s %(targets)s %(changed)s"
            return {"actions": [words, show], "file_dep": ["a"], "targets": ["b"], "verbosity": 2}
        """
    )
    checkout.write("a", "")
    assert printed(checkout).splitlines()[:2] == ["command a b a", "function ['a'] ['b'] ['a'] t"]


def test_new_style_of_substitution_is_set_in_the_configuration(checkout):
    checkout.dodo(
        """
        DOIT_CONFIG = {"action_string_formatting": "new"}
        def task_t():
            return {"actions": ["echo {dependencies} %d"], "file_dep": ["a"], "verbosity": 2}
        """
    )
    checkout.write("a", "")
    assert printed(checkout).splitlines()[0] == "a %d"


def test_substitution_word_that_means_nothing_is_one_sentence(checkout):
    checkout.dodo("def task_t(): return {'actions': ['echo %(depndencies)s'], 'pos_arg': 'words'}")
    run = checkout.run("-r", "json")
    assert [event["what"] for event in run.events if event["event"] == "failed"] == [
        "the command 'echo %(depndencies)s' of 't' cannot be formed: KeyError: 'depndencies'. "
        "What it can name: dependencies, targets, changed, words."
    ]


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ("['nothing-like-it']", "cannot use 'nothing-like-it': No such file or directory"),
        ("5", "Task 't': invalid 'actions' type. got: 5 <class 'int'>"),
        ("leave", "an action ended with exit code 3"),
        ("'exit 3'", "Command failed: 'exit 3' returned 3"),
        ("refuse", "Python Task failed:"),
    ],
)
def test_action_that_fails_fails_its_task_and_no_other(checkout, action, what):
    checkout.dodo(
        f"""
        import sys
        def leave(): sys.exit(3)
        def refuse(): return False
        def task_t(): return {{"actions": [{action}]}}
        def task_other(): return {{"actions": ["true"]}}
        """
    )
    run = checkout.run("-r", "json", "--continue", "t", "other")
    assert run.code == 1
    assert run.succeeded == ["other"]
    assert next(event["what"] for event in run.events if event["event"] == "failed").startswith(what)


SAYS = "def task_t(): return {'actions': ['echo out; echo err >&2; EXIT'], 'verbosity': LEVEL}"


@pytest.mark.parametrize(
    ("level", "argv", "shown"),
    [
        ("None", (), ["err"]),
        ("0", (), []),
        ("1", (), ["err"]),
        ("2", (), ["err", "out"]),
        ("2", ("-v0",), []),
        ("None", ("-v", "2"), ["err", "out"]),
    ],
)
def test_verbosity_says_what_is_shown(checkout, level, argv, shown):
    checkout.dodo(SAYS.replace("LEVEL", level).replace("EXIT", "true"))
    lines = printed(checkout, *argv).splitlines()
    assert sorted(lines[: len(shown)]) == shown
    assert lines[len(shown) :] == ["ran     t  0.00 s", "t: 1 ran, 0 reused in 0.00 s"]


def test_verbosity_of_the_configuration_is_that_of_tasks_that_have_none(checkout):
    checkout.dodo("DOIT_CONFIG = {'verbosity': 0}\n" + SAYS.replace("LEVEL", "None").replace("EXIT", "true"))
    assert printed(checkout).splitlines()[0] == "ran     t  0.00 s"
    checkout.dodo("DOIT_CONFIG = {'verbosity': 0}\n" + SAYS.replace("LEVEL", "1").replace("EXIT", "true"))
    assert printed(checkout).splitlines()[0] == "err"


@pytest.mark.parametrize(("level", "kept"), [("0", "out\nerr\n"), ("1", "out\n")])
def test_output_of_a_failed_task_that_was_not_shown_is_kept_and_told(checkout, level, kept):
    checkout.dodo(SAYS.replace("LEVEL", level).replace("EXIT", "false"))
    run = checkout.run()
    assert checkout.read(".buildgraph/logs/t.log") == kept
    assert "".join(f"  | {line}\n" for line in kept.splitlines()) in run.text


# Options and arguments

OPTIONS = """
from doit import task_params
@task_params([{"name": "p", "short": "p", "long": "param", "default": "dflt"}])
def task_group(p):
    for n in ("foo", "bar"):
        yield {"name": n, "actions": [f"echo {n} {p}"], "verbosity": 2}
@task_params([{"name": "p", "short": "p", "long": "param", "default": "dflt"}])
def task_single(p):
    return {"actions": [f"echo {p}"], "verbosity": 2}
def task_par():
    def f(n): print(n)
    return {"actions": [f, "echo %(n)s"], "params": [{"name": "n", "short": "n", "long": "num", "type": int, "default": 3}], "verbosity": 2}
def task_do():
    def f(pos): print(pos)
    yield {"name": "x", "actions": [f, "echo %(pos)s"], "pos_arg": "pos", "verbosity": 2}
"""


@pytest.mark.parametrize(
    ("argv", "lines"),
    [
        (["group"], ["foo dflt", "bar dflt"]),
        (["group", "--param=Y"], ["foo Y", "bar Y"]),
        (["group", "-p", "Y", "single", "--param", "Z"], ["foo Y", "bar Y", "Z"]),
        (["single", "-pY"], ["Y"]),
        (["par"], ["3", "3"]),
        (["par", "--num=6"], ["6", "6"]),
        (["par", "-n6", "single"], ["6", "6", "dflt"]),
        (["do:x", "1", "--two"], ["['1', '--two']", "1 --two"]),
        (["par", "--num", "4", "do:x", "par"], ["4", "4", "['par']", "par"]),
    ],
)
def test_options_and_arguments_on_the_command_line_are_taken_as_doit_takes_them(checkout, argv, lines):
    checkout.dodo(OPTIONS)
    shown = printed(checkout, "-n1", "-r", "silent", *argv).splitlines()
    assert shown == lines


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["par", "--num=x"], "the option '--num' of 'par' cannot be 'x'. 'doit help par' lists the options."),
        (["par", "--nun=1"], "the task 'par' has no option '--nun'. Did you mean '--num'?"),
        (["par", "--num"], "the option '--num' of 'par' needs a value. 'doit help par' lists the options."),
        (
            ["group", "--zzz"],
            "the task 'group' has no option '--zzz'. 'doit help group' lists the options.",
        ),
        (
            ["group:foo", "--param=1"],
            "the task 'group:foo' has no option '--param=1'. 'doit help group:foo' shows what it takes; "
            "options of doit itself come before the task's name.",
        ),
    ],
)
def test_wrong_option_of_a_plain_task_is_one_sentence(checkout, argv, said):
    checkout.dodo(OPTIONS)
    run = checkout.run(*argv)
    assert (run.code, run.text) == (1, f"error: {said}\n")


CREATED = """
from doit import task_params
P = [{"name": "p", "long": "param", "default": "dflt"}]
WRITE = "import sys; open(sys.argv[1], 'w').write(' '.join(sys.argv[2:]))"
@task_params(P)
def task_one(p):
    return rule(outputs=["one"], command=["python", "-c", WRITE, "one", p])
@task_params(P)
def task_many(p):
    yield rule(name="a", outputs=["many"], command=["python", "-c", WRITE, "many", p])
"""


@pytest.mark.parametrize("task", ["one", "many"])
def test_creator_of_rules_is_given_its_parameters(checkout, task):
    checkout.dodo(CREATED)
    name = {"one": "one", "many": "many:a"}[task]
    assert checkout.build(task) == [name]
    assert checkout.read(task) == "dflt"
    for _ in range(2):
        assert checkout.build(task, "--param=Y") == [name]
        assert checkout.read(task) == "Y"
        assert checkout.build(task, "--param=Y") == []
        assert printed(checkout, task, "--param=Y") == f"{task}: up to date\n"
        assert printed(checkout, task, "--param=Y") == f"{task}: up to date\n"
        assert checkout.build(task) == [name]
        assert checkout.read(task) == "dflt"
    assert printed(checkout, "list", "-q", task, "--param=Y").split()[-1] == name


# Commands


def test_clean_removes_targets_and_runs_actions_and_says_so(checkout):
    checkout.dodo(
        """
        def sweep(dryrun):
            print("swept" if not dryrun else "would sweep")
        def task_dir():
            return {"actions": ["mkdir -p xxx"], "targets": ["xxx"], "clean": True}
        def task_file():
            return {"actions": ["touch xxx/t.out"], "targets": ["xxx/t.out"], "clean": True, "task_dep": ["dir"]}
        def task_act():
            return {"actions": ["touch act"], "clean": ["rm act", sweep]}
        def task_kept():
            return {"actions": ["touch kept"], "targets": ["kept"]}
        """
    )
    checkout.build()
    assert printed(checkout, "clean", "-n") == (
        "would run 'rm act' to clean 'act'\nwould run 'sweep()' to clean 'act'\nwould sweep\n"
        "would remove 'xxx/t.out'\n'xxx' is kept: it is a folder that is not empty\n"
    )
    assert checkout.exists("act") and checkout.exists("xxx/t.out")
    assert printed(checkout, "clean") == (
        "running 'rm act' to clean 'act'\nrunning 'sweep()' to clean 'act'\nswept\n"
        "removing 'xxx/t.out'\nremoving 'xxx'\n"
    )
    assert not checkout.exists("act") and not checkout.exists("xxx")
    assert checkout.exists("kept")


def test_clean_of_one_task_leaves_the_others(checkout):
    checkout.dodo(CHAIN.replace('"targets"', '"clean": True, "targets"'))
    checkout.write("src.txt", "1")
    checkout.build()
    assert printed(checkout, "clean", "b") == "removing 'b.out'\n"
    assert checkout.exists("a.out")


def test_clean_action_that_fails_is_one_sentence(checkout):
    checkout.dodo("def task_a(): return {'actions': ['true'], 'clean': ['exit 4']}")
    run = checkout.run("clean")
    assert run.code == 1
    assert run.text == (
        "running 'exit 4' to clean 'a'\nerror: cleaning 'a' failed: Command failed: 'exit 4' returned 4. "
        "Run it again once that is fixed.\n"
    )


def test_forget_says_that_nothing_is_recorded_of_plain_tasks(checkout):
    checkout.dodo(GENERATED)
    checkout.write("src.txt", "1")
    checkout.build()
    assert printed(checkout, "forget", "gen") == (
        "nothing is recorded of gen: plain doit tasks run every time\n"
    )
    assert printed(checkout, "forget") == (
        "forgot use\nnothing is recorded of gen: plain doit tasks run every time\n"
    )


def test_forget_of_nothing_says_so(checkout):
    checkout.dodo("def task_a(): return {'actions': None}")
    assert printed(checkout, "forget") == "there is nothing to forget\n"


def test_why_says_that_a_plain_task_runs_every_time_and_what_follows_from_it(checkout):
    checkout.dodo(GENERATED)
    checkout.write("src.txt", "1")
    checkout.build()
    assert printed(checkout, "why") == (
        "use: 'gen' would run before it\ngen: it is a plain doit task, which runs every time\n"
    )


def test_audit_and_verify_leave_plain_tasks_out(checkout):
    checkout.dodo(GENERATED)
    checkout.write("src.txt", "1")
    checkout.build()
    assert "gen: not audited, it is a plain doit task\n" in printed(checkout, "audit")
    assert printed(checkout, "verify") == "use: the same in both places (1 file)\n"


def test_graph_has_the_files_of_plain_tasks(checkout):
    checkout.dodo(GENERATED)
    checkout.write("src.txt", "1")
    printed(checkout, "graph")
    page = checkout.read(".buildgraph/graph.html")
    assert "gen.txt" in page and "src.txt" in page


def test_plain_task_with_actions_is_listed_as_what_it_is_not_as_what_it_comes_after(checkout):
    checkout.dodo(
        """
        def task_t(): return {"actions": ["true"], "task_dep": ["lint"]}
        def task_lint(): return check(command=["python", "-c", ""])
        """
    )
    assert printed(checkout, "list") == "Make:\n  t\nCheck:\n  lint\n"


def test_plain_task_runs_every_time_also_when_everything_else_is_up_to_date(checkout):
    checkout.dodo(GENERATED)
    checkout.write("src.txt", "1")
    for _ in range(3):
        printed(checkout)
    assert printed(checkout) == "ran     gen  0.00 s\nuse, gen: 1 ran, 1 reused in 0.00 s\n"


def test_output_that_passes_from_a_rule_to_a_plain_task_is_no_leftover(checkout):
    rule = "def task_a(): return rule(outputs=['out'], command=['python', '-c', \"open('out', 'w').write('rule')\"])"
    checkout.dodo(rule)
    assert checkout.build() == ["a"]
    plain = "def task_p(): return {'actions': ['echo plain > out'], 'targets': ['out']}\ndef task_o(): return check(command=['python', '-c', ''])"
    checkout.dodo(plain)
    assert "removed" not in checkout.run("o").text
    assert checkout.read("out") == "rule"
