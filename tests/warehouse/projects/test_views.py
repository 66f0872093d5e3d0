"""The project page shows a release, its files and its metadata."""

from dataclasses import replace

import pytest
from pyramid.registry import Registry
from pytest import MonkeyPatch
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import make_file, make_project, make_user
from warehouse.projects.models import Role

INDEX = "http://localhost/simple/"


def test_a_project_is_shown_at_its_preferred_release(app: TestApp, db: Session):
    make_project(
        db,
        versions=("1.0", "2.0rc1"),
        summary="Fine <b>words</b>",
        description="*Hello*",
        description_html="<em>Hello</em>",
    )
    page = app.get("/project/sample/")
    assert page.html.h1.get_text(" ", strip=True) == "Sample 1.0"
    assert page.html.select_one(".summary").text == "Fine <b>words</b>"
    assert page.html.select_one(".install code").text == f"pip install --index-url {INDEX} sample"
    assert page.html.select_one(".description em").text == "Hello"
    assert [link.text for link in page.html.select(".releases a")] == ["2.0rc1", "1.0"]


def test_another_release_names_its_version(app: TestApp, db: Session):
    make_project(db, versions=("1.0", "2.0"))
    page = app.get("/project/sample/1.0.0/")
    assert page.html.select_one(".install code").text == f"pip install --index-url {INDEX} sample==1.0"
    assert page.html.select_one(".releases [aria-current]").text == "1.0"
    assert "has not described" in page.html.select_one(".description").text


def test_the_command_installs_from_the_address_that_production_names(
    app: TestApp, db: Session, registry: Registry, monkeypatch: MonkeyPatch
):
    make_project(db, versions=("1.0",))
    site = replace(registry.warehouse, site="https://index.example.org")
    monkeypatch.setattr(registry, "warehouse", site)
    page = app.get("/project/sample/", headers={"Host": "10.0.0.7:8000"})
    expected = "pip install --index-url https://index.example.org/simple/ sample"
    assert page.html.select_one(".install code").text == expected


def test_files_are_listed_with_their_digest(app: TestApp, db: Session):
    file = make_file(db, make_project(db).releases[0], "sample-1.0.tar.gz")
    row = app.get("/project/sample/").html.select_one(".files tbody tr")
    assert row.a["href"] == f"/packages/{file.path}"
    assert row.select_one(".digest").text == file.sha256
    assert [cell.text for cell in row.find_all("td")[1:]] == ["Source", "1.0 kB", "2025-05-01"]


def test_metadata_is_shown(app: TestApp, db: Session):
    metadata = {
        "author": "Ann <ann@example.org>",
        "license_expression": "MIT",
        "classifiers": ["Programming Language :: Python :: 3"],
        "requires_dist": ["other>=1", "<script>"],
        "home_page": "https://example.org/",
        "project_urls": {"Source": "HTTP://example.org/source", "Evil": "javascript:alert(1)"},
    }
    project = make_project(db, core_metadata=metadata, requires_python=">=3.11")
    project.roles.append(Role(user=make_user(db, "ann"), name="owner"))
    db.commit()
    side = app.get("/project/sample/").html.select_one(".side")
    assert [value.text for value in side.find_all("dd")] == [
        ">=3.11", "MIT", "Ann <ann@example.org>", "ann", "other>=1", "<script>",
    ]  # fmt: skip
    links = side.find("section").find_all("a")
    assert [(link.text, link["href"]) for link in links] == [
        ("Homepage", "https://example.org/"),
        ("Source", "HTTP://example.org/source"),
    ]


def test_a_yanked_release_says_so(app: TestApp, db: Session):
    make_project(db, yanked=True, yanked_reason="It bites")
    page = app.get("/project/sample/")
    assert "It bites" in page.html.select_one(".notice").text
    assert page.html.select_one(".releases .label").text == "yanked"


def test_many_releases_can_be_filtered(app: TestApp, db: Session):
    make_project(db, versions=tuple(f"1.{minor}" for minor in range(11)))
    assert app.get("/project/sample/").html.select_one("[data-filter-target=field]") is not None


def test_a_project_without_releases_has_a_page(app: TestApp, db: Session):
    make_project(db, versions=())
    assert "This project has no release." in app.get("/project/sample/").text


def test_another_spelling_is_redirected(app: TestApp, db: Session):
    make_project(db, "Foo.Bar")
    assert app.get("/project/Foo.Bar/", status=301).location == "http://localhost/project/foo-bar/"
    assert app.get("/project/foo_bar/1.0/", status=301).location == "http://localhost/project/foo-bar/1.0/"


def test_what_is_not_there_is_not_found(app: TestApp, db: Session):
    make_project(db)
    assert "There is no project nothing." in app.get("/project/nothing/", status=404).text
    assert "Sample has no release 9." in app.get("/project/sample/9/", status=404).text


def test_the_page_of_a_slip_has_the_nearest_names(app: TestApp, db: Session):
    make_project(db, "Requests")
    make_project(db, "unlike")
    page = app.get("/project/reqests/", status=404)
    links = page.html.select("main ul a, .container ul a")
    assert {(link.text, link["href"]) for link in links} == {("Requests", "/project/requests/")}
    assert "Did you mean" not in app.get("/project/zzz/", status=404).text
    assert "Did you mean" not in app.get("/simple/reqests/", status=404).text


def test_what_is_required_leads_to_its_project_if_there_is_one(app: TestApp, db: Session):
    make_project(db, "Foo.Bar")
    metadata = {"requires_dist": ["foo_bar[extra]>=1; python_version > '3'", "other", "sample.b (>=2)"]}
    make_project(db).releases[0].core_metadata = metadata
    db.flush()
    side = app.get("/project/sample/").html.select_one(".side")
    shown = [each.text for each in side.select("dd")]
    assert set(metadata["requires_dist"]) <= set(shown)
    links = [(link.text, link["href"]) for link in side.select("dd a")]
    assert links == [(metadata["requires_dist"][0], "/project/foo-bar/")]


@pytest.mark.parametrize("path", ["/p/Foo.Bar/", "/pypi/Foo.Bar/", "/p/Foo.Bar"])
def test_addresses_that_people_know_lead_to_the_project(app: TestApp, db: Session, path: str):
    make_project(db, "Foo.Bar")
    answer = app.get(path, status=301)
    while answer.status_int == 301:
        answer = answer.follow()
    assert answer.request.path == "/project/foo-bar/"
