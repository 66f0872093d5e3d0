"""Feeds and the sitemap are well-formed, whatever people wrote."""

from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import make_project

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def projects(db: Session) -> None:
    make_project(db, "Foo.Bar", versions=("1.0", "2.0"), summary="<b>&\x0b")
    make_project(db, "other")


def titles(app: TestApp, path: str) -> list[str]:
    answer = app.get(path)
    assert answer.content_type == "application/rss+xml"
    app.get(path, headers={"If-None-Match": answer.headers["ETag"]}, status=304)
    return [item.findtext("title") for item in fromstring(answer.body).iter("item")]


def test_new_releases_and_projects_are_listed(app: TestApp):
    assert sorted(titles(app, "/rss/updates.xml")) == ["Foo.Bar 1.0", "Foo.Bar 2.0", "other 1.0"]
    assert sorted(titles(app, "/rss/projects.xml")) == ["Foo.Bar", "other"]
    assert titles(app, "/rss/project/foo-bar/releases.xml") == ["Foo.Bar 2.0", "Foo.Bar 1.0"]


def test_texts_stay_texts(app: TestApp):
    item = next(fromstring(app.get("/rss/project/foo-bar/releases.xml").body).iter("item"))
    assert item.findtext("description") == "<b>&"
    assert item.findtext("link") == "http://localhost/project/foo-bar/2.0/"


def test_the_sitemap_lists_all_projects(app: TestApp):
    root = fromstring(app.get("/sitemap.xml").body)
    assert [each.text for each in root.iter(f"{NAMESPACE}loc")] == [
        "http://localhost/project/foo-bar/",
        "http://localhost/project/other/",
    ]
    assert "Sitemap: http://localhost/sitemap.xml" in app.get("/robots.txt").text


def test_the_feed_of_projects_has_the_name_that_readers_know(app: TestApp):
    assert app.get("/rss/packages.xml").body == app.get("/rss/projects.xml").body
