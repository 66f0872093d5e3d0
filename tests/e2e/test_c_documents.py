"""Every command of the README, the tutorial and the pages for newcomers is typed, in its order, and succeeds."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from .checkout import HERE, Checkout, copy_files
from .documents import Reader, Written, commands, missing, steps

DOCUMENTS = ("README.md", "docs/tutorial.md", "docs/from-make.md", "docs/manual/serve.md", "CONTRIBUTING.md")
# In checkouts of their own: tests/buildgraph/rooms/test_rooms.py, test_adoption.py.
ELSEWHERE = ("docs/design/rooms.md", "docs/adopting.md")
# A test that ran the suite would run itself: these words stand for it, on one small test.
SUITE = {
    "python3 dodo.py test": "python3 dodo.py test tests/warehouse/test_settings.py",
}

MEMBERS = ("readme-images", "camo")
"""A library and a service, either of which can be what the pages call NAME."""
TUTORIAL = "docs/tutorial.md"
MODEL = "warehouse/projects/models.py"
ADDED = "    nickname: Mapped[str | None]\n"


def think_better(checkout: Checkout) -> None:
    """Do what stands before `db:downgrade`: no migration, no column."""
    [migration] = (checkout.folder / "warehouse/migrations/versions").glob("*_what_changed.py")
    migration.unlink()
    model = checkout.folder / MODEL
    text = model.read_text("utf-8")
    assert text.count(ADDED) == 1
    model.write_text(text.replace(ADDED, ""), "utf-8")


def translate(checkout: Checkout) -> None:
    """Do what stands before `doit catalogs`: correct the guess in the German catalog."""
    catalog = checkout.folder / "warehouse/locale/de/LC_MESSAGES/warehouse.po"
    text = catalog.read_text("utf-8")
    guessed = '#, fuzzy\nmsgid "About this index"\nmsgstr "Über dieses Projekt"\n'
    assert text.count(guessed) == 1
    catalog.write_text(
        text.replace(guessed, 'msgid "About this index"\nmsgstr "Über diesen Index"\n'), "utf-8"
    )


# What the tutorial tells the reader to do in an editor before a command.
EDITS = {"doit catalogs": translate, "doit db:downgrade": think_better}


@pytest.fixture
def clone(checkout: Checkout, tmp_path: Path, request: pytest.FixtureRequest) -> Checkout:
    """What a document's reader begins with: the tutorial's has nothing yet, whatever was typed before."""
    if request.node.callspec.params["document"] != TUTORIAL:
        return checkout
    copy_files(tmp_path / "warehouse")
    return Checkout(tmp_path / "warehouse")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_a_document_succeeds(clone: Checkout, document: str):
    with ExitStack() as terminals:
        reader = Reader(clone, terminals)
        for step in steps(HERE / document):
            if isinstance(step, Written):
                reader.write(step)
                continue
            if document == TUTORIAL and step.command in EDITS:
                EDITS[step.command](clone)
            output = reader.type(SUITE.get(step.command, step.command))
            print(f"$ {step.command}\n{output}", end="")
            lacking = missing(step.printed, output)
            assert not lacking, f"'{step.command}' does not say {lacking!r}:\n{output}"
        if document == TUTORIAL:
            served = reader.served
            assert served
            served.wait_for(lambda: "About this index" in served.read("/about/"), "the page is served")
            served.wait_for(lambda: "Über diesen Index" in served.read("/about/", "de"), "it is translated")
            assert "no table has projects.nickname" in served.output


def test_a_line_that_a_document_shows_is_compared_but_for_times():
    output = "made    env  3.21 s\nmade    locks  12 s\n1 passed in 0.4s\nwrote 'a_0008_x.py': read it\n"
    assert not missing(["made    env  1.07 s", "…", "1 passed in 7.25s", "wrote '…_x.py': read it"], output)
    assert missing(["made    locks  1 s", "made    env  1 s"], output) == "made    env  1 s"
    assert missing(["made    node  1 s"], output) == "made    node  1 s"


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
        "affected",
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
        unknown = {
            name for name in named if not {name.replace("NAME", each) for each in MEMBERS} & (tasks | own)
        }
        assert not unknown, f"{path.relative_to(HERE)} names {unknown}"


def test_the_readme_names_every_public_document():
    text = Path(HERE / "README.md").read_text("utf-8")

    for name in ("docs/tutorial.md", "docs/from-make.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"):
        assert name in text and (HERE / name).is_file()
