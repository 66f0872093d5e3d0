"""Every answer carries the security headers."""

import pytest
from webtest import TestApp


@pytest.mark.parametrize("path", ["/", "/simple/", "/nothing/"])
def test_every_answer_is_guarded(app: TestApp, path: str):
    headers = app.get(path, status="*").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_pages_have_no_inline_script_or_style(app: TestApp):
    page = app.get("/")
    assert not page.html.find_all("style")
    assert all(script.get("src", "").startswith("/static/") for script in page.html.find_all("script"))
    assert not [tag for tag in page.html.find_all(True) if tag.get("style") or tag.get("onclick")]
