"""Settings are read from the environment; a wrong one is a sentence."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from linehaul.settings import from_environment

URL = "postgresql+psycopg://linehaul@/warehouse"


def test_the_settings_are_those_of_the_environment():
    found = from_environment(
        {"DATABASE_URL": URL, "LINEHAUL_PEERS": "10.0.0.0/8, ::1", "LINEHAUL_PREFIX": "/files/"}
    )

    assert found.database_url == "postgresql://linehaul@/warehouse"
    assert (found.peers, found.prefix) == ((ip_network("10.0.0.0/8"), ip_network("::1")), "/files/")
    assert "linehaul@" not in repr(found)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "DATABASE_URL is not set. Name the database of the index."),
        ({"DATABASE_URL": " "}, "DATABASE_URL is not set. Name the database of the index."),
        *(
            (
                {"DATABASE_URL": url},
                "DATABASE_URL is not a database URL. Write it as 'postgresql://linehaul@host/warehouse'.",
            )
            for url in (
                "postgresql+psycopg2://u:secret@h/x",
                "mysql://u:secret@h/x",
                "secret",
                "postgresql://h/%zz",
            )
        ),
        *(
            (
                {"DATABASE_URL": URL, "LINEHAUL_PEERS": blank},
                f"LINEHAUL_PEERS is '{blank}'. Name addresses and networks, as '127.0.0.1, 10.0.0.0/8'.",
            )
            for blank in (" ", ",")
        ),
        (
            {"DATABASE_URL": URL, "LINEHAUL_PEERS": "10.0.0.1/8"},
            "LINEHAUL_PEERS is '10.0.0.1/8'. Name addresses and networks, as '127.0.0.1, 10.0.0.0/8'.",
        ),
        (
            {"DATABASE_URL": URL, "LINEHAUL_PREFIX": "files"},
            "LINEHAUL_PREFIX is 'files'. Begin and end it with a slash: '/packages/'.",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence(environ, message):
    with pytest.raises(SystemExit) as ended:
        from_environment(environ)
    assert ended.value.code == message
