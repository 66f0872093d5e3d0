"""What mirrors ask by XML-RPC is answered; what is no call is a fault, and costs little."""

from typing import Any
from xmlrpc.client import Binary, Fault, dumps, loads

import pytest
from sqlalchemy.orm import Session
from webtest import TestApp

import quarantine
from tests.warehouse.factories import make_project
from warehouse.files.storage import Storage
from warehouse.manage.services import delete_project, delete_release, set_yanked
from warehouse.projects.services import find_project, last_serial


def ask(app: TestApp, method: str, *arguments: Any) -> Any:
    """Call a method as a client does."""
    body = dumps(arguments, method).encode()
    answer = app.post("/pypi", body, content_type="text/xml")
    assert answer.content_type == "text/xml"
    return loads(answer.body)[0][0]


def fault(app: TestApp, body: bytes, content_type: str = "text/xml") -> int:
    """Send what is no good call; return the number of the fault."""
    with pytest.raises(Fault) as error:
        loads(app.post("/pypi", body, content_type=content_type).body)
    return error.value.faultCode


def test_a_mirror_learns_names_and_serials(app: TestApp, db: Session):
    first, second = make_project(db, "Foo.Bar"), make_project(db, "aaa")
    assert first.serial < second.serial
    assert ask(app, "list_packages_with_serial") == {"Foo.Bar": first.serial, "aaa": second.serial}
    assert ask(app, "changelog_last_serial") == second.serial


def test_an_empty_index_has_no_serial(app: TestApp):
    assert ask(app, "changelog_last_serial") == 0
    assert ask(app, "list_packages_with_serial") == {}
    assert ask(app, "changelog_since_serial", 0) == []


def test_a_mirror_learns_what_has_changed_and_what_is_gone(app: TestApp, db: Session, storage: Storage):
    names = ("one", "two", "three")
    serials = {name: make_project(db, name).serial for name in names}
    since = ask(app, "changelog_last_serial")
    assert since == serials["three"]
    assert ask(app, "changelog_since_serial", since) == []
    set_yanked(db, find_project(db, "one").releases[0], True)
    delete_project(db, storage, lambda *_: None, find_project(db, "two"))
    db.commit()
    changes = ask(app, "changelog_since_serial", since)
    assert [(name, version, what) for name, version, _, what, _ in changes] == [
        ("one", "1.0", "change"),
        ("two", "", "remove project"),
    ]
    assert since < changes[0][4] < changes[1][4] == ask(app, "changelog_last_serial") == last_serial(db)
    assert changes[0][2] == int(find_project(db, "one").updated.timestamp())
    assert [name for name, *_ in ask(app, "changelog_since_serial", serials["one"])] == [
        "three",
        "one",
        "two",
    ]


def test_a_deleted_release_is_a_change_of_its_project(app: TestApp, db: Session, storage: Storage):
    since = make_project(db, "one", versions=("1.0", "2.0")).serial
    delete_release(db, storage, lambda *_: None, find_project(db, "one").releases[0])
    db.commit()
    assert [change[0] for change in ask(app, "changelog_since_serial", since)] == ["one"]


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("package_releases", ("one",), -32601),
        ("__class__", (), -32601),
        ("changelog_since_serial", (), -32602),
        ("changelog_since_serial", ("1",), -32602),
        ("changelog_since_serial", (True,), -32602),
        ("changelog_since_serial", (1, 2), -32602),
        ("changelog_last_serial", (1,), -32602),
    ],
)
def test_other_methods_and_arguments_are_a_fault(
    app: TestApp, method: str, arguments: tuple[Any, ...], code: int
):
    assert fault(app, dumps(arguments, method).encode()) == code


@pytest.mark.parametrize("number", [2**63, -(10**400)])
def test_a_number_that_no_serial_is_is_a_fault(app: TestApp, number: int):
    call = dumps((7,), "changelog_since_serial").replace("<int>7<", f"<int>{number}<")
    assert str(number) in call
    assert fault(app, call.encode()) == -32602


@pytest.mark.parametrize("body", [b"\xff", b"<methodCall>"])
def test_what_is_no_call_is_a_fault(app: TestApp, monkeypatch: pytest.MonkeyPatch, body: bytes):
    def ask(*question: str) -> None:
        raise quarantine.TooMuch

    monkeypatch.setattr(quarantine, "ask", ask)
    assert fault(app, body, "application/xml; charset=utf-8") == -32600


def test_a_call_that_declares_entities_is_not_read(app: TestApp, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quarantine, "ask", lambda *_: pytest.fail("it is read"))
    assert fault(app, HOSTILE["entities"].encode()) == fault(app, HOSTILE["file"].encode()) == -32600


def test_a_busy_moment_is_told(app: TestApp, monkeypatch: pytest.MonkeyPatch):
    def ask(*question: str) -> None:
        raise quarantine.Busy

    monkeypatch.setattr(quarantine, "ask", ask)
    answer = app.post(
        "/pypi", dumps((), "changelog_last_serial").encode(), content_type="text/xml", status=503
    )
    assert answer.text == "Too many calls are read at once.\n"


def test_a_call_is_xml_and_small(app: TestApp):
    assert app.post("/pypi", {"a": "b"}, status=415).text == "Send it as 'text/xml'.\n"
    app.post("/pypi", b"x" * 70_000, content_type="text/xml", status=413)


BILLION = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "entities": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{BILLION}]><methodCall>'
    "<methodName>&a11;</methodName><params/></methodCall>",
    "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><methodCall><methodName>&a;</methodName></methodCall>',
    "nesting": "<methodCall><params><param>" + "<value><array><data>" * 1500,
    "binary": dumps((Binary(b"x"),), "changelog_since_serial"),
    "nothing": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_calls_are_a_fault(app: TestApp, monkeypatch: pytest.MonkeyPatch, name: str):
    real = quarantine.Quarantine()
    monkeypatch.setattr(quarantine, "ask", real.ask)
    try:
        assert fault(app, HOSTILE[name].encode()) in (-32600, -32601)
    finally:
        real.close()
