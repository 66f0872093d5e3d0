"""Every answer carries the security headers."""

from dataclasses import replace

import pytest
from webtest import TestApp

from warehouse.headers import headers_of
from warehouse.settings import Settings


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


def test_images_come_from_here_and_from_the_proxy_if_there_is_one(settings: Settings):
    without = headers_of(settings)["Content-Security-Policy"]
    assert "; img-src 'self' data:; " in without
    proxied = headers_of(replace(settings, camo="https://camo.example.org"))["Content-Security-Policy"]
    assert "; img-src 'self' data: https://camo.example.org; " in proxied
    assert proxied.replace(" https://camo.example.org", "") == without
