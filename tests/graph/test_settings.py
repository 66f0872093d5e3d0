"""Settings of doit that mean something are honoured from each place where they can be made; `test_messages.py` has the others."""

from __future__ import annotations

import json

import pytest

WRITES = """
def task_a():
    command = ["python", "-c", "import sys; open('x', 'w').write(sys.argv[1])"]
    return rule(outputs=["x"], command=command, options=[dict(name="level", long="level", default="1")])
"""
SAYS = "def task_t(): return {'actions': ['echo out'], 'params': [{'name': 'n', 'long': 'n', 'default': 1, 'type': int}]}"
FILES = {
    "pyproject.toml": {
        "task": '[tool.doit.tasks.a]\nlevel = "{}"\n',
        "verbosity": "[tool.doit]\nverbosity = 2\n",
        "reporter": '[tool.doit.commands.run]\nreporter = "json"\n',
    },
    "doit.cfg": {
        "task": "[task:a]\nlevel = {}\n",
        "verbosity": "[GLOBAL]\nverbosity = 2\n",
        "reporter": "[run]\nreporter = json\n",
    },
}


@pytest.mark.parametrize("file", FILES)
def test_option_of_a_rule_has_the_value_that_a_file_sets(checkout, file):
    checkout.dodo(WRITES)
    assert checkout.build() == ["a"]
    assert checkout.read("x") == "--level=1"
    for value in ("2", "3"):
        checkout.write(file, FILES[file]["task"].format(value))
        assert checkout.build() == ["a"]
        assert checkout.read("x") == f"--level={value}"
        for _ in range(3):
            assert checkout.run().text == "a: up to date\n"
    assert checkout.build("a", "--level=4") == ["a"]
    assert checkout.read("x") == "--level=4"


@pytest.mark.parametrize("file", FILES)
def test_verbosity_that_a_file_sets_is_that_of_plain_tasks(checkout, file):
    checkout.dodo(SAYS)
    checkout.write(file, FILES[file]["verbosity"])
    assert checkout.run("-r", "silent").text == "out\n"
    assert checkout.run("-r", "silent", "-v1").text == ""


@pytest.mark.parametrize("file", FILES)
def test_reporter_that_a_file_sets_is_used(checkout, file):
    checkout.dodo(SAYS)
    checkout.write(file, FILES[file]["reporter"])
    events = [json.loads(line)["event"] for line in checkout.run().text.splitlines()]
    assert events == ["begin", "started", "succeeded", "end"]
