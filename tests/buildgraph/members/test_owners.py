"""CODEOWNERS and labels follow from what the pyproject.toml files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.errors import BuildError
from buildgraph.members.owners import FILES, HEAD, check_or_write, texts

from .made import member


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def owned(name: str, *owners: str, kind: str = "service") -> None:
    with (member(kind, name) / "pyproject.toml").open("a") as file:
        file.write(f"owners = {list(owners)}\n")


def at_the_top(*owners: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.buildgraph]\nowners = {list(owners)}\n")


def test_the_top_folder_says_who_looks_after_the_rest():
    at_the_top("@site/all", "a@example.org")
    owned("camo", "@images", "@site/security")
    owned("vitals", kind="internal")

    codeowners, rules, labels = texts(members.find(services=["site"])).values()

    assert codeowners == HEAD + "* @site/all a@example.org\n/services/camo/ @images @site/security\n"
    assert rules == HEAD + "".join(
        f'"{label}":\n  - changed-files:\n      - any-glob-to-any-file: "{folder}/**"\n'
        for label, folder in (
            ("service: site", "site"),
            ("service: camo", "services/camo"),
            ("internal: vitals", "libs/internal/vitals"),
        )
    )
    assert (
        '- name: "service: camo"\n  color: "1d76db"\n  description: "services/camo/, a service"\n' in labels
    )


def test_what_differs_is_told_and_not_mended():
    at_the_top("@site/all")
    found = members.find()
    with pytest.raises(BuildError) as refused:
        check_or_write(found, [])
    assert str(refused.value) == (
        ".github/CODEOWNERS: it is not what the pyproject.toml files say. Run 'doit owners'."
    )
    assert not Path(".github").exists()

    check_or_write(found, list(FILES))
    check_or_write(found, [])
    Path(".github/labels.yml").write_bytes(b"\xff")
    with pytest.raises(BuildError, match=r"^\.github/labels\.yml: "):
        check_or_write(found, [])


def test_the_files_follow_members_that_come_are_renamed_and_go():
    owned("camo", "@images")
    check_or_write(members.find(), list(FILES))

    Path("services/camo").rename("services/proxy")
    project = Path("services/proxy/pyproject.toml")
    project.write_text(project.read_text().replace("camo", "proxy"))
    with pytest.raises(BuildError):
        check_or_write(members.find(), [])
    check_or_write(members.find(), list(FILES))
    assert "/services/proxy/ @images\n" in Path(FILES[0]).read_text()

    project.unlink()
    check_or_write(members.find(), list(FILES))
    assert [Path(path).read_text() for path in FILES] == [HEAD] * 3


@pytest.mark.parametrize("owner", ["images", "@", "@a/b/c", "@a b", "a@b", "#x", "* @x", "@-x", "a@b.c d"])
def test_what_is_not_an_owner_is_refused_with_its_file(owner):
    owned("camo", owner)
    with pytest.raises(BuildError) as refused:
        members.find()
    assert str(refused.value) == (
        f"services/camo/pyproject.toml: {owner!r} is not an owner. "
        "Write '@person', '@organization/team' or an address of mail."
    )
