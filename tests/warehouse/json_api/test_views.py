"""The JSON documents say what PyPI's say."""

import pytest
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import make_file, make_project
from warehouse.projects.models import Project


@pytest.fixture
def project(db: Session) -> Project:
    """A project with two releases and a file each."""
    project = make_project(
        db,
        "Foo.Bar",
        versions=("1.9", "1.10"),
        requires_python=">=3.8",
        description="Words",
        core_metadata={"author": "Ann", "keywords": ["a", "b"], "requires_dist": ["other>=1"]},
    )
    for release in project.releases:
        make_file(db, release, f"foo_bar-{release.version}.tar.gz")
    return project


def test_a_project_is_described_at_its_preferred_release(app: TestApp, project: Project):
    document = app.get("/pypi/foo-bar/json").json
    info = document["info"]
    assert (info["name"], info["version"], info["author"], info["keywords"]) == (
        "Foo.Bar",
        "1.10",
        "Ann",
        "a,b",
    )
    assert info["description"] == "Words"
    assert info["requires_dist"] == ["other>=1"]
    assert info["release_url"] == "http://localhost/project/foo-bar/1.10/"
    assert list(document["releases"]) == ["1.9", "1.10"]
    assert [file["filename"] for file in document["urls"]] == ["foo_bar-1.10.tar.gz"]
    assert document["urls"][0]["url"].startswith("http://localhost/packages/")
    assert document["urls"][0]["yanked"] is False
    assert document["last_serial"] == project.serial


def test_a_document_has_the_fields_that_clients_know(app: TestApp, project: Project):
    document = app.get("/pypi/foo-bar/json").json
    unknown = {"last_day": -1, "last_month": -1, "last_week": -1}
    expected = {
        "bugtrack_url": None,
        "docs_url": None,
        "downloads": unknown,
        "dynamic": None,
        "license_files": None,
    }
    assert {name: document["info"][name] for name in expected} == expected
    expected = {"comment_text": "", "downloads": -1, "has_sig": False}
    assert {name: document["urls"][0][name] for name in expected} == expected


def test_a_release_is_described_alone(app: TestApp, project: Project):
    document = app.get("/pypi/foo-bar/1.9.0/json").json
    assert document["info"]["version"] == "1.9"
    assert "releases" not in document


def test_an_unchanged_document_is_not_sent_again(app: TestApp, project: Project):
    first = app.get("/pypi/foo-bar/json")
    again = app.get("/pypi/foo-bar/json", headers={"If-None-Match": first.headers["ETag"]}, status=304)
    assert again.etag == first.etag == str(project.serial)


def test_another_spelling_is_redirected(app: TestApp, project: Project):
    assert app.get("/pypi/Foo.Bar/1.9/json", status=301).location == "http://localhost/pypi/foo-bar/1.9/json"


@pytest.mark.parametrize("path", ["/pypi/nothing/json", "/pypi/foo-bar/3/json", "/pypi/foo-bar/3/4/json"])
def test_what_is_not_there_is_not_found(app: TestApp, project: Project, path: str):
    app.get(path, status=404)


def test_a_project_without_releases_is_not_found(app: TestApp, db: Session):
    make_project(db, "empty", versions=())
    app.get("/pypi/empty/json", status=404)
