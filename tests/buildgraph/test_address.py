"""Addresses: spellings of one place are one address."""

import pytest

from buildgraph.address import normal


@pytest.mark.parametrize(
    "spelling",
    [
        "https://host/a%20b/x%2B1.whl?q=1",
        "HTTPS://HOST:443/a b/x+1.whl?q=1#sha256=0",
        "https://alice:${TOKEN}@Host/a%20b/x%2b1.whl?q=1",
    ],
)
def test_login_fragment_case_default_port_and_quoting_do_not_count(spelling):
    assert normal(spelling) == "https://host/a%20b/x+1.whl?q=1"


def test_another_port_path_or_query_is_another_address():
    places = ["http://h/a", "http://h:8080/a", "http://h/A", "http://h/a?x", "https://h/a", "file:///a"]

    assert len({normal(place) for place in places}) == len(places)
