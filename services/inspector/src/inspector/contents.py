"""What is seen of a content: lines if it is a text, and bytes if not."""

import codecs
from typing import Any

from inspector.texts import shown_line

VIEW_BYTES = 512 * 1024
LINES = 10_000
ODD_PLACES = 10_000  # that are written out; each is an element of a page
DUMP_BYTES = 4096
ROW_BYTES = 16
ODD_SHARE = 0.1  # of the characters; what has more that is not of a text, is not one
FEEDS = frozenset("\t\n\r\f\x1b")  # controls that texts have


def view(head: bytes, is_cut: bool) -> dict[str, Any]:
    """Return the `lines` or the `dump` of a content by its head, and whether that is all of it."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head, final=not is_cut)
    if not _is_text(text):
        return {"dump": [_row(head, place) for place in range(0, min(len(head), DUMP_BYTES), ROW_BYTES)],
                "is_cut": is_cut or len(head) > DUMP_BYTES}  # fmt: skip
    lines = text.split("\n", LINES)
    is_cut = is_cut or len(lines) > LINES
    if not lines[-1] and not is_cut:
        lines.pop()  # behind the last end of a line
    shown, left = [], ODD_PLACES
    for line in lines[:LINES]:
        parts = shown_line(line.removesuffix("\r"))
        shown.append(parts[: 2 * left + 1])
        left -= len(parts) // 2
        if left < 0:
            is_cut = True
            break
    return {"lines": shown, "is_odd": any(len(line) > 1 for line in shown), "is_cut": is_cut}


def _is_text(text: str) -> bool:
    odd = sum(
        (character < " " and character not in FEEDS) or "\udc80" <= character <= "\udcff"
        for character in text
    )
    return "\0" not in text and odd <= len(text) * ODD_SHARE


def _row(content: bytes, place: int) -> list[str]:
    row = content[place : min(place + ROW_BYTES, DUMP_BYTES)]
    seen = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
    return [f"{place:08x}", row.hex(" "), seen]
