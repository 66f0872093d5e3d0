"""Core metadata: what the installed distributions say, with lines changed, lost, repeated and in other encodings."""

from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from functools import cache
from importlib.metadata import distributions
from typing import Any

from hypothesis import strategies as st

from tests.e2e.application.hostile.texts import DESCRIPTIONS, MANY, NASTY, VALUES
from tests.e2e.application.production import Fields

NUMBER = st.integers(0, 2**32)  # a place, whatever the length of what it is in
LONGEST = 4 * 1024 * 1024  # bytes that a mutation may grow to
Lines = list[bytes]


@cache
def real() -> tuple[tuple[str, bytes], ...]:
    """Return the names of the installed distributions, with what they say of themselves."""
    found = {each.name: (each.read_text("METADATA") or "").encode() for each in distributions()}
    return tuple(sorted((name, text) for name, text in found.items() if text))


def named(text: bytes, version: str) -> bytes:
    """Return the metadata of another version."""
    head, separator, body = text.partition(b"\n\n")
    lines = [
        b"Version: " + version.encode() if line.startswith(b"Version:") else line
        for line in head.split(b"\n")
    ]
    return b"\n".join(lines) + separator + body


def encoded(value: str) -> bytes:
    """Return a text as bytes, a half of a surrogate too."""
    return value.encode("utf-8", "surrogatepass")


FIELDS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.tuples(st.just(name), st.one_of(VALUES[name], st.sampled_from(NASTY)))
)


@st.composite
def mutated(draw: Callable[..., Any], text: bytes) -> bytes:
    """Return metadata after a few mutations."""
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 4]))):
        text = draw(st.sampled_from(MUTATIONS))(draw, text)[:LONGEST]
    return text


def _field(draw: Callable[..., Any], text: bytes) -> bytes:
    name, value = draw(FIELDS)
    line = encoded(f"{name}: {value}")
    lines = text.split(b"\n")
    places = [place for place, each in enumerate(lines) if each.startswith(name.encode() + b":")]
    if places and draw(st.booleans()):
        lines[places[0]] = line
    else:
        lines.insert(1, line)
    return b"\n".join(lines)


def _repeated(draw: Callable[..., Any], text: bytes) -> bytes:
    lines = text.split(b"\n")
    place, times = draw(NUMBER) % min(len(lines), 60), draw(MANY)
    return b"\n".join(
        [*lines[:place], *[lines[place]] * min(times, LONGEST // (len(lines[place]) + 1)), *lines[place:]]
    )


def _lost(draw: Callable[..., Any], text: bytes) -> bytes:
    lines = text.split(b"\n")
    del lines[draw(NUMBER) % min(len(lines), 60)]
    return b"\n".join(lines)


def _joined(draw: Callable[..., Any], text: bytes) -> bytes:
    lines = text.split(b"\n")
    place = draw(NUMBER) % min(len(lines), 60)
    between = draw(st.sampled_from([b"", b" ", b"\r", b"\n ", b"\n\t", b"\n\n", b"\0", b"\x0b", b"\x85"]))
    return b"\n".join([*lines[:place], between.join(lines[place : place + 2]), *lines[place + 2 :]])


def _other_encoding(draw: Callable[..., Any], text: bytes) -> bytes:
    decoded = text.decode("utf-8", "replace")
    name = draw(st.sampled_from(["utf-16", "utf-8-sig", "latin-1", "utf-7", "cp1252", "utf-32", "shift_jis"]))
    return decoded.encode(name, "replace")


def _other_ends(draw: Callable[..., Any], text: bytes) -> bytes:
    return text.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r", b"\n\n", b"\x0c\n", b"\n "])))


def _described(draw: Callable[..., Any], text: bytes) -> bytes:
    head = text.partition(b"\n\n")[0]
    kind = draw(VALUES["Description-Content-Type"])
    return head + encoded(f"\nDescription-Content-Type: {kind}\n\n{draw(DESCRIPTIONS)}")


def _flipped(draw: Callable[..., Any], text: bytes) -> bytes:
    changed = bytearray(text or b"\0")
    for place in draw(st.lists(NUMBER, min_size=1, max_size=12)):
        changed[place % len(changed)] = place >> 24 & 255
    return bytes(changed)


MUTATIONS = (_field, _field, _field, _repeated, _lost, _joined, _other_encoding, _other_ends, _described, _described, _flipped)  # fmt: skip


def form_fields(text: bytes) -> Fields:
    """Return what a client sends of metadata: a field of the form for each of its lines, and the description."""
    message: Message = BytesParser(policy=compat32).parsebytes(text)
    fields: Fields = []
    for name, value in message.items():
        key = {"classifier": "classifiers", "project_url": "project_urls"}.get(
            word := name.lower().replace("-", "_"), word
        )
        fields.append((key, str(value)))
    body = message.get_payload()
    return [*fields, ("description", body)] if isinstance(body, str) and body.strip() else fields
