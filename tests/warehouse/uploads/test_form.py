"""The form of an upload is read within limits, and anything else is refused."""

import io
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.uploads.errors import UploadRefused
from warehouse.uploads.form import Form, Limits, read_form

LIMITS = Limits(file_bytes=2000, fields_bytes=1000, fields=10)
BOUNDARY = "frontier"


def part(name: str, content: bytes | str, filename: str | None = None) -> bytes:
    """Return one part of a form."""
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    body = content.encode() if isinstance(content, str) else content
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + body + b"\r\n"


def environ(*parts: bytes, **changes: Any) -> dict[str, Any]:
    """Return the WSGI request of a form."""
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return {
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    } | changes


def refused(request: dict[str, Any]) -> tuple[int, str]:
    """Read a form that is refused; return the status and the reason."""
    with pytest.raises(UploadRefused) as refusal, read_form(request, LIMITS):
        pytest.fail("the form was taken")
    return refusal.value.status, refusal.value.reason


FILE = part("content", b"bytes", "a.whl")


def test_fields_and_file_are_read():
    with read_form(environ(part("a", "1"), part("b", "2"), part("b", "3"), FILE), LIMITS) as form:
        assert form.fields == {"a": ["1"], "b": ["2", "3"]}
        assert form.filename == "a.whl"
        assert form.content.read() == b"bytes"
    assert form.content.closed


def test_a_large_file_is_read_from_the_disk():
    with read_form(environ(part("content", b"x" * 1500, "a.whl")), LIMITS) as form:
        assert form.content.read() == b"x" * 1500


def test_a_text_may_be_given_once():
    form = Form({"a": [" 1 "], "b": ["2", "3"], "c": ["UNKNOWN"]}, "", io.BytesIO())
    assert (form.text("a"), form.text("c"), form.text("d")) == ("1", "", "")
    with pytest.raises(UploadRefused) as refusal:
        form.text("b")
    assert refusal.value.reason == "The field 'b' is given 2 times."


@pytest.mark.parametrize("content_type", ["", "application/json", "application/x-www-form-urlencoded"])
def test_another_kind_of_request_is_refused(content_type: str):
    request = environ(FILE, CONTENT_TYPE=content_type)
    assert refused(request) == (400, "An upload is a form of type multipart/form-data.")


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        (environ(part("a", "1")), 400, "An upload has one file, in the field 'content'."),
        (environ(FILE, FILE), 400, "An upload has one file, in the field 'content'."),
        (environ(part("content", "text")), 400, "An upload has one file, in the field 'content'."),
        (environ(FILE, CONTENT_LENGTH="3001"), 413, "The upload is larger than 3000 bytes."),
        (environ(part("content", b"x" * 2001, "a.whl")), 413, "The file is larger than 2000 bytes."),
        (environ(FILE, part("a", "x" * 1001)), 413, "A field is larger than 1000 bytes."),
        (environ(FILE, *[part("a", "x" * 600)] * 4), 413, "The upload is too large: Memory limit reached."),
        (
            environ(FILE, *[part("a", "1")] * 10),
            413,
            "The upload is too large: Maximum segment count exceeded.",
        ),
        (environ(FILE, part("a", "\0")), 400, "The field 'a' has a null character."),
    ],
)
def test_a_form_beyond_the_limits_is_refused(request_: dict[str, Any], status: int, reason: str):
    assert refused(request_) == (status, reason)


def test_a_name_with_a_folder_of_windows_is_refused():
    assert refused(environ(part("content", "x", filename="C:\\x.whl"))) == (
        400,
        "The name of the file has a folder.",
    )


CODECS = ("punycode", "unicode_escape", "utf-7", "idna", "undefined", "utf_16", "latin-1", "nonsense")


@pytest.mark.parametrize("charset", CODECS)
def test_a_text_is_utf_8_whatever_its_sender_calls_it(charset: str):
    """Python has codecs that take minutes for a megabyte, and some that give what no database takes."""
    text = "é \\ud800 +2AA- xn--a"
    field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset={charset}\r\n\r\n'
    whole = environ(field.encode() + text.encode() + b"\r\n", FILE)
    whole["CONTENT_TYPE"] += f"; charset={charset}"
    with read_form(whole, LIMITS) as form:
        assert form.text("a") == text
    latin = field.encode() + b"\xe9\r\n"
    assert refused(environ(latin, FILE))[1].startswith("The form cannot be read: 'utf-8' codec can't decode")


@pytest.mark.parametrize(
    "changes",
    [
        {"CONTENT_TYPE": "multipart/form-data"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=other"},
        {"wsgi.input": io.BytesIO(b"")},
        {"wsgi.input": io.BytesIO(FILE)},
        {"CONTENT_LENGTH": "many"},
        {"CONTENT_LENGTH": "-5"},
    ],
)
def test_a_broken_form_is_refused(changes: dict[str, Any]):
    status, reason = refused(environ(FILE, **changes))
    assert status == 400
    assert reason.startswith("The form cannot be read: ")


def test_a_field_that_is_not_utf_8_is_refused():
    status, reason = refused(environ(FILE, part("a", b"\xff")))
    assert status == 400
    assert reason.startswith("The form cannot be read: ")


@given(st.binary(max_size=300), st.sampled_from([b"", FILE, part("a", "1")]), st.booleans())
def test_any_bytes_are_read_or_refused(noise: bytes, start: bytes, closed: bool):
    end = f"--{BOUNDARY}--\r\n".encode() if closed else b""
    body = start + noise + end
    request = environ(**{"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    with ExitStack() as stack:
        try:
            form = stack.enter_context(read_form(request, LIMITS))
        except UploadRefused as refusal:
            assert refusal.status in (400, 413)
        else:
            assert form.filename
