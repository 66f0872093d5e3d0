"""Every command of the README, the tutorial and the pages for newcomers is typed, in its order, and succeeds."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from .checkout import HERE, Checkout
from .documents import Reader, commands

DOCUMENTS = ("README.md", "docs/tutorial.md", "docs/from-make.md", "docs/manual/serve.md", "CONTRIBUTING.md")
ELSEWHERE = ("docs/design/rooms.md",)  # tests/buildgraph/rooms/test_rooms.py, in a checkout of its own
# A test that ran the suite would run itself: these words stand for it, on one small test.
SUITE = {
    "python3 dodo.py test": "python3 dodo.py test tests/warehouse/test_settings.py",
    "doit test -k home": "doit test tests/warehouse/pages -k home",
}

# What the document tells the reader to do in an editor before a command: file, text, its replacement.
EDITS = {
    'doit db:revision -m "what changed"': (
        "warehouse/projects/models.py",
        "    latest_version: Mapped[str | None]\n",
        "    latest_version: Mapped[str | None]\n    nickname: Mapped[str | None]\n",
    )
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_a_document_succeeds(checkout: Checkout, document: str):
    with ExitStack() as terminals:
        reader = Reader(checkout, terminals)
        for command in commands(HERE / document):
            if command in EDITS:
                name, old, new = EDITS[command]
                file = checkout.folder / name
                assert old in file.read_text("utf-8"), f"{name} is not what this test changes"
                file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
            reader.type(SUITE.get(command, command))


def test_all_documents_with_commands_are_typed():
    documents = [HERE / "README.md", HERE / "CONTRIBUTING.md", *(HERE / "docs").rglob("*.md")]

    with_commands = {
        str(path.relative_to(HERE)) for path in documents if "_build" not in path.parts and commands(path)
    }

    assert with_commands == {*DOCUMENTS, *ELSEWHERE}


def test_every_task_that_a_document_names_is_there(checkout: Checkout):
    tasks = set(re.findall(r"^  (\S+)", checkout.run("python3 dodo.py list --all"), re.MULTILINE))
    own = {
        "list",
        "why",
        "inputs",
        "clean",
        "TASK",
        "help",
        "graph",
        "trace",
        "audit",
        "forget",
        "verify",
        "completion",
    }
    documents = [HERE / "README.md", HERE / "CONTRIBUTING.md", *(HERE / "docs").rglob("*.md")]

    for path in documents:
        named = re.findall(r"`doit ([a-zA-Z][\w:-]*)", path.read_text("utf-8"))
        unknown = set(named) - tasks - own
        assert not unknown, f"{path.relative_to(HERE)} names {unknown}"


def test_the_readme_names_every_public_document():
    text = Path(HERE / "README.md").read_text("utf-8")

    for name in ("docs/tutorial.md", "docs/from-make.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"):
        assert name in text and (HERE / name).is_file()
