"""Projects are found by any spelling, show their preferred release, and can be searched."""

import pytest
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_file, make_project
from warehouse.projects.models import Release
from warehouse.projects.services import (
    count_everything,
    find_project,
    find_release,
    newest_first,
    preferred,
    recently_released,
    refresh_project,
    search,
)


def release(version: str, *, yanked: bool = False) -> Release:
    """Return a release that is in no database."""
    return Release(version=version, yanked=yanked)


@pytest.mark.parametrize("name", ["Foo.Bar", "foo-bar", "FOO__bar", "foo-_.bar"])
def test_a_project_is_found_by_any_spelling(db: Session, name: str):
    project = make_project(db, "Foo.Bar")
    assert project.normalized_name == "foo-bar"
    assert find_project(db, name) is project


def test_an_unknown_project_is_none(db: Session):
    assert find_project(db, "nothing") is None


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1", "v1.0"])
def test_a_release_is_found_by_any_equal_version(db: Session, version: str):
    assert find_release(make_project(db), version).version == "1.0"


@pytest.mark.parametrize("version", ["1.1", "nonsense", ""])
def test_an_unknown_version_is_none(db: Session, version: str):
    assert find_release(make_project(db), version) is None


def test_releases_sort_by_version_not_by_text():
    releases = [release("1.9"), release("1.10"), release("1.10rc1"), release("0.1")]
    assert [each.version for each in newest_first(releases)] == ["1.10", "1.10rc1", "1.9", "0.1"]


@pytest.mark.parametrize(
    ("releases", "version"),
    [
        ([release("1.0"), release("2.0")], "2.0"),
        ([release("1.0"), release("2.0rc1")], "1.0"),
        ([release("1.0rc1"), release("1.0rc2")], "1.0rc2"),
        ([release("1.0"), release("2.0", yanked=True)], "1.0"),
        ([release("1.0rc1"), release("2.0", yanked=True)], "1.0rc1"),
        ([release("1.0", yanked=True)], "1.0"),
    ],
)
def test_the_preferred_release_is_what_an_installer_takes(releases: list[Release], version: str):
    assert preferred(releases).version == version


def test_a_project_shows_its_preferred_release_and_a_new_serial(db: Session):
    project = make_project(db, versions=("1.0", "2.0"), summary="Old words")
    before = project.serial
    find_release(project, "2.0").summary = "New words"
    refresh_project(db, project)
    assert (project.latest_version, project.summary) == ("2.0", "New words")
    assert project.serial > before


def test_a_project_without_releases_shows_nothing(db: Session):
    project = make_project(db, versions=())
    assert (project.latest_version, project.summary) == (None, "")


def test_recent_projects_come_first_and_empty_ones_not_at_all(db: Session):
    make_project(db, "empty", versions=())
    older, newer = make_project(db, "older"), make_project(db, "newer")
    assert recently_released(db, 5) == [newer, older]
    assert recently_released(db, 1) == [newer]


def test_a_pre_release_makes_no_project_recent(db: Session):
    older, newer = make_project(db, "older"), make_project(db, "newer")
    db.add(Release(project=older, version="2.0rc1", canonical_version="2rc1"))
    refresh_project(db, older)
    db.commit()
    assert recently_released(db, 2) == [newer, older]


def test_everything_is_counted(db: Session):
    project = make_project(db, versions=("1.0", "2.0"))
    make_file(db, project.releases[0], "sample-1.0-py3-none-any.whl")
    assert count_everything(db) == {"projects": 1, "releases": 2, "files": 1}


@pytest.mark.parametrize(
    "words",
    ["amb", "tern", "amber lantern", "amber-lantern", "lanterns", "light", "ambr lantern", "Amber.Lantern"],
)
def test_search_finds_names_summaries_and_misspellings(db: Session, words: str):
    project = make_project(db, "amber-lantern", summary="Lanterns that light the way")
    make_project(db, "other", summary="Nothing of the kind")
    assert search(db, words).projects == [project]


def test_search_puts_the_name_itself_first(db: Session):
    make_project(db, "lantern-kit", summary="A lantern")
    exact = make_project(db, "lantern")
    assert search(db, "lantern").projects[0] is exact


@pytest.mark.parametrize("words", ["'; DROP TABLE projects; --", "%", "\\", '"', "& | !", "(((", "a:*b"])
def test_search_takes_any_words(db: Session, words: str):
    make_project(db)
    assert search(db, words).projects == []
