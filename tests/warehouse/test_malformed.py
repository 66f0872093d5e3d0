"""Whatever is sent to whatever address, the answer is a clear status: never a failure, never a secret."""

import logging
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import PASSWORD, basic, log_in, make_person, make_project
from warehouse.projects.models import Role
from warehouse.settings import Settings
from warehouse.tokens.models import Token

NASTY = (
    "' OR 1=1 --", '"; DROP TABLE users; --', "<script>alert(1)</script>", "../../../etc/passwd", "%2e%2e%2f", "\r\nSet-Cookie: a=b",
    "\0", "\ud7ff", "𝕏" * 50, "a" * 5000, "-1", "9" * 400, "{{7*7}}", "${7*7}", "%s%n", "\u202e", "sample", "1.0", "alice", "null",
)  # fmt: skip
TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
SEGMENT = TEXT.map(lambda text: quote_from_bytes(text.encode("utf-8", "replace"), safe=""))
PATHS = (
    "/", "/search/", "/simple/", "/simple/{}/", "/project/{}/", "/project/{}/{}/", "/pypi/{}/json", "/pypi/{}/{}/json",
    "/packages/{}/{}/{}/{}", "/files/{}/{}/{}/{}", "/legacy/", "/account/", "/account/login/", "/account/register/", "/account/tokens/",
    "/account/tokens/{}/revoke/", "/account/verify/{}/", "/account/reset/{}/", "/account/forgot/", "/account/password/", "/manage/{}/", "/manage/sample/",
    "/manage/sample/yank/", "/manage/sample/delete-release/", "/manage/sample/add-role/", "/admin/", "/admin/users/{}/",
    "/language/", "/rss/{}", "/_health/", "/_mail/", "/static/{}", "/{}",
)  # fmt: skip
FIELDS = (
    "q", "c", "page", "next", "to", "username", "email", "password", "old", "new", "description", "scope", "version",
    "reason", "confirm", "role", ":action", "name", "content",
)  # fmt: skip
HEADERS = (
    "Accept",
    "Accept-Language",
    "Authorization",
    "Cookie",
    "If-None-Match",
    "Range",
    "Content-Type",
    "Referer",
)


@pytest.fixture
def client(app: TestApp, db: Session) -> TestApp:
    """A client in which the owner of `sample` is logged in."""
    user, project = make_person(db), make_project(db, "sample")
    project.roles.append(Role(user=user, name="owner"))
    db.commit()
    log_in(app)
    return app


def clean(value: str) -> str:
    """Return what a server lets through in a header (waitress refuses control characters)."""
    return (
        "".join(letter for letter in value if letter.isprintable())
        .encode("utf-8", "replace")
        .decode("latin-1")
    )


@hypothesis_settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_nothing_that_is_sent_makes_the_application_fail(client: TestApp, data: Any):
    template = data.draw(st.sampled_from(PATHS))
    path = template.format(*(data.draw(SEGMENT) for _ in range(template.count("{}"))))
    fields = data.draw(st.lists(st.tuples(st.sampled_from(FIELDS), TEXT), max_size=4))
    headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), TEXT.map(clean), max_size=2))
    method = data.draw(st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]))
    if method == "POST" and data.draw(st.booleans()):
        if client.get("/account/", status="*").status_int != 200:
            log_in(client)
        csrf = client.get("/account/").forms["change"]["csrf_token"].value
        response = client.post(path, [*fields, ("csrf_token", csrf)], headers=headers, status="*")
    elif method == "GET":
        response = client.get(path, fields, headers=headers, status="*")
    else:
        body = data.draw(st.binary(max_size=60))
        response = client.request(path, method=method, body=body, headers=headers, status="*")
    assert response.status_int < 500, (method, path, fields, headers)
    assert "Set-Cookie: a=b" not in str(response.headers)
    assert "<script>alert" not in response.body.decode("utf-8", "replace")
    location = response.headers.get("Location", "/")
    assert location.startswith(("/", "http://localhost/")), location


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_change_nothing(client: TestApp, db: Session, method: str):
    assert client.request("/manage/sample/yank/", method=method, status=405).headers["Allow"] == "POST"


def test_secrets_are_in_no_log(
    app: TestApp, db: Session, settings: Settings, token: tuple[Token, str], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    def broken(*arguments: object, **more: object) -> None:
        raise RuntimeError("a bug")

    make_person(db, "bob")
    monkeypatch.setattr("warehouse.accounts.views.record", broken)
    monkeypatch.setattr("warehouse.uploads.views.take_upload", broken)
    with caplog.at_level(logging.DEBUG):
        form = app.get("/account/login/").forms["login"]
        form["username"], form["password"] = "bob", PASSWORD
        form.submit(status=500)
        files = [("content", "sample-1.0.tar.gz", b"content")]
        app.post(
            "/legacy/", {":action": "file_upload"}, headers=basic(token[1]), upload_files=files, status=500
        )
    assert "a bug" in caplog.text
    for secret in (PASSWORD, token[1], settings.secret, app.cookies.get("session", "no session")):
        assert secret not in caplog.text
    assert settings.secret not in repr(settings)


def test_every_view_that_changes_something_checks_the_csrf_token(app: TestApp):
    """Views that take a POST without one look at no cookie: the upload API, and what mirrors ask."""
    registry = app.app._application._serial_of.__closure__[0].cell_contents.registry
    views = [each["introspectable"] for each in registry.introspector.get_category("views")]
    unchecked = {
        view["route_name"]
        for view in views
        if view.get("require_csrf") is False
        and view["route_name"]
        and "not_allowed" not in str(view["callable"])
    }
    assert unchecked == {"upload", "mirrors"}
