"""Tokens through the web: shown once, limited, revoked by their owner alone."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import log_in, make_person, make_project
from warehouse.projects.models import Role
from warehouse.settings import Settings
from warehouse.tokens.models import Token
from warehouse.tokens.services import create_token, recognize


@pytest.fixture
def client(app: TestApp, db: Session) -> TestApp:
    """A client in which alice, the owner of `mine`, is logged in."""
    project = make_project(db, "mine")
    project.roles.append(Role(user=make_person(db), name="owner"))
    make_project(db, "other")
    db.commit()
    log_in(app)
    return app


@pytest.mark.parametrize(("scope", "project"), [("", None), ("mine", "mine")])
def test_a_token_is_shown_once_and_works(
    client: TestApp, db: Session, settings: Settings, scope: str, project: str | None
):
    form = client.get("/account/tokens/").forms["make"]
    form["description"], form["scope"] = "laptop", scope
    page = form.submit()
    made = page.html.select_one("#made").text
    command = page.html.select_one(".install code").text
    assert command == "twine upload --repository-url http://localhost/legacy/ -u __token__ dist/*"
    assert made not in command, "a token is no word of a shell's history"
    assert page.headers["Cache-Control"] == "no-store"
    token = recognize(db, settings.secret, made)
    assert token and token.user.username == "alice"
    assert (token.project.name if token.project else None) == project
    assert made not in client.get("/account/tokens/").text


@pytest.mark.parametrize(
    ("description", "scope", "error"),
    [
        (" ", "", "Say what the token is for."),
        ("laptop", "other", "You have no role in this project."),
        ("laptop", "nothing", "You have no role in this project."),
    ],
)
def test_a_bad_token_is_not_made(client: TestApp, db: Session, description: str, scope: str, error: str):
    form = client.get("/account/tokens/").forms["make"]
    form["description"] = description
    form["scope"].force_value(scope)
    assert form.submit().html.select_one(".error").text == error
    assert db.scalar(select(func.count()).select_from(Token)) == 0


def test_a_token_is_revoked(client: TestApp, db: Session, settings: Settings):
    form = client.get("/account/tokens/").forms["make"]
    form["description"] = "laptop"
    text = form.submit().html.select_one("#made").text
    page = client.get("/account/tokens/").forms[2].submit().follow()
    assert "The token is revoked." in page.text
    assert recognize(db, settings.secret, text) is None


def test_the_tokens_of_others_are_out_of_reach(client: TestApp, db: Session, settings: Settings):
    token, _ = create_token(db, settings.secret, make_person(db, "bob"))
    db.commit()
    csrf = client.get("/account/tokens/").forms["make"]["csrf_token"].value
    client.post(f"/account/tokens/{token.id}/revoke/", {"csrf_token": csrf}, status=404)
    client.post("/account/tokens/999/revoke/", {"csrf_token": csrf}, status=404)
    assert db.scalar(select(func.count()).select_from(Token)) == 1


def test_tokens_of_people_who_are_locked_out_are_worthless(db: Session, settings: Settings):
    user = make_person(db)
    _, text = create_token(db, settings.secret, user)
    user.is_active = False
    db.commit()
    assert recognize(db, settings.secret, text) is None
