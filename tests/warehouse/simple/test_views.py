"""The simple index, as installers read it."""

import gzip

import pytest
from sqlalchemy.orm import Session
from webob import Request, Response
from webtest import TestApp

from tests.warehouse.factories import make_file, make_project
from warehouse.projects.models import Project
from warehouse.projects.services import refresh_project

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


@pytest.fixture
def project(db: Session) -> Project:
    """A project with a wheel and two sdists."""
    project = make_project(db, "Foo.Bar", versions=("1.9", "1.10"), requires_python=">=3.8,<4")
    old, new = sorted(project.releases, key=lambda each: each.id)
    make_file(db, new, "foo_bar-1.10-py3-none-any.whl", metadata_sha256="f00d")
    make_file(db, new, "foo_bar-1.10.tar.gz")
    make_file(db, old, "foo_bar-1.9.tar.gz")
    return project


def test_the_index_lists_projects_by_normalized_name(app: TestApp, db: Session, project: Project):
    make_project(db, "aaa")
    page = app.get("/simple/")
    assert page.content_type == "text/html"
    assert [(link.text, link["href"]) for link in page.html.find_all("a")] == [
        ("aaa", "aaa/"),
        ("Foo.Bar", "foo-bar/"),
    ]
    assert page.html.find("meta", attrs={"name": "pypi:repository-version"})["content"] == "1.1"


def test_the_index_in_json(app: TestApp, project: Project):
    response = app.get("/simple/", headers={"Accept": JSON})
    assert response.content_type == JSON
    assert response.json["meta"] == {"api-version": "1.1", "_last-serial": project.serial}
    assert response.headers["X-PyPI-Last-Serial"] == str(project.serial)
    assert response.json["projects"] == [
        {"name": "Foo.Bar", "_normalized": "foo-bar", "_last-serial": project.serial}
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/simple/", 200), ("/simple/foo-bar/", 200), ("/pypi/foo-bar/json", 200), ("/pypi/foo-bar/1.9/json", 200),
     ("/simple/nothing/", 404)],
)  # fmt: skip
def test_scripts_of_any_site_may_read_what_installers_read(
    app: TestApp, project: Project, path: str, status: int
):
    for _ in ("drawn", "remembered"):
        assert app.get(path, status=status).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in app.get("/").headers


def test_the_index_is_compressed_for_who_takes_it(app: TestApp, project: Project):
    def asked(**headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request.blank("/simple/", headers=named).get_response(app.app)

    plain = asked()
    for refused in ("", "identity", "br, gzip;q=0"):
        assert asked(Accept_Encoding=refused).content_encoding is None

    found = asked(Accept_Encoding="gzip, deflate")

    assert found.content_encoding == "gzip" and gzip.decompress(found.body) == plain.body
    assert found.headers["Vary"] == plain.headers["Vary"] == "Accept, Accept-Encoding"
    assert found.etag != plain.etag
    again = asked(Accept_Encoding="gzip", If_None_Match=found.headers["ETag"])
    assert again.status_int == 304 and again.body == b""


def test_the_index_is_drawn_once_for_each_serial(
    app: TestApp, db: Session, project: Project, monkeypatch: pytest.MonkeyPatch
):
    first = app.get("/simple/", headers={"Accept": JSON})
    with monkeypatch.context() as without:
        without.setattr("warehouse.simple.views.index_document", None)
        assert app.get("/simple/", headers={"Accept": JSON}).body == first.body

    make_project(db, "later")

    names = [each["name"] for each in app.get("/simple/", headers={"Accept": JSON}).json["projects"]]
    assert names == ["Foo.Bar", "later"]


def test_an_empty_index_is_an_index(app: TestApp):
    assert app.get("/simple/").html.find_all("a") == []


def test_a_project_lists_its_files_by_version(app: TestApp, project: Project):
    page = app.get("/simple/foo-bar/")
    links = page.html.find_all("a")
    assert [link.text for link in links] == [
        "foo_bar-1.9.tar.gz",
        "foo_bar-1.10-py3-none-any.whl",
        "foo_bar-1.10.tar.gz",
    ]
    file = next(
        file for release in project.releases for file in release.files if file.filename == links[1].text
    )
    assert links[1]["href"] == f"/packages/{file.path}#sha256={file.sha256}"
    assert links[1]["data-requires-python"] == ">=3.8,<4"
    assert links[1]["data-core-metadata"] == "sha256=f00d"
    assert links[1]["data-dist-info-metadata"] == "sha256=f00d"
    assert not links[0].has_attr("data-core-metadata")
    assert not links[0].has_attr("data-yanked")


def test_a_project_in_json(app: TestApp, project: Project):
    document = app.get("/simple/foo-bar/", headers={"Accept": JSON}).json
    assert document["meta"] == {"api-version": "1.1", "_last-serial": project.serial}
    assert document["name"] == "foo-bar"
    assert document["versions"] == ["1.9", "1.10"]
    file = document["files"][1]
    assert file.pop("url").startswith("/packages/")
    assert len(file.pop("hashes")["sha256"]) == 64
    assert file == {
        "filename": "foo_bar-1.10-py3-none-any.whl",
        "requires-python": ">=3.8,<4",
        "size": 1000,
        "upload-time": "2025-05-01T00:00:00.000000Z",
        "yanked": False,
        "core-metadata": {"sha256": "f00d"},
    }


@pytest.mark.parametrize(("reason", "html", "json"), [("It bites", "It bites", "It bites"), ("", "", True)])
def test_a_yanked_release_is_marked(app: TestApp, db: Session, reason: str, html: str, json: str | bool):
    project = make_project(db, yanked=True, yanked_reason=reason)
    make_file(db, project.releases[0], "sample-1.0.tar.gz")
    assert app.get("/simple/sample/").html.a["data-yanked"] == html
    assert app.get("/simple/sample/", headers={"Accept": JSON}).json["files"][0]["yanked"] == json


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html", "text/html"),
        ("image/png", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        (HTML, HTML),
        (JSON, JSON),
        (f"{JSON}, {HTML};q=0.1, text/html;q=0.01", JSON),
        ("application/vnd.pypi.simple.latest+json", JSON),
        ("application/vnd.pypi.simple.latest+html", HTML),
        ("nonsense", "text/html"),
    ],
)
def test_the_representation_is_negotiated(app: TestApp, project: Project, accept: str, content_type: str):
    for path in ("/simple/", "/simple/foo-bar/"):
        response = app.get(path, headers={"Accept": accept})
        assert response.content_type == content_type
        assert response.vary and response.vary[0] == "Accept"


@pytest.mark.parametrize("path", ["/simple/Foo.Bar/", "/simple/foo_bar/", "/simple/FOO--BAR/"])
def test_another_spelling_is_redirected(app: TestApp, project: Project, path: str):
    assert app.get(path, status=301).location == "http://localhost/simple/foo-bar/"


def test_a_missing_slash_is_redirected(app: TestApp, project: Project):
    assert app.get("/simple/foo-bar", status=301).location == "http://localhost/simple/foo-bar/"


def test_an_unknown_project_is_not_found(app: TestApp):
    assert "There is no project nothing." in app.get("/simple/nothing/", status=404).text


@pytest.mark.parametrize("accept", ["text/html", JSON])
def test_an_unchanged_page_is_not_sent_again(app: TestApp, db: Session, project: Project, accept: str):
    for path in ("/simple/", "/simple/foo-bar/"):
        first = app.get(path, headers={"Accept": accept})
        known = {"Accept": accept, "If-None-Match": first.headers["ETag"]}
        again = app.get(path, headers=known, status=304)
        assert again.body == b""
        assert again.headers["ETag"] == first.headers["ETag"]


def test_the_application_itself_knows_what_is_unchanged(app: TestApp, project: Project):
    tag = app.get("/simple/foo-bar/").headers["ETag"]
    app.get("/simple/foo-bar/?not=remembered", headers={"If-None-Match": tag}, status=304)


def test_the_representations_have_different_tags(app: TestApp, project: Project):
    tags = {
        app.get("/simple/foo-bar/", headers={"Accept": accept}).etag for accept in ("text/html", HTML, JSON)
    }
    assert len(tags) == 3


def test_a_changed_project_is_sent_again(app: TestApp, db: Session, project: Project):
    tag = app.get("/simple/foo-bar/").headers["ETag"]
    refresh_project(db, project)
    db.commit()
    response = app.get("/simple/foo-bar/", headers={"If-None-Match": tag})
    assert response.headers["X-PyPI-Last-Serial"] == str(project.serial)
