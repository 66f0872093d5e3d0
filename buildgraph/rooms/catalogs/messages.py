"""Messages: a catalog read from what people wrote, and which of its translations are whole and certain."""

import io
import re
from pathlib import Path

from babel.core import UnknownLocaleError
from babel.messages import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

from .twice import refuse_twice

TEXT = re.compile(r'\s*(?:msg\w+(?:\[\d+\])?\s*(.*)|(".*))')
WHOLE = re.compile(r'"(?:[^"\\]|\\.)*"\s*')
"""A text in its quotes (GNU gettext manual, 10). Babel cuts off the first letter of one that is not opened, and the last of one that is not closed."""

PREVIOUS = re.compile(r"^(#~|#)\|.*", re.MULTILINE)
"""What a message was before it was changed. msgmerge writes it; Babel takes that of an obsolete one for an error, and others for comments of people."""

CHARSET = re.compile(r'^("Content-Type:.*charset=)[\w-]+', re.MULTILINE)
"""What the file says of its encoding; it has been read as UTF-8, as all that people write here."""


def read(path: Path, code: str) -> Catalog:
    """Return the catalog of a language; raise BuildError where it cannot be read."""
    text = read_people_text(path)
    for number, line in enumerate(text.split("\n"), 1):
        if (found := TEXT.match(line)) and not WHOLE.fullmatch(found[1] or found[2] or ""):
            what = "cannot read the catalog: a string is not within one pair of quotes"
            raise BuildError(what, f"{path.as_posix()}, line {number}", "Correct it there.")
    refuse_twice(path, text)
    try:
        known = CHARSET.sub(r"\1utf-8", PREVIOUS.sub("#", text))
        return read_po(io.BytesIO(known.encode()), locale=code.replace("-", "_"), abort_invalid=True)
    except (ValueError, UnknownLocaleError) as error:
        raise BuildError(
            f"cannot read the catalog: {error}",
            path.as_posix(),
            "Correct the language's name, or the header.",
        ) from None
    except PoFileError as error:
        what = f"cannot read the catalog: {str(error).removesuffix(f' on {error.lineno}')}"
        raise BuildError(what, f"{path.as_posix()}, line {error.lineno + 1}", "Correct it there.") from None


def usable(catalog: Catalog) -> list[Message]:
    """Return the messages with a whole, certain translation."""
    return [message for message in catalog if message.id and not message.fuzzy and all(strings(message))]


def lacking(catalog: Catalog) -> list[Message]:
    """Return the other ones, of a catalog that has any translation; one that has none shows the sources' own words."""
    certain = {id(message) for message in usable(catalog)}
    return [message for message in catalog if message.id and id(message) not in certain] if certain else []


def ids(message: Message) -> tuple[str, ...]:
    """Return a message, all plural forms of it."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings(message: Message) -> tuple[str, ...]:
    """Return all plural forms of a translation."""
    return (message.string or "",) if not isinstance(message.string, tuple | list) else tuple(message.string)
