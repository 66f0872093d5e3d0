"""Kinds of images: those that are shown, and how the content of each begins.

What is said to be an image and does not begin as one is something else in disguise. BMP is not among them: two letters
prove nothing.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from dataclasses import dataclass

BRANDS = (b"avif", b"avis")
LONGEST_PROLOGUE = 64 * 1024  # characters before the root of an SVG: declaration, comments, document type
BLANKS = " \t\r\n"
DECLARATION = re.compile(r"<\?xml[ \t\r\n][^<>]{0,200}\?>")
ENCODING = re.compile(r"encoding[ \t\r\n]*=[ \t\r\n]*[\"']([^\"']*)")
# Those in which what looks like markup is markup: in others (ISO-2022, UTF-7) a browser may see what we do not.
ENCODINGS = re.compile(
    r"utf-?8|(?:us-)?ascii|iso-8859-[0-9]{1,2}|windows-125[0-8]|koi8-[ru]", re.IGNORECASE | re.ASCII
)
# An internal subset is refused: that is where entities are declared, which can name each other without end.
DOCUMENT_TYPE = re.compile(r"<!DOCTYPE[ \t\r\n]+svg[^<>\[\]]{0,400}>")
ROOT = re.compile(r"<(?:svg:)?svg[ \t\r\n/>]")


@dataclass(frozen=True)
class Kind:
    """A kind of images: how its type and its files are called, and whether a content begins as it does."""

    type: str
    suffix: str
    begins: Callable[[bytes], bool]


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff")


def _is_webp(content: bytes) -> bool:
    return content.startswith(b"RIFF") and content[8:12] == b"WEBP"


def _is_avif(content: bytes) -> bool:
    size = int.from_bytes(content[:4], "big")
    if content[4:8] != b"ftyp" or not 16 <= size <= 512:
        return False
    brands = [content[place : place + 4] for place in (8, *range(16, size, 4))]
    return any(brand in BRANDS for brand in brands)


def _is_icon(content: bytes) -> bool:
    return content.startswith(b"\x00\x00\x01\x00") and content[4:6] != b"\x00\x00" and len(content) > 22


def _is_svg(content: bytes) -> bool:
    try:
        text = getincrementaldecoder("utf-8")().decode(content[:LONGEST_PROLOGUE]).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return False
    if declared := DECLARATION.match(text):
        if any(not ENCODINGS.fullmatch(name) for name in ENCODING.findall(declared[0])):
            return False
        text = text[declared.end() :]
    has_type = False
    while not ROOT.match(text := text.lstrip(BLANKS)):
        if text.startswith("<!--"):
            before, _, text = text[4:].partition("-->")
            if before.startswith((">", "->")):  # for readers of HTML it has ended here
                return False
        elif not has_type and (found := DOCUMENT_TYPE.match(text)):
            has_type, text = True, text[found.end() :]
        else:
            return False
    return True


PNG = Kind("image/png", "png", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"))
JPEG = Kind("image/jpeg", "jpg", _is_jpeg)
ICON = Kind("image/x-icon", "ico", _is_icon)
KINDS = {
    "image/png": PNG,
    "image/x-png": PNG,
    "image/jpeg": JPEG,
    "image/jpg": JPEG,
    "image/pjpeg": JPEG,
    "image/gif": Kind("image/gif", "gif", lambda content: content[:6] in (b"GIF87a", b"GIF89a")),
    "image/webp": Kind("image/webp", "webp", _is_webp),
    "image/avif": Kind("image/avif", "avif", _is_avif),
    "image/svg+xml": Kind("image/svg+xml", "svg", _is_svg),
    "image/x-icon": ICON,
    "image/vnd.microsoft.icon": ICON,
}


def kind_of(content_type: str) -> Kind | None:
    """Return the kind that a Content-Type names, its parameters aside; None for all that is not shown."""
    return KINDS.get(content_type.partition(";")[0].strip().lower())
