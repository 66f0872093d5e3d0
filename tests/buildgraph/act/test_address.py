"""Addresses: which can be listened at, and what is said of the others."""

import errno
import os
import re
import socket

import pytest

from buildgraph.act import port
from buildgraph.act.address import Address, parse
from buildgraph.act.port import listen
from buildgraph.errors import BuildError

ELSEWHERE = "Take an address of this machine: '--host=127.0.0.1'."


def refusal(action, *arguments) -> str:
    with pytest.raises(BuildError) as caught:
        action(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    "text", ["abc", "70000", "-1", "65536", "", "8_000", "8000.0", "\N{ARABIC-INDIC DIGIT EIGHT}"]
)
def test_what_is_not_a_port_is_told_as_that(text):
    assert refusal(parse, "127.0.0.1", text) == (
        f"'{text}' is not a port. Take a number up to 65535: '--port=8000'; 0 is any that is free."
    )


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("8000", 8000), ("65535", 65535)])
def test_a_port_is_a_number_up_to_65535(text, number):
    assert parse("localhost", text) == Address("localhost", number)


def test_an_empty_host_is_told_as_that():
    assert refusal(parse, "", "80") == (
        "the host is empty. For all addresses of this machine write '--host=0.0.0.0'."
    )


@pytest.mark.parametrize(
    ("host", "url", "reachable"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", "127.0.0.1"),
        ("localhost", "http://localhost:80", "localhost"),
        ("::1", "http://[::1]:80", "::1"),
        ("0.0.0.0", "http://127.0.0.1:80", "127.0.0.1"),
        ("::", "http://[::1]:80", "::1"),
    ],
)
def test_the_address_that_is_told_can_be_opened(host, url, reachable):
    assert Address(host, 80).url == url
    assert Address(host, 80).reachable == (reachable, 80)


@pytest.mark.parametrize("host", ["nowhere.invalid", "256.1.1.1"])
def test_a_host_that_nobody_knows_is_not_a_port_in_use(host):
    message = refusal(listen, host, 8741)

    assert re.fullmatch(
        rf"the host '{re.escape(host)}' cannot be looked up: .+\. {re.escape(ELSEWHERE)}", message
    )


def test_a_host_that_is_no_name_is_told_as_that():
    assert refusal(listen, f"{'a' * 70}.example", 8741).startswith("the host 'aaaa")


def test_an_address_of_another_machine_is_told_as_that():
    assert refusal(listen, "192.0.2.1", 8741) == (  # RFC 5737: nobody has it
        f"'192.0.2.1' is not an address of this machine. {ELSEWHERE}"
    )


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.EACCES, "you may not use port 80. Take one from 1024 on: '--port=8000'."),
        (errno.EAFNOSUPPORT, f"this machine has no addresses of the kind of '::1'. {ELSEWHERE}"),
        (errno.ENOBUFS, f"cannot listen at '::1', port 80: {os.strerror(errno.ENOBUFS)}."),
    ],
)
def test_any_other_refusal_is_told_by_its_own_reason(monkeypatch, number, message):
    def refusing(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(port.socket, "socket", refusing)

    assert refusal(listen, "::1", 80) == message


def test_the_last_port_in_use_proposes_the_one_before(monkeypatch):
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 65535))
        except OSError:
            pytest.fail("port 65535 is not free on this machine")
        taken.listen()

        assert refusal(listen, "127.0.0.1", 65535).endswith("'--port=65534'.")


def test_a_free_port_can_be_listened_at():
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0
