"""The area of administrators is theirs alone."""

import pytest
from sqlalchemy.orm import Session
from webtest import Form, TestApp, TestResponse

from tests.warehouse.factories import log_in, make_person
from warehouse.accounts.models import User


@pytest.fixture
def bob(app: TestApp, db: Session) -> User:
    """A person, while an administrator is logged in."""
    make_person(db, "admin", is_admin=True)
    user = make_person(db, "bob")
    log_in(app, "admin")
    return user


def last_form(page: TestResponse) -> Form:
    """Return the form of the person who comes last."""
    return [form for form in page.forms.values() if "/admin/users/" in (form.action or "")][-1]


def test_people_are_locked_out_and_let_in(app: TestApp, db: Session, bob: User):
    page = app.get("/admin/", {"q": "bo"})
    assert page.html.select(".rows bdi")[0].text == "bob"
    assert "The account is changed." in last_form(page).submit().follow().text
    db.refresh(bob)
    assert not bob.is_active
    page = app.get("/admin/")
    assert "locked" in page.text and "user-disabled" in page.text
    last_form(page).submit()
    db.refresh(bob)
    assert bob.is_active


def test_administrators_cannot_lock_themselves_out(app: TestApp, db: Session, bob: User):
    csrf = last_form(app.get("/admin/"))["csrf_token"].value
    root = db.query(User).filter_by(username="admin").one()
    app.post(f"/admin/users/{root.id}/", {"csrf_token": csrf}, status=404)
    app.post("/admin/users/999999/", {"csrf_token": csrf}, status=404)


def test_other_people_are_refused(app: TestApp, db: Session):
    make_person(db)
    app.get("/admin/", status=303)
    log_in(app)
    app.get("/admin/", status=403)
