"""What a person meets who asks: help in this engine's words, suggestions, lists that fit the terminal."""

from __future__ import annotations

import re

import pytest
from screen import Screen
from terminals import on_a_terminal

from buildgraph import adapter, suggest

DODO = """
from buildgraph import option, run, runs
def task_serve():
    '''Serve the application at http://127.0.0.1:8000/a/long/address/of/it and follow every single change of it.'''
    options = [option("port", 8000, "the port"), option("cold", False, "start from nothing with each change")]
    options += [option("from", "auto", "where the database comes from", ("auto", "compose"), short="f")]
    return service(needs=["locks"], command=["python", "-c", ""], options=options)
def task_test():
    '''Run the tests.'''
    explains = {"-k WORDS": "only those whose names fit", "--all": "all of them"}
    return check(arguments=True, command=["python", "-c", ""], explains=explains)
def task_locks():
    '''Pin what people wrote, with hashes, in one resolution.'''
    return rule(outputs=[f"{n}.txt" for n in range(8)], command=["python", "-c", ""])
def task_lint():
    '''Check.'''
    yield check(name="rules", doc="Check the rules.", command=["python", "-c", ""])
def task_more():
    yield from runs([], {"db": ["python", "-c", ""], "db:revision": ["python", "-c", ""], "reformat": ["python", "-c", ""]})
"""


@pytest.fixture
def asked(checkout):
    checkout.dodo(DODO)
    return checkout


SERVE = """\
serve
  Serve the application at http://127.0.0.1:8000/a/long/address/of/it and follow every single change of it.
Usage:
  doit serve [OPTIONS]
Options:
  --port=VALUE      the port [default: 8000]
  --cold            start from nothing with each change
  -f, --from=VALUE  where the database comes from: auto, compose [default: auto]
Comes after: locks
"""
TASKS = {
    "serve": SERVE,
    "test": "test\n  Run the tests.\nUsage:\n  doit test [ARGUMENTS]\n"
    "What can follow:\n  -k WORDS  only those whose names fit\n  --all     all of them\n"
    "Other words after the name go to its command: 'doit test -h' asks that.\n",
    "lint": "lint\n  Check.\nUsage:\n  doit lint\nParts:\n  lint:rules  Check the rules.\n",
    "locks": "locks\n  Pin what people wrote, with hashes, in one resolution.\nUsage:\n  doit locks\n"
    "Makes: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt and 2 more\n",
}


@pytest.mark.parametrize("task", TASKS)
def test_help_of_a_task_says_what_it_is_for_and_what_follows_its_name(asked, task):
    assert asked.run(task, "--help").text == TASKS[task]
    assert asked.run("help", task).text == TASKS[task]
    assert not asked.exists("0.txt"), "nothing ran"


def test_help_names_all_commands_and_no_other_tool(asked):
    text = asked.run("help").text
    named = re.findall(r"^  (\w+) +\w", text.partition("Every day:")[2], re.M)
    assert sorted(named) == sorted(suggest.COMMANDS)
    assert set(suggest.COMMANDS) == adapter.COMMANDS.keys()
    assert "pydoit" not in text
    assert asked.run("--help").text == asked.run("-h").text == text


def test_the_help_is_one_screen(asked):
    said = on_a_terminal(asked, "--help", columns=80)[1]
    assert len(Screen(80).show(said).lines) <= 24


def test_help_needs_no_dodo(checkout):
    checkout.dodo("1 / 0")
    assert checkout.run("help").code == 0
    assert checkout.run("clean", "--help").text.startswith("clean\n  remove what tasks made\nUsage:\n")


@pytest.mark.parametrize("command", suggest.COMMANDS)
def test_each_command_has_a_help(checkout, command):
    run = checkout.run(command, "--help")
    assert run.code == 0
    assert f"\nUsage:\n  doit {command}" in run.text
    assert run.text == checkout.run("help", command).text


SUGGESTED = {
    "lsit": "list",
    "lits": "list",
    "wyh": "why",
    "start": "serve",
    "fmt": "reformat",
    "migrate": "db",
    "makemigrations": "db:revision",
    "tset": "test",
    "pytest": "test",
    "distclean": "clean",
}


def test_a_part_that_is_unknown_is_told_with_its_sisters(asked):
    said = "error: there is no task 'lint:nosuch'. 'lint' has 'lint:rules'.\n"
    assert asked.run("why", "lint:nosuch").text == said
    said = "error: there is no task 'lint:ruls'. Did you mean 'lint:rules'? 'lint' has 'lint:rules'.\n"
    assert asked.run("lint:ruls").text == said


@pytest.mark.parametrize("command", ["why", "inputs", "run"])
def test_a_file_that_no_task_makes_is_told_with_the_tasks_that_read_it(checkout, command):
    checkout.dodo("def task_t(): return check(inputs=['src/*.txt'], command=['python', '-c', ''])")
    checkout.write("src/a.txt", "")
    checkout.write("other", "")
    assert checkout.run(command, "./src/a.txt").text == (
        "error: './src/a.txt' is a file that no task makes. "
        "It is read by 't'; 'doit why t' tells what has changed for that task.\n"
    )
    assert checkout.run(command, "other").text == (
        "error: 'other' is a file that no task makes. "
        "No rule names it; a task may still have found it by itself: 'doit inputs TASK' tells.\n"
    )
    assert checkout.run(command, "src/no.txt").text == (
        "error: there is no task 'src/no.txt'. Run 'doit list' to see all tasks.\n"
    )


@pytest.mark.parametrize("word", SUGGESTED)
def test_words_of_other_tools_and_slips_are_understood(asked, word):
    said = f"error: there is no task '{word}'. Did you mean '{SUGGESTED[word]}'? Run 'doit list' to see all tasks.\n"
    assert asked.run(word).text == said


def test_who_wants_to_build_all_learns_that_no_name_is_needed(asked):
    said = "error: there is no task 'build'. 'doit' without a name makes the default tasks.\n"
    assert asked.run("build").text == said


def test_help_after_options_says_where_it_goes(asked):
    said = "error: '--help' follows the task's name. Run 'doit serve --help'.\n"
    assert asked.run("serve", "--cold", "--help").text == said


# Terminals


@pytest.mark.slow(keep=3)
@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize(
    "argv", [["list"], ["list", "--all"], ["serve", "--help"], ["help"], ["run", "--help"]], ids=" ".join
)
def test_lines_end_between_words_at_every_width(asked, columns, argv):
    code, said = on_a_terminal(asked, *argv, columns=columns)
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    assert code == 0
    for line in plain.splitlines():
        assert len(line) <= columns or len(line.split()) == 1, line
    assert plain.split() == asked.run(*argv).text.split(), "no word is broken"


def test_a_long_name_takes_no_room_from_the_sentences_of_others(checkout):
    checkout.dodo("""
def task_a():
    "Say it in a sentence that is as long as a line of a terminal is, and then some more."
    return check(command=["python", "-c", ""])

def task_b():
    yield check(name="with:a:name:that:is:long", doc="Said behind it.", command=["python", "-c", ""])
""")
    code, said = on_a_terminal(checkout, "list", "--all", environ={"NO_COLOR": "1"})
    assert code == 0
    first, second, *_ = said.splitlines()[1:]
    assert first == "  a                 Say it in a sentence that is as long as a line of a terminal"
    assert second == "                    is, and then some more."
    assert "  b:with:a:name:that:is:long  Said behind it." in said


def test_list_has_colour_on_a_terminal_only_and_unless_it_is_not_wanted(asked):
    assert "\x1b[1mServe:\x1b[0m\n  \x1b[36mserve\x1b[0m" in on_a_terminal(asked, "list")[1]
    assert "\x1b" not in on_a_terminal(asked, "list", environ={"NO_COLOR": "1"})[1]
    assert "\x1b" not in on_a_terminal(asked, "list", environ={"TERM": "dumb"})[1]
    assert "\x1b" not in asked.run("list").text


def test_slip_in_an_option_is_told_before_anything_is_built(asked):
    asked.dodo(DODO.replace("arguments=True", 'inputs=["0.txt"], arguments=True'))
    run = asked.run("test", "--hlep")
    assert run.text == "error: the task 'test' has no option '--hlep'. Did you mean '--help'?\n"
    assert (
        asked.run("locks", "--bad").text
        == "error: the task 'locks' has no option '--bad'. It has no options.\n"
    )
    assert not asked.exists("0.txt")


@pytest.mark.parametrize("slip", ["--hlp", "--hel", "--helpp", "-help"])
def test_an_option_that_is_nearly_help_is_told_before_anything_is_built(asked, slip):
    asked.dodo(DODO.replace("arguments=True", 'inputs=["0.txt"], arguments=True'))
    said = f"error: the task 'test' has no option '{slip}'. Did you mean '--help'?\n"
    assert asked.run("test", slip).text == said
    assert not asked.exists("0.txt")


NAMED = """
from buildgraph import option, run

def task_revise():
    return run(command=["python", "say.py"], options=[option("message", ..., "what changed", short="m")])

def task_undo():
    return run(command=["python", "say.py"], arguments=["revision"])
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["revise"], "'revise' needs the option '--message'. Run 'doit revise -m \"what changed\"'."),
        (["undo", "1", "2"], "'undo' does not take '2'. Run 'doit undo [REVISION]'."),
        (["undo", "--to"], "the task 'undo' has no option '--to'. It has no options."),
    ],
)
def test_what_a_task_does_not_take_is_told_before_it_is_started(checkout, words, said):
    checkout.dodo(NAMED)
    checkout.write("say.py", "import sys; print(sys.argv[1:])")
    assert checkout.run(*words).text == f"error: {said}\n"


def test_what_must_be_given_and_named_arguments_reach_the_command(checkout):
    checkout.dodo(NAMED)
    checkout.write("say.py", "import sys; print(sys.argv[1:])")
    assert checkout.run("revise", "-m", "all").text == "['--message=all']\n"
    assert checkout.run("revise", "-mall").text == "['--message=all']\n"
    assert checkout.run("undo", "1").text == "['1']\n"
    assert checkout.run("undo").text == "[]\n"
    assert "\n  doit undo [REVISION]\n" in checkout.run("undo", "--help").text
    assert "\n  -m, --message=VALUE  what changed\n" in checkout.run("revise", "--help").text


def test_options_of_a_command_may_follow_what_it_is_asked_for(asked):
    assert (
        asked.run("list", "lint", "--quiet").text
        == asked.run("list", "--quiet", "lint").text
        == "lint\nlint:rules\n"
    )
    assert asked.run("graph", "lint", "--format=svg", "-o", "a.svg").text == "wrote 2 tasks to 'a.svg'\n"
    assert asked.exists("a.svg")
    assert asked.run("clean", "locks", "-n").code == 0
    said = "error: unknown option '--fromat'. Did you mean '--format'?\n"
    assert asked.run("graph", "lint", "--fromat=svg").text == said
    said = "error: the option '--format' needs a value. 'doit help graph' lists the options.\n"
    assert asked.run("graph", "lint", "--format").text == said


def test_options_of_a_task_stay_the_tasks(asked):
    assert asked.run("why", "serve", "--port=8001").text == "serve: a service runs when it is asked for\n"
    assert asked.run("run", "test", "--all").code == 0


def test_the_version_is_the_projects_too(asked):
    first, second = asked.run("--version").text.splitlines()
    assert first.startswith("doit 0.") and second.startswith("Python 3.")
    asked.write("pyproject.toml", "[project]\nname = 'shop'\nversion = '2.1'\n")
    assert asked.run("--version").text.splitlines() == ["shop 2.1", first, second]


FILLED = """
def task_pages():
    return rule(outputs=["dist/"], command=["python", "-c", "import os; os.makedirs('dist/css'); open('dist/manifest.json', 'w'); open('dist/css/a.css', 'w')"])
"""


@pytest.mark.parametrize("word", ["dist/manifst.json", "./dist/manifst.json"])
def test_a_mistyped_file_in_a_folder_of_outputs_is_told_each_time(checkout, word):
    checkout.dodo(FILLED)
    said = "  it makes no 'dist/manifst.json'. Did you mean 'dist/manifest.json'?"
    for _ in range(3):
        run = checkout.run(word)
        assert run.code == 1
        assert run.text.splitlines()[-2] == said or run.text.splitlines()[-1] == said
        assert "not started" not in run.text
    for right in ("dist/manifest.json", "./dist/css/a.css", "dist/", "dist", "pages"):
        assert checkout.run(right).code == 0
        assert checkout.run(right).code == 0


def test_a_file_in_a_folder_of_outputs_is_made_where_there_is_none_yet(checkout):
    checkout.dodo(FILLED)
    assert checkout.run("dist/css/a.css").code == 0
    assert checkout.exists("dist/css/a.css")


def test_each_part_has_a_sentence(asked):
    asked.dodo("""
from buildgraph.rules.command import Command
def task_lint():
    yield check(name="rules", command=Command(["python", "-c", ""], doc="Look for mistakes."))
""")
    assert asked.run("list", "--all").text.splitlines()[-1] == "  lint:rules  Look for mistakes."
