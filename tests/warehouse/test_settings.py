"""Settings come from the environment; each mistake is one sentence."""

from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.settings import DEVELOPMENT_SECRET, from_environment

GOOD = {"DATABASE_URL": "postgresql+psycopg://me@/index?host=/run", "WAREHOUSE_FILES": "files"}
PRODUCTION = {
    "WAREHOUSE_MODE": "production",
    "WAREHOUSE_SECRET": "s" * 32,
    "WAREHOUSE_SITE": "https://index.example.org/",
}
EXAMPLE = "postgresql+psycopg://warehouse@/warehouse?host=/run/postgresql"
SECRET_HINT = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


def test_the_environment_makes_settings():
    settings = from_environment(GOOD)
    assert settings.database_url.database == "index"
    assert settings.files == Path.cwd() / "files"
    assert settings.secret == DEVELOPMENT_SECRET
    assert settings.is_development


def test_a_plain_postgresql_url_gets_the_psycopg_driver():
    settings = from_environment(GOOD | {"DATABASE_URL": "postgresql://localhost/index"})
    assert settings.database_url.drivername == "postgresql+psycopg"


def test_secrets_are_not_in_the_representation():
    settings = from_environment(
        GOOD
        | {
            "WAREHOUSE_SECRET": "hush",
            "WAREHOUSE_CDN_TOKEN": "hush",
            "DATABASE_URL": "postgresql://me:hush@localhost/x",
        }
    )
    assert "hush" not in repr(settings)


def test_development_keeps_uploads_in_the_current_folder_if_nothing_is_said():
    assert from_environment(GOOD | {"WAREHOUSE_FILES": ""}).files == Path.cwd() / "files"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"WAREHOUSE_CAMO_KEY": "k" * 31},
        {"WAREHOUSE_CAMO_KEY": "not a key: good enough for development only"},
    ],
)
def test_production_with_an_image_proxy_needs_a_long_key_of_its_own(changes):
    with pytest.raises(WarehouseError) as problem:
        from_environment(GOOD | PRODUCTION | {"WAREHOUSE_CAMO": "https://camo.example.org"} | changes)
    expected = (
        "production mode needs a WAREHOUSE_CAMO_KEY of 32 characters or more. "
        f"{SECRET_HINT}; the proxy's CAMO_KEY is the same."
    )
    assert str(problem.value) == expected


def test_an_image_proxy_is_an_origin_and_a_key():
    assert from_environment(GOOD).camo == ""
    given = {"WAREHOUSE_CAMO": "https://camo.example.org/", "WAREHOUSE_CAMO_KEY": "k" * 32}
    settings = from_environment(GOOD | PRODUCTION | given)
    assert (settings.camo, settings.camo_key) == ("https://camo.example.org", "k" * 32)
    assert "kkk" not in repr(settings)


def test_production_takes_a_long_secret():
    settings = from_environment(GOOD | PRODUCTION)
    assert not settings.is_development


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"DATABASE_URL": ""},
            f"DATABASE_URL is not set. Name a PostgreSQL database: '{EXAMPLE}'; "
            "'doit serve' starts one and sets it.",
        ),
        ({"DATABASE_URL": "nonsense"}, f"DATABASE_URL is not a database URL. Write it as '{EXAMPLE}'."),
        (
            {"DATABASE_URL": "postgresql://h:port/x"},
            f"DATABASE_URL is not a database URL. Write it as '{EXAMPLE}'.",
        ),
        (
            {"DATABASE_URL": "mysql://localhost/x"},
            f"DATABASE_URL names 'mysql', which is not PostgreSQL. Write it as '{EXAMPLE}'.",
        ),
        (
            PRODUCTION | {"WAREHOUSE_FILES": ""},
            "production mode needs a WAREHOUSE_FILES. Name the folder in which uploaded files are kept.",
        ),
        (
            {"WAREHOUSE_MODE": "test"},
            "WAREHOUSE_MODE is 'test'. Set it to 'development' or 'production'.",
        ),
        (
            {"WAREHOUSE_MODE": "production"},
            f"production mode needs a WAREHOUSE_SECRET of 32 characters or more. {SECRET_HINT}",
        ),
        (
            {"WAREHOUSE_MODE": "production", "WAREHOUSE_SECRET": "short"},
            f"production mode needs a WAREHOUSE_SECRET of 32 characters or more. {SECRET_HINT}",
        ),
        (
            PRODUCTION | {"WAREHOUSE_SITE": ""},
            "production mode needs a WAREHOUSE_SITE. Write it as 'https://host' or 'https://host:port'.",
        ),
        (
            PRODUCTION | {"WAREHOUSE_CDN": "http://cdn.example.org"},
            "WAREHOUSE_CDN is 'http://cdn.example.org'. Write it as 'https://host' or 'https://host:port'.",
        ),
        (
            {"WAREHOUSE_CDN": "https://cdn.example.org/path"},
            "WAREHOUSE_CDN is 'https://cdn.example.org/path'. Write it as 'http://host' or 'http://host:port'.",
        ),
        (
            {"WAREHOUSE_CDN_TOKEN": "hush\r\nX: y"},
            "WAREHOUSE_CDN_TOKEN has letters that no token has. Copy it without blanks.",
        ),
    ],
)
def test_a_bad_setting_is_one_sentence(changes: dict[str, str], message: str):
    with pytest.raises(WarehouseError) as error:
        from_environment(GOOD | changes)
    assert str(error.value) == message


@pytest.mark.parametrize("value", ["mail.example.org", "mail.example.org:587"])
def test_a_mail_server_may_be_named(value: str):
    assert from_environment(GOOD | {"WAREHOUSE_SMTP": value}).smtp == value


def test_a_bad_mail_server_is_one_sentence():
    with pytest.raises(WarehouseError, match="WAREHOUSE_SMTP is 'a b'"):
        from_environment(GOOD | {"WAREHOUSE_SMTP": "a b"})


def test_addresses_lose_their_last_slash():
    settings = from_environment(
        GOOD
        | {
            "WAREHOUSE_SITE": "http://[::1]:8000/",
            "WAREHOUSE_CDN": "https://a.b/",
            "WAREHOUSE_INSPECTOR": "https://c.d/",
        }
    )
    assert (settings.site, settings.cdn) == ("http://[::1]:8000", "https://a.b")
    assert settings.inspector == "https://c.d"


def test_trusted_proxies_are_addresses_and_networks():
    settings = from_environment(
        GOOD | {"WAREHOUSE_PROXIES": "127.0.0.1, fd00::/8,", "WAREHOUSE_FORWARDED": "forwarded"}
    )
    assert list(map(str, settings.proxies)) == ["127.0.0.1/32", "fd00::/8"]
    assert settings.forwarded == "forwarded"


@pytest.mark.parametrize("value", ["proxy.example.org", "10.0.0.1/8", "*"])
def test_a_bad_proxy_is_one_sentence(value: str):
    with pytest.raises(WarehouseError) as error:
        from_environment(GOOD | {"WAREHOUSE_PROXIES": value})
    assert str(error.value) == (
        f"WAREHOUSE_PROXIES is '{value}'. Name addresses and networks, as '127.0.0.1, 10.0.0.0/8'."
    )
