"""Home, search, error pages and the health check."""

import logging
from datetime import UTC, datetime

import pytest
from pyramid.registry import Registry
from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker
from webtest import TestApp, TestResponse

from tests.warehouse.factories import log_in, make_person, make_project
from warehouse.projects import services
from warehouse.projects.services import SEARCH_RESULTS, newest_first


def test_home_shows_what_is_new_and_how_much(app: TestApp, db: Session):
    make_project(db, "older", summary="First words")
    make_project(db, "newer", versions=("1.0", "2.0"))
    page = app.get("/")
    assert [title.get_text(" ", strip=True) for title in page.html.select(".card h3")] == [
        "newer 2.0",
        "older 1.0",
    ]
    assert [figure.text for figure in page.html.select(".figures dd")] == ["2", "3", "0"]
    assert page.html.select_one(".card a")["href"] == "/project/newer/"


def test_an_empty_home_says_how_to_fill_it(app: TestApp):
    assert "twine upload" in app.get("/").text


def test_pages_name_their_language_and_can_be_walked_by_keyboard(app: TestApp):
    page = app.get("/").html
    assert (page.html["lang"], page.html["dir"]) == ("en", "ltr")
    assert page.find("a")["href"] == "#content"
    assert page.main["id"] == "content"


def test_search_shows_what_fits(app: TestApp, db: Session):
    make_project(db, "amber-lantern")
    page = app.get("/search/", {"q": " amber\0  lantern "})
    assert page.html.h1.text == "Projects for “amber lantern”"
    assert page.html.select_one(".card a").text == "amber-lantern"
    assert page.html.find("input", attrs={"name": "q"})["value"] == "amber lantern"


def test_a_card_has_the_date_of_the_release_that_it_shows(app: TestApp, db: Session):
    project = make_project(db, "sample", versions=("1.0", "2.0rc1"))
    final, later = newest_first(project.releases)[::-1]
    final.created, later.created = datetime(2024, 2, 3, tzinfo=UTC), datetime(2025, 6, 7, tzinfo=UTC)
    db.commit()
    for address in ("/", "/search/?q=sample"):
        card = app.get(address).html.select_one(".card")
        assert (card.select_one(".version").text, card.time.text) == ("1.0", "3 February 2024")


def test_all_projects_are_listed_page_by_page(app: TestApp, db: Session):
    for number in range(SEARCH_RESULTS + 1):
        make_project(db, f"sample-{number:02}")
    assert app.get("/").html.select_one("main section > p > a")["href"] == "/projects/"
    first = app.get("/projects/")
    assert first.html.h1.text == "All projects"
    assert [each.text for each in first.html.select(".card a")][:2] == ["sample-00", "sample-01"]
    last = first.click("Next page")
    assert last.html.h1.text == "All projects"
    assert [each.text for each in last.html.select(".card a")] == [f"sample-{SEARCH_RESULTS}"]


def test_a_project_without_releases_has_a_card_without_a_date(app: TestApp, db: Session):
    make_project(db, "empty", versions=())
    page = app.get("/projects/").html
    assert [each.text for each in page.select(".card a")] == ["empty"]
    assert page.select(".card time") == []


def test_search_without_a_find_says_so(app: TestApp):
    page = app.get("/search/", {"q": "<script>" + "x" * 300})
    assert "No project fits." in page.text
    assert "<script>x" not in page.text
    assert len(page.html.find("input", attrs={"name": "q"})["value"]) == 200


@pytest.mark.parametrize("query", ["", "?q=", "?q=+", "?other=1"])
def test_search_for_nothing_asks_for_words(app: TestApp, query: str):
    assert "Type words" in app.get(f"/search/{query}").text


@pytest.mark.parametrize("language", ["en", "de", "he", "pl"])
def test_the_empty_home_page_names_the_command_that_fills_it(app: TestApp, language: str):
    page = app.get("/", headers={"Accept-Language": language})
    assert "doit db:sample" in page.html.find("main").text


def test_health_is_ok(app: TestApp):
    assert app.get("/_health/").text == "OK"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/nothing/",
        "/project/",
        "/project/a/b/c/",
        "/project/%00/",
        "/project/%3Cscript%3E/",
        "/simple/%00/",
        f"/project/sample/{'1' * 5000}/",
        "//example.org/simple",
    ],
)
def test_an_unknown_address_is_a_page(app: TestApp, path: str):
    page = app.get(path, status=404)
    assert page.html.h1.text == "There is nothing here"
    assert "predicate" not in page.text


@pytest.mark.parametrize("address", ["/%ff/", "/search/?q=%ff"])
def test_an_address_that_is_not_utf_8_is_refused(app: TestApp, address: str):
    assert app.get(address, status=400).html.h1.text == "The address cannot be read"


def test_a_bug_is_logged_and_not_shown(
    app: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(session: Session) -> None:
        raise RuntimeError("the secret of the bug")

    monkeypatch.setattr(services, "count_everything", broken)
    with caplog.at_level(logging.ERROR):
        page = app.get("/", status=500)
    assert page.html.h1.text == "Something broke"
    assert "secret of the bug" not in page.text
    assert caplog.messages == ["GET / failed"]
    assert "the secret of the bug" in caplog.text


def test_a_bug_is_left_to_a_server_that_shows_it(
    app: TestApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(services, "count_everything", lambda session: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.get("/", extra_environ={"x-wsgiorg.throw_errors": True})
    assert caplog.messages == []


def account_links(page: TestResponse) -> list[str]:
    """Return what the header says of the account."""
    return [
        each.text for each in page.html.select("nav[aria-label=Site] a, nav[aria-label=Site] form button")
    ]


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/admin/", 403), ("/search/?q=%ff", 400)])
def test_an_error_page_keeps_the_links_of_the_account(app: TestApp, db: Session, path: str, status: int):
    make_person(db)
    log_in(app)
    assert account_links(app.get(path, status=status)) == ["alice", "Log out"]


def test_an_error_page_of_nobody_leads_to_the_login(app: TestApp):
    assert account_links(app.get("/nowhere/", status=404)) == ["Log in", "Register"]


def test_a_bug_keeps_the_links_of_the_account(app: TestApp, db: Session, monkeypatch: pytest.MonkeyPatch):
    make_person(db, is_admin=True)
    log_in(app)
    monkeypatch.setattr(services, "count_everything", lambda session: 1 / 0)
    assert account_links(app.get("/", status=500)) == ["Administration", "alice", "Log out"]


def test_an_error_page_needs_no_database(
    app: TestApp, db: Session, registry: Registry, monkeypatch: pytest.MonkeyPatch
):
    make_person(db)
    log_in(app)
    unreachable = create_engine("postgresql+psycopg://127.0.0.1:1/none")
    monkeypatch.setattr(registry, "sessions", sessionmaker(unreachable))
    page = app.get("/nowhere/", status=404)
    assert page.html.h1.text == "There is nothing here"
    assert account_links(page) == []


def test_while_the_database_is_away_clients_are_told_to_come_again(
    app: TestApp, registry: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    unreachable = create_engine("postgresql+psycopg://127.0.0.1:1/none")
    monkeypatch.setattr(registry, "sessions", sessionmaker(unreachable))
    for path in ("/", "/_health/"):
        page = app.get(path, status=503)
        assert page.headers["Retry-After"] == "10"
    assert caplog.messages[0].startswith("GET / has no database: ")


def test_who_finds_all_connections_to_the_database_taken_is_told_to_come_again(
    app: TestApp, registry: Registry, own_database: URL, monkeypatch: pytest.MonkeyPatch
):
    narrow = create_engine(own_database, pool_size=1, max_overflow=0, pool_timeout=0.01)
    monkeypatch.setattr(registry, "sessions", sessionmaker(narrow))
    with narrow.connect():
        assert app.get("/", status=503).headers["Retry-After"] == "10"
    narrow.dispose()


def test_search_is_narrowed_by_a_classifier(app: TestApp, db: Session):
    games, science = "Topic :: Games/Entertainment", "Topic :: Scientific/Engineering"
    for name, classifier in (("lantern-one", games), ("lantern-two", science)):
        project = make_project(db, name)
        project.classifiers = [classifier]
    db.commit()
    page = app.get("/search/", {"q": "lantern", "c": games})
    assert [each.text for each in page.html.select(".card a")] == ["lantern-one"]
    assert page.html.select_one("option[selected]").text == games
    assert [each.text for each in app.get("/search/", {"c": science}).html.select(".card a")] == [
        "lantern-two"
    ]


@pytest.mark.parametrize(
    ("number", "names", "links"), [("1", 24, ["next"]), ("2", 3, ["prev"]), ("x", 24, ["next"])]
)
def test_search_has_pages(app: TestApp, db: Session, number: str, names: int, links: list[str]):
    for index in range(27):
        make_project(db, f"lantern{index:02}")
    page = app.get("/search/", {"q": "lantern", "page": number})
    assert len(page.html.select(".card")) == names
    assert [each["rel"][0] for each in page.html.select(".paging a")] == links
    assert "27 projects" in page.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/simple/", "GET, HEAD"),
        ("DELETE", "/simple/sample/", "GET, HEAD"),
        ("POST", "/pypi/sample/json", "GET, HEAD"),
        ("OPTIONS", "/", "GET, HEAD"),
        ("PUT", "/account/login/", "GET, HEAD, POST"),
        ("GET", "/account/logout/", "POST"),
        ("GET", "/pypi", "POST"),
        ("POST", "/packages/00/00/" + "0" * 60 + "/a-1.tar.gz", "GET, HEAD"),
    ],
)
def test_a_method_that_an_address_does_not_have_is_told_with_those_it_has(
    app: TestApp, method: str, path: str, allowed: str
):
    assert app.request(path, method=method, status=405).headers["Allow"] == allowed


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/pypi/nothing/json", ""),
        ("/pypi/nothing/1.0/json", ""),
        ("/pypi/no thing/json", "text/html"),
        ("/simple/nothing/", "application/vnd.pypi.simple.v1+json"),
    ],
)
def test_an_error_of_a_document_is_a_document(app: TestApp, path: str, accept: str):
    answer = app.get(path, headers={"Accept": accept}, status=404)
    assert (answer.content_type, answer.json) == ("application/json", {"message": "Not Found"})


def test_other_errors_of_a_document_are_documents(app: TestApp, monkeypatch: pytest.MonkeyPatch):
    assert app.post("/pypi/nothing/json", status=405).json == {"message": "Method Not Allowed"}
    assert app.get("/pypi/%ff/json", status=400).json == {"message": "Bad Request"}
    monkeypatch.setattr("warehouse.projects.views.find_project", None)
    assert app.get("/pypi/nothing/json", status=500).json == {"message": "Internal Server Error"}
