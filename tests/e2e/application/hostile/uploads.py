"""Uploads: a file and its form, from a real distribution to anything."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from tests.e2e.application.hostile.archives import broken, sdists, wheels
from tests.e2e.application.hostile.metadata import FIELDS, form_fields, mutated, named, real
from tests.e2e.application.hostile.texts import NASTY
from tests.e2e.application.production import Fields, upload_form

FILENAMES = st.sampled_from(["x.whl", "x-1.tar.gz", "../x-1.tar.gz", "C:\\x-1.tar.gz", "a" * 300 + "-1.tar.gz", "x-1.zip", "é-1.tar.gz", '"', "x-1-py3-none-any.whl\0"])  # fmt: skip

CHARSETS = ("utf-8", "latin-1", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "idna", "undefined", "base64", "utf_16", "hz", "x", "\"a;b\"", "zlib", "mbcs")  # fmt: skip


def generated(cases: int, **options: Any) -> settings:
    """Return how many cases are made, and nothing else: a case that is wrong is listed, and not made smaller."""
    return settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        **options,
    )


@dataclass(frozen=True)
class Upload:
    """What is sent, and of which project."""

    project: str
    version: str
    filename: str
    content: bytes
    fields: Fields


@st.composite
def uploads(draw: Callable[..., Any], numbers: Iterator[int]) -> Upload:
    """Return an upload of a version that no other has; most get far, so that all is reached that reads them."""
    name, text = draw(st.sampled_from(real()))
    version = f"1.{next(numbers)}"
    module, text = re.sub(r"[-_.]+", "_", name.lower()), named(text, version)
    metadata = draw(mutated(text))
    licenses = re.findall(r"(?m)^License-File: (\S+)", text.decode())
    if draw(st.booleans()):
        info = f"{module}-{version}.dist-info"
        found = [
            (f"{module}.py", b"x = 1\n"),
            (f"{info}/METADATA", metadata),
            (f"{info}/WHEEL", b"Wheel-Version: 1.0\n"),
            (f"{info}/RECORD", b""),
            *((f"{info}/licenses/{path}", b"") for path in licenses),
        ]
        filename, kind, content = f"{module}-{version}-py3-none-any.whl", "bdist_wheel", draw(wheels(found))
    else:
        paths = ("setup.py", *licenses)
        found = [
            (f"{module}-{version}/PKG-INFO", metadata),
            *((f"{module}-{version}/{path}", b"") for path in paths),
        ]
        filename, kind, content = f"{module}-{version}.tar.gz", "sdist", draw(sdists(found))
    if draw(st.integers(0, 9)) == 9:
        content = draw(broken(content))
    fields = upload_form(content, name, version, kind)
    if draw(st.booleans()):  # as clients send them; what the form does not say is taken from the archive
        said = form_fields(draw(st.sampled_from([text, text, metadata])))
        names = {field for field, _ in said}
        fields = [field for field in fields if field[0] not in names] + said
    for _ in range(draw(st.sampled_from([0] * 7 + [1, 2]))):
        fields = draw(_other_field(fields))
    if draw(st.integers(0, 29)) == 29:
        filename = draw(FILENAMES)
    return Upload(canonicalize_name(name), version, filename, content, fields)


@st.composite
def _other_field(draw: Callable[..., Any], fields: Fields) -> Fields:
    name, value = draw(FIELDS)
    name = draw(
        st.one_of(st.just(name.lower().replace("-", "_")), st.sampled_from([name for name, _ in fields]))
    )
    value = draw(st.sampled_from([value, draw(st.sampled_from(NASTY))]))
    if draw(st.integers(0, 3)) == 3:
        value = draw(_in_a_charset(value))
    kept = [field for field in fields if field[0] != name or draw(st.booleans())]
    return [*kept, (name, value)]


@st.composite
def _in_a_charset(draw: Callable[..., Any], value: str) -> bytes:
    """Return a field whose part names its encoding, at a length that shows what decoding it costs."""
    charset = draw(st.sampled_from(CHARSETS))
    text = draw(
        st.sampled_from(
            [value, "a-" + "b" * 2_000_000, "\\ud800", "+2AA-", "xn--a", "\\N{DIGIT ONE}" * 90_000]
        )
    )
    return f"\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode() + text.encode(
        "utf-8", "replace"
    )
