"""The site's name comes from settings, the client from trusted proxies, and nothing from what strangers send."""

from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import make_file, make_project
from tests.warehouse.serving import serving
from warehouse.config import assemble, configure
from warehouse.events.models import Event
from warehouse.settings import Settings
from warehouse.site import Site

NAME = "https://index.example.org"


def seen(settings: Settings, **environ: str) -> tuple[str, str, str]:
    """Ask a site; return the client's address, the scheme and the host that the application sees."""
    got: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        got.update(environ)
        return []

    default = {
        "REMOTE_ADDR": "10.0.0.1",
        "PATH_INFO": "/",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "inside:8000",
    }
    Site(application, settings)(default | environ, lambda status, headers: got.update(status=status))
    assert "status" not in got
    assert not [name for name in got if "FORWARDED" in name]
    return got["REMOTE_ADDR"], got["wsgi.url_scheme"], got["HTTP_HOST"]


@pytest.fixture
def behind(settings: Settings) -> Settings:
    """Settings that trust proxies."""
    networks = tuple(map(ip_network, ("10.0.0.0/8", "fd00::/8")))
    return replace(settings, proxies=networks)


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7:4711", "192.0.2.7"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.2, fd00::9", "192.0.2.7"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.999", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("192.0.2.7", "6.6.6.6", "192.0.2.7"),
        ("", "6.6.6.6", ""),
    ],
)
def test_a_client_is_whom_the_trusted_proxies_name(behind: Settings, peer: str, header: str, client: str):
    assert seen(behind, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=header)[0] == client


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("for=192.0.2.7;proto=https;host=a.example", ("192.0.2.7", "https", "a.example")),
        ('For="[2001:db8::1]:4711"; Proto=HTTPS', ("2001:db8::1", "https", "inside:8000")),
        ("for=6.6.6.6;host=evil.example, for=192.0.2.7;host=a.example, for=10.0.0.2;host=b.example",
         ("192.0.2.7", "http", "a.example")),
        ("for=_hidden;host=a.example", ("10.0.0.1", "http", "a.example")),
        ("proto=gopher", ("10.0.0.1", "http", "inside:8000")),
        ('for=", for=192.0.2.7', ("192.0.2.7", "http", "inside:8000")),
        ('for="6.6.6.6,", for="192.0.2.7"', ("192.0.2.7", "http", "inside:8000")),
        ('for=9.9.9.9;x=", for="[2001:db8::1]:4711";host="a.example"', ("2001:db8::1", "http", "a.example")),
        (f'x="{"b" * 1931},for=9.9.9.9;z=", for="[2001:db8::1]:4711"', ("2001:db8::1", "http", "inside:8000")),
        ('for="', ("10.0.0.1", "http", "inside:8000")),
        (",;=" * 5000, ("10.0.0.1", "http", "inside:8000")),
        ("", ("10.0.0.1", "http", "inside:8000")),
    ],
)  # fmt: skip
def test_rfc_7239_is_read(behind: Settings, header: str, expected: tuple[str, str, str]):
    rfc = replace(behind, forwarded="forwarded")
    assert seen(rfc, HTTP_FORWARDED=header, HTTP_X_FORWARDED_FOR="6.6.6.6") == expected


def test_the_other_kind_of_header_is_a_stranger_s(behind: Settings):
    given = {"HTTP_FORWARDED": "for=6.6.6.6;host=evil.example", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}
    assert seen(behind, **given) == ("192.0.2.7", "http", "inside:8000")


def test_host_and_scheme_are_the_proxy_s(behind: Settings):
    given = {"HTTP_X_FORWARDED_HOST": "a.example", "HTTP_X_FORWARDED_PROTO": "http, https"}
    assert seen(behind, **given) == ("10.0.0.1", "https", "a.example")
    assert seen(behind, REMOTE_ADDR="192.0.2.7", **given) == ("192.0.2.7", "http", "inside:8000")


@pytest.fixture
def production(settings: Settings, own_database: object, engine: Engine) -> Iterator[TestApp]:
    """An application in production, with a project that all connections see."""
    with Session(engine) as session:
        project = make_project(session, "sample")
        make_file(session, project.releases[0], "sample-1.0.tar.gz")
    config = configure(replace(settings, mode="production", secret="s" * 32, site=NAME))
    yield TestApp(assemble(config))
    config.registry.engine.dispose()
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE projects, events RESTART IDENTITY CASCADE"))


PUBLIC = (
    "/robots.txt", "/sitemap.xml", "/rss/updates.xml", "/rss/projects.xml", "/pypi/sample/json",
    "/pypi/sample/1.0/json", "/project/sample/", "/simple/sample/", "/simple/",
)  # fmt: skip


@pytest.mark.parametrize("path", PUBLIC)
def test_no_public_page_depends_on_what_a_request_calls_the_site(production: TestApp, path: str):
    page = production.get(
        path, headers={"Host": "INDEX.example.org:443", "X-Forwarded-Host": "evil.example"}
    ).text
    assert "evil" not in page and "http://index" not in page and ":443" not in page
    if path[1:4] in ("rob", "sit", "rss", "pyp"):
        assert f"{NAME}/" in page
    for host in ("evil.example", "index.example.org.evil.example", 'a"><script>', "index.example.org:80"):
        refused = production.get(path, headers={"Host": host}, status=400)
        assert refused.text == "This site has another name.\n"
        assert refused.headers["Cache-Control"] == "no-store"


def test_a_redirect_leads_to_the_site_itself(production: TestApp):
    answer = production.get("/project/SAMPLE/", headers={"Host": "index.example.org"}, status=301)
    assert answer.location == f"{NAME}/project/sample/"


def test_who_watches_the_process_needs_no_name(production: TestApp):
    assert production.get("/_health/", headers={"Host": "10.0.0.7:8000"}).text == "OK"


@pytest.mark.parametrize("host", ['a"><script>', "a b", "a/b", "a:b"])
def test_in_development_a_host_has_the_form_of_one(app: TestApp, host: str):
    app.get("/robots.txt", headers={"Host": host}, status=400)
    assert "http://any_name:8000/" in app.get("/robots.txt", headers={"Host": "any_name:8000"}).text


def test_limits_count_real_clients(behind: Settings, engine: Engine):
    proxied = replace(behind, proxies=(ip_network("127.0.0.1"),))
    with serving(proxied, clear_untrusted_proxy_headers=False) as address:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
        connection.request("GET", "/account/login/")
        page = connection.getresponse()
        cookie, body = page.headers["Set-Cookie"].partition(";")[0], page.read().decode()
        token = body.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = f"csrf_token={token}&username=nobody&password=wrong"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        connection.request("POST", "/account/login/", form, headers | {"X-Forwarded-For": "192.0.2.7"})
        assert connection.getresponse().status == 200
        connection.close()
    with engine.begin() as asked:
        assert asked.scalars(select(Event.address)).all() == ["192.0.2.7"]
        asked.execute(text("TRUNCATE events RESTART IDENTITY"))
