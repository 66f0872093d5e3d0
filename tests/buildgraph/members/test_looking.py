"""Members are found by their folders; what contradicts itself is named with its place."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.errors import BuildError
from buildgraph.members import Member, Root
from buildgraph.rules.word import from_word, to_word

from .made import member


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refusal() -> str:
    with pytest.raises(BuildError) as caught:
        members.find(services=["site"])
    return str(caught.value)


def test_a_checkout_without_any_has_none():
    assert members.find(services=["site"]) == members.Members((), (Root("site", "service"),))


def test_a_member_is_a_folder_with_a_pyproject_of_a_kind_that_its_place_says():
    member("service", "camo", ["health"])
    member("internal", "health")
    member("library", "readme-images", requires=["httpx>=1", "Pillow ; python_version < '3.12'"])
    Path("services/notes").mkdir()
    Path("services/readme.txt").touch()

    found = members.find()

    assert [(each.name, each.kind, each.folder, each.uses) for each in found] == [
        ("camo", "service", "services/camo", ("health",)),
        ("health", "internal", "libs/internal/health", ()),
        ("readme-images", "library", "libs/shared/readme-images", ()),
    ]
    assert found.all[2].requires == ("httpx>=1", "Pillow ; python_version < '3.12'")
    assert found.all[2].sources == "libs/shared/readme-images/src/readme_images"
    assert found.reached(["camo"]) == found.all[:2]
    assert from_word(members.Members, to_word(found)) == found


def test_a_member_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Member("a", "service", "services/a").name = "b"


def test_two_of_one_name_are_refused_with_both_places():
    member("service", "health")
    member("internal", "health")
    assert refusal() == (
        "libs/internal/health/pyproject.toml: 'health' is the name of 'services/health/pyproject.toml', too. "
        "Rename one of them."
    )


def test_the_name_of_a_package_in_the_top_folder_is_taken():
    member("library", "site")
    assert refusal() == (
        "libs/shared/site/pyproject.toml: 'site' is the name of 'site/', too. Rename one of them."
    )


def test_a_cycle_is_printed_whole():
    member("service", "web", ["a"])
    member("internal", "a", ["b"])
    member("internal", "b", ["c"])
    member("internal", "c", ["a"])
    assert refusal() == (
        "libs/internal/a/pyproject.toml: members use one another in a circle: a → b → c → a. "
        "Move what two of them share into a member that both use."
    )


def test_a_member_that_uses_itself_is_a_cycle():
    member("library", "a", ["a"])
    assert "members use one another in a circle: a → a." in refusal()


def test_a_dependency_on_a_member_that_does_not_exist_is_named():
    member("service", "camo", ["helth"])
    member("internal", "health")
    assert refusal() == (
        "services/camo/pyproject.toml: 'camo' depends on the member 'helth', which does not exist. "
        "Did you mean 'health'?"
    )


def test_a_member_that_no_dependency_names_is_refused():
    member("service", "camo", ["health"], requires=["httpx"])
    member("internal", "health")
    assert refusal() == (
        "services/camo/pyproject.toml: the member 'health' is not among the dependencies. "
        "Add 'health' to them, or take it out of the members of [tool.buildgraph]."
    )


def test_a_dependency_that_is_a_member_has_to_be_said_to_be_one():
    member("service", "camo", requires=["Read_Me.images>=1"])
    member("library", "read-me-images")
    assert refusal() == (
        "services/camo/pyproject.toml: the dependency 'read-me-images' is a member. "
        "Add it to the members of [tool.buildgraph]: otherwise, once it has gone, an index would be asked for it."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[project]\nname = camo\n",
            ", line 2, column 8: it cannot be parsed: invalid value. Correct it.",
        ),
        ("[project", ": it cannot be parsed: expected ']' at the end of a table declaration. Correct it."),
        ("[tool.x]\n", ": it has no [project] table with a name. Write: name = 'camo'."),
        ("project = 3\n", ": [project] is not a table. Write it as a table."),
        (
            "[project]\nname = 'Camo'\n",
            ": 'Camo' is not a name for a member. Begin it with a letter; then small letters, digits and single dashes. 'camo' would do.",
        ),
        (
            "[project]\nname = 'cameo'\n",
            ": 'cameo' lies in a folder of another name. Give both one name: it is what tasks and locks are named by.",
        ),
        (
            "[project]\nname = 'camo'\ndependencies = 'httpx'\n",
            ": 'dependencies' of [project] is not a list of texts. Write: dependencies = ['…'].",
        ),
        (
            "[project]\nname = 'camo'\n[tool.buildgraph]\nlayer = ['a']\n",
            ": the table [tool.buildgraph] has no 'layer'. Did you mean 'layers'?",
        ),
    ],
)
def test_a_pyproject_that_cannot_be_read_is_named_with_its_place(text, said):
    member("service", "camo")
    Path("services/camo/pyproject.toml").write_text(text)
    assert refusal().startswith("services/camo/pyproject.toml")
    told = refusal().removeprefix("services/camo/pyproject.toml")
    # Pythons say where a file ends that ends too early in ways of their own.
    assert told == said or told.partition(": ")[2] == said.removeprefix(": ")


def test_a_file_that_is_not_utf_8_is_named():
    member("service", "camo")
    Path("services/camo/pyproject.toml").write_bytes(b"[project]\nname = '\xff'\n")
    assert refusal() == "services/camo/pyproject.toml: it is not UTF-8. Save it as UTF-8."


def test_a_file_that_is_nested_too_deeply_is_named():
    member("service", "camo")
    Path("services/camo/pyproject.toml").write_text("x = " + "[" * 9000)
    assert refusal() == (
        "services/camo/pyproject.toml: it cannot be parsed: it is nested too deeply. Correct it."
    )


def test_a_folder_in_the_place_of_the_file_is_named():
    Path("services/camo/pyproject.toml").mkdir(parents=True)
    assert refusal() == (
        "services/camo/pyproject.toml: it cannot be read: Is a directory. Make it a file that you can read."
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_a_pipe_in_the_place_of_the_file_is_not_waited_for():
    Path("services/camo").mkdir(parents=True)
    os.mkfifo("services/camo/pyproject.toml")
    assert refusal() == "services/camo/pyproject.toml: it is not a file. Make it one, or move it away."


def test_a_member_among_the_optional_dependencies_is_refused_as_among_the_others():
    member("internal", "logs")
    project = member("service", "camo") / "pyproject.toml"
    project.write_text(
        project.read_text().replace(
            "[tool", "[project.optional-dependencies]\nmore = ['Logs', 'camo[x]']\n[tool"
        )
    )
    assert refusal() == (
        "services/camo/pyproject.toml: the dependency 'logs' is a member. Add it to the members of [tool.buildgraph]: "
        "otherwise, once it has gone, an index would be asked for it."
    )


def test_editors_may_save_with_a_mark_and_other_ends_of_lines():
    member("service", "camo")
    Path("services/camo/pyproject.toml").write_bytes(b"\xef\xbb\xbf[project]\r\nname = 'camo'\r\n")
    assert [each.name for each in members.find()] == ["camo"]


def apart(kind: str, name: str, resolution: str, *uses: str) -> None:
    with (member(kind, name, uses) / "pyproject.toml").open("a") as file:
        file.write(f"resolution = '{resolution}'\n")


def test_a_member_that_is_locked_apart_is_in_its_resolution_with_what_it_uses_and_in_no_other():
    member("internal", "vitals")
    member("service", "new", ["vitals"])
    apart("service", "old", "legacy", "vitals")

    found = members.find(resolutions=["legacy"])

    assert list(found.resolved().folders) == ["new", "vitals"]
    assert list(found.resolved("legacy").folders) == ["old", "vitals"]
    assert [each.name for each in found] == ["new", "old", "vitals"]


@pytest.mark.parametrize(
    ("resolutions", "message"),
    [
        (
            [],
            "services/old/pyproject.toml: dodo.py has no resolution 'legacy'. Name it there: find(resolutions=[…]).",
        ),
        (
            ["legcay"],
            "services/old/pyproject.toml: dodo.py has no resolution 'legacy'. Did you mean 'legcay'?",
        ),
    ],
)
def test_a_resolution_that_dodo_does_not_have_is_refused(resolutions, message):
    apart("service", "old", "legacy")
    with pytest.raises(BuildError) as refused:
        members.find(resolutions=resolutions)
    assert str(refused.value) == message


def test_nothing_uses_what_is_locked_in_another_resolution():
    apart("internal", "vitals", "legacy")
    member("service", "new", ["vitals"])
    with pytest.raises(BuildError) as refused:
        members.find(resolutions=["legacy"])
    assert str(refused.value) == (
        "services/new/pyproject.toml: 'new' uses 'vitals', which is locked apart, in the resolution 'legacy'. "
        "Lock both in one resolution."
    )
