"""A forgotten password: the mail proves the person, once and for an hour, and the page tells nobody anything."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pyramid.registry import Registry
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from webtest import TestApp, TestResponse

from tests.warehouse.factories import PASSWORD, log_in, make_person
from warehouse.accounts.models import User
from warehouse.events.models import Event
from warehouse.mail import keys
from warehouse.mail.keys import make_key
from warehouse.mail.services import open_mailbox, read_mails, send_mail, send_reset
from warehouse.settings import Settings
from warehouse.tokens.services import create_token, tokens_of

NEW = "another horse battery"
TOLD = "If an account has this address, a mail is on its way to it."
SPENT = "This link is too old, or was used. Ask for another."


@pytest.fixture(autouse=True)
def empty_mailbox(settings: Settings) -> Iterator[None]:
    """A mailbox that holds the mails of one test."""
    open_mailbox(settings.mail).clear()
    yield
    open_mailbox(settings.mail).clear()


def ask(app: TestApp, email: str, status: int = 303) -> TestResponse:
    """Ask for a mail as a browser does."""
    form = app.get("/account/forgot/").forms["forgot"]
    form["email"] = email
    return form.submit(status=status)


def jobs(db: Session) -> list[tuple[str, dict[str, Any]]]:
    """List the jobs that wait."""
    rows = db.execute(text("SELECT task_name, args FROM queue.procrastinate_jobs ORDER BY id"))
    return [tuple(row) for row in rows]


def choose(app: TestApp, key: str, password: str = NEW) -> TestResponse:
    """Follow a link and choose a password."""
    form = app.get(f"/account/reset/{key}/").forms["reset"]
    form["new"] = password
    return form.submit()


def test_a_person_resets_a_password_by_mail(app: TestApp, db: Session, settings: Settings):
    user = make_person(db)
    assert app.get("/account/login/").html.find("a", string="Choose a new one")["href"] == "/account/forgot/"
    assert TOLD in ask(app, "Alice@Example.org").follow().text
    name, arguments = jobs(db)[0]
    assert name == "warehouse:send_reset"
    send_reset(db, settings, **arguments)
    mail = read_mails(settings.mail)[0]
    assert (mail["to"], mail["subject"]) == ("alice@example.org", "A new password")
    link = next(word for word in mail["text"].split() if word.startswith("http://localhost/account/reset/"))
    page = app.get(link)
    assert page.headers["Cache-Control"] == "no-store"
    page.forms["reset"]["new"] = NEW
    assert "The password is changed." in page.forms["reset"].submit().follow().text
    db.refresh(user)
    assert user.email_verified
    assert "error" in log_in(app).text
    assert log_in(app, password=NEW).status_int == 303
    assert list(db.scalars(select(Event.kind).order_by(Event.id)))[:2] == ["reset-asked", "password-reset"]
    assert jobs(db)[1] == ("warehouse:send_mail", {"user_id": user.id, "template": "password-changed"})


def test_the_answer_and_the_work_are_the_same_for_an_address_that_nobody_has(app: TestApp, db: Session):
    make_person(db)
    answers = [ask(app, email) for email in ("alice@example.org", "nobody@example.org")]
    assert answers[0].location == answers[1].location == "http://localhost/account/login/"
    assert answers[0].status_int == 303
    assert answers[0].body == answers[1].body
    assert [(name, arguments.keys()) for name, arguments in jobs(db)] == [
        ("warehouse:send_reset", {"email", "url"})
    ] * 2
    assert [each.user_id for each in db.scalars(select(Event))] == [None, None]


@pytest.mark.parametrize("email", ["nobody@example.org", "alice@example.org"])
def test_only_people_who_may_log_in_get_a_mail(db: Session, settings: Settings, email: str):
    make_person(db, is_active=False)
    send_reset(db, settings, email=email, url="http://localhost/-KEY-/")
    assert read_mails(settings.mail) == []


def test_the_key_is_in_no_job_and_the_link_leads_to_this_site(
    app: TestApp, db: Session, registry: Registry, monkeypatch: pytest.MonkeyPatch
):
    make_person(db)
    site = replace(registry.warehouse, site="https://index.example.org")
    monkeypatch.setattr(registry, "warehouse", site)
    form = app.get("http://evil.example/account/forgot/").forms["forgot"]
    form["email"] = "alice@example.org"
    form.submit()
    assert jobs(db)[0][1]["url"] == "https://index.example.org/account/reset/-KEY-/"


def test_a_link_works_once_and_ends_every_session(app: TestApp, db: Session, settings: Settings):
    user = make_person(db)
    key, other = make_key(settings, user, "reset"), make_key(settings, user, "reset")
    elsewhere = TestApp(app.app)
    log_in(elsewhere)
    choose(app, key)
    elsewhere.get("/account/", status=303)
    for spent in (key, other):
        answer = app.get(f"/account/reset/{spent}/")
        assert answer.location == "http://localhost/account/forgot/"
        assert SPENT in answer.follow().text
    assert log_in(app, password=NEW).status_int == 303


def test_of_two_who_have_the_same_form_open_the_first_succeeds(app: TestApp, db: Session, settings: Settings):
    user = make_person(db)
    form = app.get(f"/account/reset/{make_key(settings, user, 'reset')}/").forms["reset"]
    form["new"] = NEW
    assert form.submit().location == "http://localhost/account/login/"
    form["new"] = "the horse of a thief"
    assert form.submit().location == "http://localhost/account/forgot/"
    assert log_in(app, password=NEW).status_int == 303


@pytest.mark.parametrize("change", ["email", "password", "locked", "gone", "time"])
def test_a_link_is_worthless_after(
    app: TestApp, db: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch, change: str
):
    user = make_person(db)
    key = make_key(settings, user, "reset")
    app.get(f"/account/reset/{key}/", status=200)
    if change == "email":
        user.email = "new@example.org"
    elif change == "password":
        user.sessions_key = "another"
    elif change == "locked":
        user.is_active = False
    elif change == "gone":
        db.delete(user)
    else:
        later = time.time() + 3601
        monkeypatch.setattr(keys.time, "time", lambda: later)
    db.commit()
    app.get(f"/account/reset/{key}/", status=303)


@pytest.mark.parametrize("wrong", ["nonsense", "verify", "forged", "secret"])
def test_another_key_opens_nothing(app: TestApp, db: Session, settings: Settings, wrong: str):
    user = make_person(db)
    key = {
        "nonsense": "nonsense",
        "verify": make_key(settings, user, "verify"),
        "forged": make_key(settings, user, "reset")[:-4] + "AAAA",
        "secret": make_key(replace(settings, secret="x" * 32), user, "reset"),
    }[wrong]
    assert app.get(f"/account/reset/{key}/", status=303).location == "http://localhost/account/forgot/"


@pytest.mark.parametrize(
    ("password", "error"),
    [("short", "Use 10 characters or more."), ("x" * 201, "Use 200 characters or fewer.")],
)
def test_a_bad_password_is_refused_and_the_link_still_works(
    app: TestApp, db: Session, settings: Settings, password: str, error: str
):
    key = make_key(settings, make_person(db), "reset")
    assert choose(app, key, password).html.select_one(".error").text == error
    assert log_in(app, password=PASSWORD).status_int == 303
    assert choose(app, make_key(settings, db.scalars(select(User)).one(), "reset")).status_int == 303


def test_what_is_no_address_is_said(app: TestApp, db: Session):
    assert ask(app, "alice", status=200).html.select_one(".error").text == "This is not an email address."
    assert jobs(db) == []


def test_asking_is_limited_for_any_address(app: TestApp, db: Session):
    make_person(db)
    for email in ("alice@example.org", "nobody@example.org"):
        for _ in range(3):
            ask(app, email)
        assert ask(app, email.upper(), status=429).headers["Retry-After"] == "900"


def test_the_pages_are_translated(app: TestApp, db: Session, settings: Settings):
    key = make_key(settings, make_person(db), "reset")
    titles = {"de": "Ein neues Passwort", "he": "סיסמה חדשה", "pl": "Nowe hasło"}
    for language, title in titles.items():
        for path in ("/account/forgot/", f"/account/reset/{key}/"):
            assert app.get(path, headers={"Accept-Language": language}).html.h1.text == title


def test_a_mail_without_a_link_has_none(db: Session, settings: Settings):
    send_mail(db, settings, user_id=make_person(db).id, template="password-changed")
    assert "http" not in read_mails(settings.mail)[0]["text"]


@pytest.mark.parametrize("was_verified", [True, False])
def test_who_takes_an_address_over_has_no_tokens_of_somebody_else(
    app: TestApp, db: Session, settings: Settings, was_verified: bool
):
    """Somebody may have registered with an address of another person, and made a token before it was confirmed."""
    user = make_person(db, email_verified=was_verified)
    create_token(db, settings.secret, user)
    db.commit()
    choose(app, make_key(settings, user, "reset"))
    assert len(tokens_of(db, user)) == was_verified
