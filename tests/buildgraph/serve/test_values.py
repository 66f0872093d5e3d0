"""What decides without doing anything: relevance, copies, pages, policies, editors, names."""

from __future__ import annotations

import os
import re
import socket

import pytest

from buildgraph.colour import Palette
from buildgraph.errors import BuildError
from buildgraph.serve import (
    application,
    console,
    copies,
    editors,
    held,
    inject,
    page,
    pages,
    preload,
    relevance,
    servers,
)
from buildgraph.serve.audit import Audit
from buildgraph.serve.channel import Channel
from buildgraph.serve.digests import Delta, Tree
from buildgraph.serve.failures import Failure, Frame
from buildgraph.serve.processes import Copy

BOOT = relevance.Boot({"/a/read.py", "/a/conf.ini"}, {"/a/data"}, True)


@pytest.mark.parametrize(
    ("delta", "boot", "found"),
    [
        (Delta(changed=frozenset({"/a/read.py"})), BOOT, ["/a/read.py"]),
        (Delta(changed=frozenset({"/a/unread.py"})), BOOT, []),
        (Delta(changed=frozenset({"/a/unread.py"})), relevance.Boot(), ["/a/unread.py"]),
        (Delta(changed=frozenset({"/a/unread.txt"})), relevance.Boot(), []),
        (Delta(appeared=frozenset({"/a/new.py"})), BOOT, ["/a/new.py"]),
        (Delta(appeared=frozenset({"/a/new.txt"})), BOOT, []),
        (Delta(appeared=frozenset({"/a/data/new.txt"})), BOOT, ["/a/data/new.txt"]),
        (Delta(vanished=frozenset({"/a/conf.ini"})), BOOT, ["/a/conf.ini"]),
    ],
)
def test_what_the_application_was_started_from_is_a_reason(delta, boot, found):
    assert relevance.reasons(delta, boot) == found


def copy(point, reads, order):
    ours, theirs = socket.socketpair()
    theirs.close()
    return Copy(
        Channel(ours), pid=len(order), point=point, reads=dict.fromkeys(reads, ()), order=tuple(order)
    )


def test_a_copy_is_worth_something_until_what_it_read_changes_or_anything_appears():
    early, late = copy("b", ["/a.py"], "a"), copy("c", ["/a.py", "/b.py"], "ab")

    assert copies.invalid([early, late], Delta(changed=frozenset({"/b.py"}))) == [late]
    assert copies.invalid([early, late], Delta(changed=frozenset({"/c.py"}))) == []
    assert copies.invalid([early, late], Delta(appeared=frozenset({"/any"}))) == [early, late]
    assert copies.latest([early, late]) is late and copies.latest([]) is None


def test_copies_are_wanted_before_what_was_edited_last():
    edited = copies.remembered(copies.remembered((), ["a", "b"]), ["c", "a", "", "d", "e"])

    assert edited == ("c", "a", "d", "e")
    assert copies.plan(edited, [copy("a", [], "x")]) == copies.Plan(("c", "d", "e"), copies.MOST - 1)


def test_copies_make_room_for_those_before_what_was_edited_last():
    many = [copy(str(number), [], "x" * number) for number in range(copies.MOST)]

    assert copies.crowding(("a", "1"), many) == [many[0]]
    assert copies.crowding(("a", "b", "0"), many) == [many[1], many[2]]
    assert copies.crowding(("a",), many[:3]) == []


def test_copies_that_are_too_many_or_too_large_go_those_first_that_have_done_least():
    many = [copy(str(number), [], "x" * number) for number in range(1, copies.MOST + 3)]

    assert copies.beyond(many, {}) == [many[1], many[0]]
    assert copies.beyond(many[:2], {1: 1, 2: copies.MOST_BYTES + 1}) == [many[1], many[0]]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/plain"),
        ("*/*", "text/plain"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html;q=x", "text/html"),
    ],
)
def test_a_client_gets_the_type_that_it_wants(accept, kind):
    assert page.media_type(accept) == kind


def test_texts_of_the_application_are_never_markup():
    evil = "</pre><script>alert('x')</script>\"'&"
    failure = Failure(evil, evil, f"/{evil}", 1, (Frame(f"/{evil}", 1, evil, ((1, evil),)),), evil, evil)

    text = page.html(failure, editors.KNOWN["vscode"], "")

    assert "<script>" not in text and "alert" in text and "</pre><" not in text.replace("</span></pre><", "")
    assert "\\x1b[31m" in console.text(Failure("E", "\x1b[31m"))


def test_a_block_has_colour_where_it_is_wanted_and_says_the_same():
    frame = Frame("/a/views.py", 2, "home", ((1, "x = 1"), (2, "1 / 0")))
    failure = Failure("ZeroDivisionError", "division by zero", "/a/views.py", 2, (frame,))

    painted = console.text(failure, Palette(True))

    assert painted.splitlines()[:2] == [
        "\x1b[1;31mZeroDivisionError: division by zero\x1b[0m",
        "  \x1b[36m/a/views.py:2\x1b[0m",
    ]
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == console.text(failure)


def test_what_names_hold_is_short_and_has_no_secrets():
    class Hostile:
        def __repr__(self):
            raise KeyboardInterrupt

    names = {
        "text": "x" * 10_000,
        "api_key": "k",
        "environ": {"HTTP_COOKIE": "c", "PATH": "/"},
        "odd": Hostile(),
        "re": re,
        "__x": 1,
    }

    shown = dict(held.held(names))

    assert list(shown) == ["text", "api_key", "environ", "odd"]
    assert len(shown["text"]) == held.MOST_CHARACTERS and shown["api_key"] == held.HIDDEN
    assert shown["environ"] == repr({"HTTP_COOKIE": held.HIDDEN, "PATH": "/"})
    assert shown["odd"] == "its repr() raised KeyboardInterrupt"
    assert held.public([("Host", "a"), ("Authorization", "b")]) == (
        ("Authorization", held.HIDDEN),
        ("Host", "a"),
    )


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "vscode://file/a%20b.py:3"),
        ({"BUILDGRAPH_EDITOR": "pycharm"}, "pycharm://open?file=/a%20b.py&line=3"),
        ({"BUILDGRAPH_EDITOR": "x://{file}#{line}"}, "x:///a%20b.py#3"),
        ({"BUILDGRAPH_EDITOR": "none"}, ""),
        ({"BUILDGRAPH_EDITOR": "javascript:alert({file})"}, ""),
    ],
)
def test_a_place_opens_in_the_editor_of_whoever_looks(environ, address):
    assert editors.link(editors.template(environ), "/a b.py", 3) == address


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("default-src 'self'", "default-src 'self'; connect-src 'self' http://h:1"),
        ("connect-src 'none'; img-src *", "connect-src http://h:1; img-src *"),
        ("img-src *", "img-src *"),
    ],
)
def test_a_policy_admits_the_events_and_nothing_else_more(policy, allowed):
    assert inject.allowing(policy, "http://h:1") == allowed


def injected(chunks, headers):
    headers, injection = inject.prepared(headers, inject.Life(7, 1.5), "http://h:1/__serve__/events")
    return dict(headers), b"".join(injection.into(chunks))


@pytest.mark.parametrize("chunks", [[b"<html><HEAD lang=a>x"], [b"", b"<p>no head"], [b"<head>", b"<head>"]])
def test_a_page_has_the_script_once_and_its_length_is_right(chunks):
    headers, body = injected(
        chunks, [("Content-Type", "text/html"), ("Content-Length", str(len(b"".join(chunks))))]
    )

    assert body.count(b"client.js") == 1 and int(headers["Content-Length"]) == len(body)


def test_no_browser_keeps_a_page_that_says_when_it_was_asked_for():
    kept = [("ETag", '"a"'), ("last-modified", "x"), ("Cache-Control", "max-age=9"), ("X-Own", "1")]

    headers, body = injected([b"<head>"], kept)

    assert headers == {"X-Own": "1", "Cache-Control": "no-store"} and b'data-asked="1.5"' in body


def test_the_script_has_the_nonce_of_the_policy():
    _, body = injected([b"<head>"], [("Content-Security-Policy", "script-src 'nonce-aB3='")])

    assert b'nonce="aB3="' in body


@pytest.mark.parametrize(
    ("status", "headers", "does"),
    [
        ("200 OK", [("Content-Type", "text/html; charset=utf-8")], True),
        ("200 OK", [("content-type", "TEXT/HTML"), ("Content-Encoding", "gzip")], False),
        ("200 OK", [("Content-Type", "application/json")], False),
        ("304 Not Modified", [("Content-Type", "text/html")], False),
        ("200 OK", [("Content-Type", "text/html"), ("Content-Disposition", "attachment; filename=a")], False),
    ],
)
def test_only_plain_pages_are_added_to(status, headers, does):
    assert inject.applies(status, headers) is does


async def coroutine(scope, receive, send): ...


class Instance:
    async def __call__(self, scope, receive, send): ...


def three(scope, receive, send): ...


def two(environ, start_response): ...


@pytest.mark.parametrize(
    ("served", "kind"),
    [
        (coroutine, "asgi"),
        (Instance(), "asgi"),
        (three, "asgi"),
        (two, "wsgi"),
        (lambda environ, start: [], "wsgi"),
    ],
)
def test_the_interface_is_told_by_the_application(served, kind):
    assert application.kind(served) == kind


@pytest.mark.parametrize("name", ["", "app", "app:", "a b:c", "app:x()()", ":x", "app/main.py:x"])
def test_what_names_no_application_is_one_sentence(name):
    if name == "app:":
        assert application.parts(name) == ("app", "application", False)
        return
    with pytest.raises(BuildError, match=r"does not name an application\. Write a module and what is in it"):
        application.parts(name)


def test_a_server_that_cannot_serve_it_is_told():
    with pytest.raises(BuildError, match=r"'apache' is not a known server\. Take one of waitress, uvicorn"):
        servers.make("apache", "wsgi", two, None)
    with pytest.raises(BuildError, match="waitress cannot serve this application, which speaks ASGI"):
        servers.make("waitress", "asgi", two, None)


def test_what_is_left_out_is_left_out_with_what_lies_in_it():
    assert preload.without(["a", "a.b", "ab", "gevent.core", "c"], ["a"]) == ["ab", "c"]


def test_descriptors_travel_beside_messages_and_are_not_inheritable(tmp_path):
    import os

    ours, theirs = socket.socketpair()
    sender, receiver = Channel(ours), Channel(theirs)
    with open(tmp_path / "file", "w") as file:
        sender.send({"is": "first"})
        sender.send({"is": "second"}, [file.fileno()])
    messages = receiver.messages()
    assert next(messages) == {"is": "first"}
    number = next(messages)["files"][0]
    assert not os.get_inheritable(number)
    os.close(number)
    sender.close()
    assert list(messages) == [] and not receiver.is_open


def test_a_message_of_many_lines_keeps_them_and_a_column_is_marked():
    failure = Failure(
        "SyntaxError",
        "invalid syntax\nperhaps",
        "/a/views.py",
        2,
        (
            Frame("/a/lib/site-packages/pyramid/config.py", 1, "scan"),
            Frame("/a/wsgi.py", 3, "main"),
            Frame("/a/views.py", 2, "", ((1, "x"), (2, "def home(request: Request -> dict"))),
        ),
        column=27,
    )

    said = console.text(failure).splitlines()

    assert said[:2] == ["SyntaxError: invalid syntax", "  perhaps"]
    assert said[-2] == f"          | {' ' * 26}^"
    assert said[-1] == "  called by /a/wsgi.py:3 in main"
    shown = page.html(failure, "", "")
    assert f"<i></i>{' ' * 26}^</span>" in shown
    assert (
        shown.index("wsgi.py:3")
        < shown.index("<details><summary>through libraries")
        < shown.index("config.py:1")
    )


def test_a_folder_that_is_not_followed_is_no_file_that_changes(tmp_path):
    tree = Tree((str(tmp_path),))
    tree.scan()
    cache = tmp_path / "__pycache__"
    cache.mkdir()

    assert not tree.look([str(cache)])
    (cache / "a.pyc").write_bytes(b"")
    assert not tree.look([str(cache)]) and not tree.scan()


def test_a_save_that_was_not_heard_of_yet_gives_an_audit_up():
    class Crew:
        def start_audit(self, take):
            self.take = take

        def end_audits(self):
            pass

    crew, said = Crew(), []
    found = Audit(crew, said.append, lambda: found.cancel(), 1)
    found.begin(1, {})

    crew.take(None, {"is": "fingerprint", "fingerprint": {}, "error": "NameError: of a later save"})

    assert not said and not found.failed


def test_who_has_called_by_way_of_a_library_is_one_line_that_opens():
    def frame(file: str, name: str) -> Frame:
        return Frame(file, 2, name, ((1, f"def {name}():"), (2, f"    # in {name}")))

    library = f"{os.path.dirname(os.__file__)}/site-packages/framework/router.py"
    frames = (
        frame("/a/middleware.py", "middleware"),
        frame(library, "route"),
        frame("/a/views.py", "view"),
        frame("/a/prices.py", "price"),
    )
    text = page.html(Failure("KeyError", "'x'", "/a/prices.py", 2, frames), "", "")
    open_part = re.sub(r"<details.*?</details>", "", text)
    assert "# in price" in open_part
    assert "# in view" in open_part
    assert "# in middleware" not in open_part
    assert re.search(r"<details class=far><summary>/a/middleware\.py:2 in middleware</summary>", text)
    assert text.index("# in view") < text.index("# in middleware") < text.index("# in route")


def test_the_page_looks_like_the_overlay():
    script = pages.CLIENT.read_text("utf-8")
    for colour in ("background:#1b1b1f;color:#eee", "#ff8a80", "#8ab4f8", "#c5221f66"):
        assert colour in script
        assert colour in page.STYLE
