"""Public is what the whole internet reaches in the same way."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camo.publicity import is_public, neighbours


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "1.1.1.1",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "223.255.255.255",
    ],
)
def test_an_address_of_ipv4_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "address", ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001::1", "2001:200::1"]
)
def test_an_address_of_ipv6_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0x7f000001", "127.0.0.1%lo", "::1%lo", "1.1.1.1/32", " 1.1.1.1"]
)
def test_what_is_not_an_address_is_not_public(text: str):
    assert not is_public(text)


def test_a_network_of_ours_is_not_public():
    refused = (ip_network("93.184.0.0/16"), ip_network("2606:2800::/32"))
    assert not is_public("93.184.215.14", refused)
    assert not is_public("2606:2800::1", refused)
    assert is_public("1.1.1.1", refused)
    assert is_public("2a00::1", refused)


@given(st.ip_addresses())
def test_nothing_is_public_that_python_calls_private(address):
    if is_public(str(address)):
        assert not (
            address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        )
        assert not (address.is_reserved or address.is_unspecified)


@given(st.ip_addresses(v=4))
def test_no_address_of_ipv6_that_carries_one_of_ipv4_is_public(address):
    number = int(address)
    carriers = [
        number,
        0xFFFF << 32 | number,
        0xFFFF << 48 | number,
        0x64FF9B << 96 | number,
        0x64FF9B0001 << 80 | number,
        0x2002 << 112 | number << 80,
        0x20010000 << 96 | number ^ 0xFFFFFFFF,
        0x20010000 << 96 | number << 64,
        0x2606 << 112 | 0x5EFE << 32 | number,
    ]
    assert [
        str(ip_address(int(each).to_bytes(16, "big")))
        for each in carriers
        if is_public(str(ip_address(int(each).to_bytes(16, "big"))))
    ] == []


def test_neighbours_have_one_owner():
    assert neighbours("93.184.215.14") == "93.184.215.14/32"
    assert neighbours("2606:2800::1") == neighbours("2606:2800::ffff") != neighbours("2606:2800:0:1::1")
