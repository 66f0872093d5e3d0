"""The form of an upload, read within limits.

WebOb's own parser keeps to no limit on the number or size of fields, so the request's body is never touched
through it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any

import multipart

from warehouse.uploads.errors import invalid, too_large


@dataclass(frozen=True)
class Limits:
    """How large an upload may be."""

    file_bytes: int = 100 * 1024 * 1024  # PyPI's default
    fields_bytes: int = 2 * 1024 * 1024  # all other fields together, the description among them
    fields: int = 2000  # classifiers and requirements are one field each

    @property
    def request_bytes(self) -> int:
        """The largest request that can be within the limits."""
        return self.file_bytes + self.fields_bytes


@dataclass(frozen=True)
class Form:
    """The fields of an upload by name, and its file."""

    fields: dict[str, list[str]]
    filename: str
    content: IO[bytes]

    def text(self, name: str) -> str:
        """Return a field that may be given once; `UNKNOWN` is what old tools say for nothing."""
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise invalid(f"The field '{name}' is given {len(values)} times.")
        value = values[0].strip() if values else ""
        return "" if value == "UNKNOWN" else value


@contextmanager
def read_form(environ: dict[str, Any], limits: Limits) -> Iterator[Form]:
    """Yield the form in a WSGI request; its file is closed afterwards."""
    if not environ.get("CONTENT_TYPE", "").startswith("multipart/form-data"):
        raise invalid("An upload is a form of type multipart/form-data.")
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise invalid("The form cannot be read: its length is not a number.")
    if int(length) > limits.request_bytes:
        raise too_large(f"The upload is larger than {limits.request_bytes} bytes.")
    with ExitStack() as opened:
        yield _form(*_parse(environ, limits, opened), limits)


def _parse(
    environ: dict[str, Any], limits: Limits, opened: ExitStack
) -> tuple[dict[str, list[str]], list[multipart.MultipartPart]]:
    """Return texts by name, and files; a text is UTF-8, whatever its sender calls it: some codecs take minutes."""
    texts: dict[str, list[str]] = {}
    files = []
    try:
        parts = multipart.MultipartParser(
            environ["wsgi.input"],
            multipart.parse_options_header(environ["CONTENT_TYPE"])[1].get("boundary", ""),
            int(environ.get("CONTENT_LENGTH") or -1),
            strict=True,
            part_limit=limits.fields,
            memory_limit=2 * limits.fields_bytes,
            disk_limit=limits.request_bytes,
            spool_limit=limits.fields_bytes,
        )
        for part in parts:
            opened.callback(part.close)
            if part.filename or not part.is_buffered():
                files.append(part)
            else:
                texts.setdefault(part.name, []).append(part.raw.decode())
    except multipart.ParserLimitReached as error:
        raise too_large(f"The upload is too large: {error}.") from None
    except (ValueError, LookupError) as error:
        raise invalid(f"The form cannot be read: {error}.") from None
    return texts, files


def _form(texts: dict[str, list[str]], files: list[multipart.MultipartPart], limits: Limits) -> Form:
    contents = [part for part in files if part.name == "content"]
    if len(contents) != 1 or not contents[0].filename:
        raise invalid("An upload has one file, in the field 'content'.")
    content = contents[0]
    if any("\\" in value for _, value in content.headerlist):  # of which the parser has taken the end
        raise invalid("The name of the file has a folder.")
    if any(not part.filename for part in files):
        raise too_large(f"A field is larger than {limits.fields_bytes} bytes.")
    if content.size > limits.file_bytes:
        raise too_large(f"The file is larger than {limits.file_bytes} bytes.")
    for name, values in texts.items():
        if any("\0" in value for value in values):
            raise invalid(f"The field '{name}' has a null character.")
    content.file.seek(0)
    return Form(texts, content.filename, content.file)
