"""The door: who gets in, who does not, and what the session may be trusted with."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from pyramid.registry import Registry
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import PASSWORD, log_in, make_person, make_project, make_user
from warehouse.accounts import views
from warehouse.accounts.models import OpenSession, User
from warehouse.accounts.services import find_user
from warehouse.accounts.sessions import safe_path
from warehouse.config import configure
from warehouse.errors import WarehouseError
from warehouse.events.models import Event
from warehouse.events.services import network_of
from warehouse.mail.keys import make_key
from warehouse.projects.models import Role
from warehouse.settings import Settings


def kinds(db: Session) -> list[str]:
    """List the kinds of all events."""
    return list(db.scalars(select(Event.kind).order_by(Event.id)))


def register(app: TestApp, **values: str) -> Any:
    form = app.get("/account/register/").forms["register"]
    given = {"username": "alice", "email": "alice@example.org", "password": PASSWORD} | values
    for name, value in given.items():
        form[name] = value
    return form.submit()


def test_a_new_person_is_registered_and_logged_in(app: TestApp, db: Session):
    page = register(app).follow()
    assert page.html.h1.text == "alice"
    assert "not confirmed" in page.text
    user = find_user(db, "alice")
    assert (user.email, user.is_admin, user.is_active) == ("alice@example.org", False, True)
    assert PASSWORD not in (user.password_hash or "")
    assert kinds(db) == ["registered"]
    assert app.get("/account/register/", status=303).location == "http://localhost/account/"


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("username", "-alice", "Use letters, digits, dots, hyphens and underscores."),
        ("username", "a" * 51, "Use letters, digits, dots, hyphens and underscores."),
        ("username", "BOB", "This name is taken."),
        ("email", "alice", "This is not an email address."),
        ("email", "Bob@example.org", "An account with this address exists."),
        ("password", "short", "Use 10 characters or more."),
        ("password", "x" * 201, "Use 200 characters or fewer."),
    ],
)
def test_a_bad_registration_says_what_is_wrong(app: TestApp, db: Session, field: str, value: str, error: str):
    make_user(db, "bob")
    db.commit()
    page = register(app, **{field: value})
    assert page.html.select_one(f"#{field}-note").text == error
    assert page.html.select_one(f"#{field}")["aria-invalid"] == "true"
    assert page.html.select_one("#password").get("value") == ""


def test_a_person_logs_in_and_out(app: TestApp, db: Session):
    make_person(db)
    assert log_in(app).location == "http://localhost/account/"
    page = app.get("/account/")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.forms[1].submit().location == "http://localhost/"
    assert app.get("/account/", status=303).location == "http://localhost/account/login/?next=%2Faccount%2F"
    assert kinds(db) == ["login", "logout"]


@pytest.mark.parametrize(("username", "password"), [("alice", "wrong password"), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_look_the_same(
    app: TestApp, db: Session, username: str, password: str
):
    make_person(db)
    page = log_in(app, username, password)
    assert page.html.select_one(".error").text == "This is not the name and password of an account."
    assert kinds(db) == ["login-failed"]
    app.get("/account/", status=303)


def test_locked_out_people_and_their_sessions_stay_out(app: TestApp, db: Session):
    user = make_person(db)
    log_in(app)
    user.is_active = False
    db.commit()
    app.get("/account/", status=303)
    assert "error" in log_in(app).text


def test_guessing_is_slowed_down(app: TestApp, db: Session):
    make_person(db)
    for _ in range(10):
        log_in(app, password="wrong")
    form = app.get("/account/login/").forms["login"]
    form["username"], form["password"] = "Alice", PASSWORD
    refused = form.submit(status=429)
    assert refused.html.h1.text == "Too many attempts"
    assert refused.headers["Retry-After"] == "900"
    form["username"] = "bob"
    assert form.submit().status_int == 200


def fail(db: Session, addresses: Iterable[str]) -> None:
    """Have wrong passwords for alice come from addresses."""
    db.add_all([Event(kind="login-failed", username="alice", address=network_of(each)) for each in addresses])
    db.commit()


@pytest.mark.parametrize(
    ("addresses", "status"),
    [
        (["192.0.2.1"] * 40, 303),  # somebody else's
        (["::ffff:192.0.2.1"] * 40, 303),
        ([f"2001:db8:0:1::{number:x}" for number in range(40)], 303),
        ([f"2001:db8:0:2::{number:x}" for number in range(10)], 429),  # one's own
        ([f"192.0.2.{number}" for number in range(100)], 429),  # everybody's
    ],
)
def test_a_stranger_s_guesses_close_the_door_for_the_stranger(
    app: TestApp, db: Session, addresses: list[str], status: int
):
    make_person(db)
    fail(db, addresses)
    app.extra_environ["REMOTE_ADDR"] = "2001:db8:0:2:f::1"
    form = app.get("/account/login/").forms["login"]
    form["username"], form["password"] = "alice", PASSWORD
    assert form.submit(status=status)


@pytest.mark.parametrize(("days", "status"), [(29, 303), (31, 429)])
def test_where_a_person_has_logged_in_before_no_crowd_closes_the_door(
    app: TestApp, db: Session, days: int, status: int
):
    user = make_person(db)
    fail(db, [f"192.0.2.{number}" for number in range(200)])
    app.extra_environ["REMOTE_ADDR"] = "198.51.100.7"
    db.add(
        Event(
            kind="login", user_id=user.id, address="198.51.100.7", created=func.now() - timedelta(days=days)
        )
    )
    db.commit()
    form = app.get("/account/login/").forms["login"]
    form["username"], form["password"] = "alice", PASSWORD
    assert form.submit(status=status)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8:0:2:f::{:x}", "::ffff:192.0.2.1"])
def test_registrations_from_one_network_are_limited(app: TestApp, db: Session, address: str):
    for number in range(20):
        seen = network_of(address.format(number + 1))
        db.add(Event(kind="registered", username=f"user{number}", address=seen))
    db.commit()
    app.extra_environ["REMOTE_ADDR"] = address.format(99)
    form = app.get("/account/register/").forms["register"]
    form["username"], form["email"], form["password"] = "late", "late@example.org", PASSWORD
    assert form.submit(status=429)


def test_login_leads_back_to_where_one_was(app: TestApp, db: Session):
    make_person(db)
    form = app.get(app.get("/account/tokens/?a=b").location).forms["login"]
    form["username"], form["password"] = "alice", PASSWORD
    assert form.submit().location == "http://localhost/account/tokens/?a=b"


def test_who_is_logged_in_is_led_past_the_form(app: TestApp, db: Session):
    make_person(db)
    log_in(app)
    assert app.get("/account/login/", status=303).location == "http://localhost/account/"
    assert (
        app.get("/account/login/?next=/account/tokens/", status=303).location
        == "http://localhost/account/tokens/"
    )


@pytest.mark.parametrize(
    "path",
    ["https://example.org/", "//example.org/", "/\\example.org", "", "javascript:alert(1)", "/a\r\nSet-Cookie: b", "/\t/example.org"],
)  # fmt: skip
def test_no_address_leads_elsewhere(path: str):
    assert safe_path(path) == "/account/"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/manage/sample/?a=1", "/manage/sample/?a=1"),
        ("/a%20b/?c=d&e=[f]#g", "/a%20b/?c=d&e=[f]#g"),
        ("/\u3042/?q=\u00e4", "/%E3%81%82/?q=%C3%A4"),
    ],
)
def test_a_path_of_this_site_is_kept_as_a_header_can_carry_it(path: str, kept: str):
    assert safe_path(path) == kept


def test_a_path_of_any_letters_is_led_to(app: TestApp, db: Session):
    answer = app.get("/language/?to=de&next=/%E3%81%82", status=303)
    assert answer.location == "http://localhost/%E3%81%82"
    make_person(db)
    form = app.get("/account/login/?next=/%E3%81%82").forms["login"]
    form["username"], form["password"] = "alice", PASSWORD
    assert form.submit().location == "http://localhost/%E3%81%82"


def test_a_cookie_that_was_kept_opens_nothing_after_logging_out(app: TestApp, db: Session):
    make_person(db)
    other, kept = TestApp(app.app), TestApp(app.app)
    log_in(other)
    log_in(app)
    kept.set_cookie("session", app.cookies["session"])
    assert kept.get("/account/").status_int == 200
    app.get("/account/").forms[1].submit()
    kept.get("/account/", status=303)
    kept.get("/", status=200)  # which may renew the cookie, and not the session
    kept.get("/account/", status=303)
    assert other.get("/account/").status_int == 200


def test_a_session_ends_after_a_month_however_much_it_is_used(app: TestApp, db: Session):
    make_person(db)
    log_in(app)
    db.execute(update(OpenSession).values(created=func.now() - timedelta(days=31)))
    db.commit()
    app.get("/account/", status=303)


def test_a_stranger_who_guesses_does_not_lock_an_open_session_out(app: TestApp, db: Session):
    make_person(db)
    log_in(app)
    stranger = TestApp(app.app)
    for _ in range(10):
        log_in(stranger, password="wrong")
    form = app.get("/account/").forms["change"]
    form["old"], form["new"] = PASSWORD, "another horse battery"
    assert "The password is changed." in form.submit().follow().text


def test_guessing_in_an_open_session_is_slowed_down(app: TestApp, db: Session):
    make_person(db)
    log_in(app)
    form = app.get("/account/").forms["change"]
    form["old"], form["new"] = "wrong", "another horse battery"
    for _ in range(10):
        assert form.submit().status_int == 200
    assert form.submit(status=429)


def test_a_name_that_was_taken_meanwhile_is_a_message(
    app: TestApp, db: Session, monkeypatch: pytest.MonkeyPatch
):
    really = views._registration_errors

    def slow(request: Any, values: dict[str, str], password: str) -> Any:
        errors = really(request, values, password)
        monkeypatch.setattr(views, "_registration_errors", really)
        make_user(db, "alice")
        db.commit()
        return errors

    monkeypatch.setattr(views, "_registration_errors", slow)
    page = register(app, email="other@example.org")
    assert page.html.select_one("#username-note").text == "This name is taken."


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: TestApp, db: Session):
    make_person(db)
    cookie = log_in(app).headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie


def test_in_production_cookies_and_transport_are_secure(settings: Settings, registry: Registry):
    production = Settings(
        database_url=settings.database_url,
        files=settings.files,
        assets=settings.assets,
        secret="s" * 32,
        mode="production",
    )
    config = configure(production)
    client = TestApp(config.make_wsgi_app(), extra_environ={"wsgi.url_scheme": "https"})
    answer = client.get("/account/login/")
    config.registry.engine.dispose()
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=") and "; secure" in cookie.lower()
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    client.get("/_mail/", status=404)


def test_a_forged_session_is_nobody(app: TestApp, db: Session):
    make_person(db)
    log_in(app)
    value = app.cookies["session"]
    app.set_cookie("session", value[:-6] + ("AAAAAA" if value[-6:] != "AAAAAA" else "BBBBBB"))
    app.get("/account/", status=303)


def test_logging_in_changes_the_csrf_token(app: TestApp, db: Session):
    make_person(db)
    before = app.get("/account/login/").forms["login"]["csrf_token"].value
    log_in(app)
    assert app.get("/account/").forms["change"]["csrf_token"].value != before


@pytest.mark.parametrize(
    "path", ["/account/login/", "/account/register/", "/account/logout/", "/account/tokens/"]
)
def test_a_form_without_its_csrf_token_is_refused(app: TestApp, db: Session, path: str):
    make_person(db)
    log_in(app)
    page = app.post(path, {"username": "alice", "password": PASSWORD}, status=400)
    assert page.html.h1.text == "The request was refused"
    assert kinds(db) == ["login"]


def test_a_new_password_ends_the_other_sessions(app: TestApp, db: Session):
    make_person(db)
    other = TestApp(app.app)
    log_in(app)
    log_in(other)
    form = app.get("/account/").forms["change"]
    form["old"], form["new"] = PASSWORD, "another horse battery"
    assert "The password is changed." in form.submit().follow().text
    other.get("/account/", status=303)
    assert "error" in log_in(other).text
    assert log_in(other, password="another horse battery").status_int == 303


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("wrong", "another horse", "This is not your password."),
        (PASSWORD, "short", "Use 10 characters or more."),
    ],
)
def test_a_password_is_not_changed_by_chance(app: TestApp, db: Session, old: str, new: str, error: str):
    make_person(db)
    log_in(app)
    form = app.get("/account/").forms["change"]
    form["old"], form["new"] = old, new
    assert form.submit().html.select_one(".error").text == error
    assert log_in(TestApp(app.app)).status_int == 303


def test_hashes_of_old_parameters_are_renewed_at_login(app: TestApp, db: Session):
    user = make_person(db)
    user.password_hash = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    db.commit()
    before = user.password_hash
    log_in(app)
    db.refresh(user)
    assert user.password_hash != before
    assert log_in(TestApp(app.app)).status_int == 303


def test_the_link_in_a_mail_confirms_the_address(app: TestApp, db: Session, settings: Settings):
    user = make_person(db, email_verified=False)
    key = make_key(settings, user, "verify")
    assert "Your email address is confirmed." in app.get(f"/account/verify/{key}/").follow().text
    db.refresh(user)
    assert user.email_verified


@pytest.mark.parametrize("wrong", ["nonsense", "other-address", "reset"])
def test_another_link_confirms_nothing(app: TestApp, db: Session, settings: Settings, wrong: str):
    user = make_person(db, email_verified=False)
    key = (
        wrong if wrong == "nonsense" else make_key(settings, user, "reset" if wrong == "reset" else "verify")
    )
    if wrong == "other-address":
        user.email = "new@example.org"
        db.commit()
    app.get(f"/account/verify/{key}/", status=303)
    db.refresh(user)
    assert not user.email_verified


def test_the_account_lists_projects_and_counts_tokens(app: TestApp, db: Session):
    user = make_person(db)
    project = make_project(db, "mine")
    project.roles.append(Role(user=user, name="owner"))
    db.commit()
    log_in(app)
    page = app.get("/account/")
    assert page.html.find("a", string="mine")["href"] == "/manage/mine/"
    assert "You have 0 tokens." in page.text


def test_bodies_that_no_form_has_are_refused_unread(app: TestApp):
    assert (
        app.post("/account/login/", {"username": "x" * 70_000}, status=413).text == "The form is too large.\n"
    )
    app.post("/account/login/", upload_files=[("a", "b", b"c")], status=415)


def test_control_characters_never_reach_the_database(app: TestApp, db: Session):
    form = app.get("/account/login/").forms["login"]
    form["username"], form["password"] = "al\0ice\x1b", "nul\0"
    assert form.submit().status_int == 200
    assert db.scalar(select(Event.username)) == "alice"


def test_nobody_is_found_by_no_name(db: Session):
    with pytest.raises(WarehouseError):
        find_user(db, "nobody")
    assert db.scalar(select(User.id)) is None
    db.execute(text("SELECT 1"))
