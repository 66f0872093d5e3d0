"""What owners and maintainers may do, what asks for confirmation, and what others are refused."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtest import TestApp, TestResponse

from tests.warehouse.factories import (
    basic,
    log_in,
    make_file,
    make_person,
    make_project,
    make_wheel,
    upload_fields,
)
from warehouse.accounts.services import find_user
from warehouse.events.models import Event
from warehouse.files.storage import Storage
from warehouse.projects.models import Project, Role
from warehouse.projects.services import find_project
from warehouse.settings import Settings
from warehouse.tokens.services import create_token

WHEEL = "sample-1.0-py3-none-any.whl"


@pytest.fixture
def project(db: Session, storage: Storage) -> Project:
    """A project of alice, with bob as its maintainer and carol without a role."""
    project = make_project(db, "Sample", versions=("1.0", "2.0"))
    for username, role in (("alice", "owner"), ("bob", "maintainer"), ("carol", "")):
        user = make_person(db, username)
        if role:
            project.roles.append(Role(user=user, name=role))
    release = min(project.releases, key=lambda each: each.id)
    storage.write(b"content", make_file(db, release, WHEEL).path)
    return project


def act(app: TestApp, action: str, **fields: str) -> TestResponse:
    """Submit one of the forms of the page."""
    csrf = app.get("/manage/sample/").forms[1]["csrf_token"].value
    return app.post(f"/manage/sample/{action}/", fields | {"csrf_token": csrf}).follow()


def fresh(db: Session) -> Project:
    """Return the project as it is now."""
    db.expire_all()
    return find_project(db, "sample")


def told(db: Session) -> list[tuple[str, str]]:
    """List the kinds and people of the project's events."""
    rows = db.execute(select(Event.kind, Event.username).where(Event.project == "sample").order_by(Event.id))
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("username", ["alice", "bob"])
def test_a_release_is_yanked_and_offered_again(app: TestApp, db: Session, project: Project, username: str):
    log_in(app, username)
    page = act(app, "yank", version="2.0", reason="It bites")
    assert "The release is yanked." in page.text and "It bites" in page.text
    assert fresh(db).latest_version == "1.0"
    assert "The release is offered again." in act(app, "unyank", version="2.0").text
    assert fresh(db).latest_version == "2.0"
    assert told(db) == [("yanked", username), ("unyanked", username)]


@pytest.mark.parametrize("action", ["yank", "unyank"])
def test_an_unknown_release_is_said(app: TestApp, project: Project, action: str):
    log_in(app)
    assert "There is no such release." in act(app, action, version="3.0").text


def test_installers_see_a_yank_at_once(app: TestApp, project: Project):
    log_in(app)
    assert "data-yanked" not in app.get("/simple/sample/").text
    act(app, "yank", version="1.0", reason="It bites")
    assert app.get("/simple/sample/").html.a["data-yanked"] == "It bites"


def test_a_release_is_deleted_for_good(
    app: TestApp, db: Session, project: Project, storage: Storage, settings: Settings
):
    log_in(app)
    assert "type the version" in act(app, "delete-release", version="1.0", confirm="yes").text
    assert len(fresh(db).releases) == 2
    assert "The release is deleted." in act(app, "delete-release", version="1.0", confirm="1.0").text
    assert [path for path in storage.root.rglob("*") if path.is_file()] == []
    assert app.get("/simple/sample/").html.find_all("a") == []
    owner = next(role.user for role in fresh(db).roles if role.name == "owner")
    _, token = create_token(db, settings.secret, owner)
    db.commit()
    again = app.post(
        "/legacy/", upload_fields(make_wheel()), headers=basic(token),
        upload_files=[("content", WHEEL, make_wheel())], status=400,
    )  # fmt: skip
    assert again.text == "Version 1.0 of 'Sample' was deleted; it is not used again.\n"


def test_a_project_is_deleted_for_good(app: TestApp, db: Session, project: Project, storage: Storage):
    log_in(app)
    assert "type the name" in act(app, "delete-project", confirm="sample").text
    assert "The project is deleted." in act(app, "delete-project", confirm="Sample").text
    assert fresh(db) is None
    assert [path for path in storage.root.rglob("*") if path.is_file()] == []
    assert told(db)[-1] == ("project-deleted", "alice")
    app.get("/simple/sample/", status=404)


def test_addresses_in_events_are_one_s_own(app: TestApp, db: Session, project: Project):
    for username, address in (("alice", "192.0.2.1"), ("bob", "192.0.2.2")):
        person = find_user(db, username)
        db.add(
            Event(kind="uploaded", user_id=person.id, username=username, project="sample", address=address)
        )
    db.commit()
    for username, own, other in (("alice", "192.0.2.1", "192.0.2.2"), ("bob", "192.0.2.2", "192.0.2.1")):
        reader = TestApp(app.app)
        log_in(reader, username)
        page = reader.get("/manage/sample/").text
        assert own in page and other not in page


def test_roles_are_given_and_taken(app: TestApp, db: Session, project: Project):
    log_in(app)
    assert "The role is given." in act(app, "add-role", username="carol", role="maintainer").text
    assert "The role is given." in act(app, "add-role", username="carol", role="owner").text
    assert "The role is taken." in act(app, "remove-role", username="bob").text
    roles = {role.user.username: role.name for role in fresh(db).roles}
    assert roles == {"alice": "owner", "carol": "owner"}
    assert told(db) == [("role-added", "alice"), ("role-added", "alice"), ("role-removed", "alice")]


@pytest.mark.parametrize(
    ("action", "fields", "message"),
    [
        ("add-role", {"username": "nobody", "role": "owner"}, "There is no such user."),
        ("add-role", {"username": "carol", "role": "king"}, "There is no such user."),
        ("add-role", {"username": "alice", "role": "maintainer"}, "A project keeps an owner."),
        ("remove-role", {"username": "carol"}, "There is no such user."),
        ("remove-role", {"username": "nobody"}, "There is no such user."),
        ("remove-role", {"username": "alice"}, "A project keeps an owner."),
    ],
)
def test_roles_that_cannot_be_are_refused(
    app: TestApp, db: Session, project: Project, action: str, fields: dict[str, str], message: str
):
    log_in(app)
    assert message in act(app, action, **fields).text
    assert told(db) == []


@pytest.mark.parametrize("action", ["delete-release", "delete-project", "add-role", "remove-role"])
def test_maintainers_may_not_do_what_owners_may(app: TestApp, project: Project, action: str):
    log_in(app, "bob")
    page = app.get("/manage/sample/")
    assert "Delete the project" not in page.text
    csrf = page.forms[1]["csrf_token"].value
    refused = app.post(f"/manage/sample/{action}/", {"csrf_token": csrf, "confirm": "Sample"}, status=403)
    assert refused.html.h1.text == "This is not yours"


@pytest.mark.parametrize("action", ["", "yank/", "unyank/", "delete-project/"])
def test_others_are_refused(app: TestApp, project: Project, action: str):
    log_in(app, "carol")
    csrf = app.get("/account/").forms["change"]["csrf_token"].value
    if action:
        app.post(f"/manage/sample/{action}", {"csrf_token": csrf, "version": "1.0"}, status=403)
    else:
        app.get("/manage/sample/", status=403)


def test_visitors_are_sent_to_the_door(app: TestApp, project: Project):
    location = app.get("/manage/sample/", status=303).location
    assert location == "http://localhost/account/login/?next=%2Fmanage%2Fsample%2F"
    form = app.get("/account/login/").forms["login"]
    answer = app.post("/manage/sample/yank/", {"csrf_token": form["csrf_token"].value}, status=303)
    assert answer.location == "http://localhost/account/login/?next=%2Faccount%2F"


def test_the_project_page_leads_its_people_here(app: TestApp, project: Project):
    assert "Manage Sample" not in app.get("/project/sample/").text
    log_in(app, "bob")
    assert app.get("/project/sample/").html.find("a", string="Manage Sample")["href"] == "/manage/sample/"


def test_messages_that_nobody_reads_do_not_fill_the_session(app: TestApp, project: Project):
    log_in(app)
    csrf = app.get("/manage/sample/").forms[1]["csrf_token"].value
    for _ in range(60):  # as a script does, which follows no redirect
        app.post("/manage/sample/delete-release/", {"csrf_token": csrf, "version": "1.0"}, status=303)
    assert app.get("/manage/sample/").text.count("Nothing was deleted: type the version to confirm.") == 1
