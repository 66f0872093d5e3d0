"""What a person meets who asks: help in this engine's words, suggestions, lists that fit the terminal."""

from __future__ import annotations

import re

import pytest
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
    return check(arguments=True, command=["python", "-c", ""])
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
    assert re.findall(r"^  (\w+) +\w", text.partition("Commands:")[2], re.M) == list(suggest.COMMANDS)
    assert set(suggest.COMMANDS) == adapter.COMMANDS.keys()
    assert "pydoit" not in text
    assert asked.run("--help").text == asked.run("-h").text == text


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
