"""The keywords of the verbs: one table, and signatures that say the same."""

import inspect

import pytest

from buildgraph.rules import verbs
from buildgraph.rules.command import Command, around
from buildgraph.rules.keywords import CARRIED, DEFAULTS, KEYWORDS


@pytest.mark.parametrize("verb", KEYWORDS)
def test_a_signature_says_what_the_table_says(verb):
    *keywords, unknown = inspect.signature(getattr(verbs, verb)).parameters.values()
    assert unknown.kind is unknown.VAR_KEYWORD
    assert tuple(each.name for each in keywords) == KEYWORDS[verb]
    for each in keywords:
        assert each.kind is each.KEYWORD_ONLY
        if each.name != "command":
            assert each.default is DEFAULTS[each.name], each.name


def value(task: dict) -> object:
    return task["meta"]["buildgraph"]


COMMAND = Command(
    ["python", "x.py"],
    tools=["x.py"],
    environment={"A": "1", "B": "1"},
    inherit=["HOME"],
    network=True,
    discovers="x.json",
    worker=2,
    options=[verbs.option("one", 1)],
    doc="Do it.",
)


def test_a_command_carries_what_it_needs_into_its_task():
    made = verbs.rule(outputs=["x"], command=COMMAND)
    assert value(made).tools == ("x.py",)
    assert value(made).environment == (("A", "1"), ("B", "1"))
    assert value(made).inherit == ("HOME",)
    assert value(made).network
    assert value(made).outputs == ("x", "x.json")
    assert value(made).discovers == "x.json"
    assert value(made).options == ("one",)
    assert value(made).worker == 2
    assert "doc" not in made, "it has the creator's docstring"


def test_a_task_adds_to_what_its_command_carries():
    told = {"tools": ["y.py"], "environment": {"B": "2"}, "inherit": ["PATH"], "discovers": "y.json"}
    made = verbs.rule(outputs=["x"], command=COMMAND, options=[verbs.option("two")], **told)
    assert value(made).tools == ("x.py", "y.py")
    assert value(made).environment == (("A", "1"), ("B", "2"))
    assert value(made).inherit == ("HOME", "PATH")
    assert value(made).discovers == "y.json"
    assert value(made).options == ("one", "two")


def test_a_task_that_is_named_by_basename_is_explained_by_its_command():
    assert verbs.run(basename="x", command=COMMAND)["doc"] == "Do it."
    assert verbs.run(basename="x", command=COMMAND, doc="Otherwise.")["doc"] == "Otherwise."


def test_what_owns_the_terminal_is_started_alone():
    assert value(verbs.run(command=COMMAND)).worker == 0
    assert value(verbs.service(command=COMMAND)).worker == 0


def test_runs_makes_a_task_for_each_command():
    one, two = verbs.runs(["env"], {"one": COMMAND, "two": ["python", "y.py"]})
    assert (one["basename"], one["doc"], one["task_dep"]) == ("one", "Do it.", ["env"])
    assert (two["basename"], two["task_dep"]) == ("two", ["env"])
    assert "doc" not in two
    assert value(one).where.startswith("test_keywords.py, line ")


def test_more_words_leave_the_command_as_it_was():
    more = COMMAND("--fast", doc="Do it fast.")
    assert (list(more), more.doc) == (["python", "x.py", "--fast"], "Do it fast.")
    assert (list(COMMAND), COMMAND.doc) == (["python", "x.py"], "Do it.")
    assert [getattr(more, each) for each in CARRIED] == [getattr(COMMAND, each) for each in CARRIED]


def test_a_command_around_others_needs_what_they_need():
    other = Command(["python", "y.py"], tools=["y.py", "x.py"], foreground=True)
    found = around(["python", "z.py"], COMMAND, other, ["python", "plain.py"], tools=["z.py"])
    assert found == ["python", "z.py"]
    assert found.tools == ("z.py", "x.py", "y.py")
    assert found.environment == {"A": "1", "B": "1"}
    assert found.network
    assert found.foreground
    assert found.worker == 0, "its first words are not the program that can serve"
    assert (found.options, found.doc) == ((), None), "the last one has neither"


def test_what_the_command_line_adds_is_for_the_last_of_the_commands():
    own = verbs.option("own")
    found = around(["python", "z.py"], ["python", "y.py"], COMMAND(arguments=True), options=[own])
    assert [each["name"] for each in found.options] == ["own", "one"]
    assert found.arguments
    assert found.doc == "Do it."
