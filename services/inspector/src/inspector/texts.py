"""Texts of strangers, in which everything is seen: what is invisible, turns the direction or controls a terminal is written out.

A text is a list: first what is shown as it is, then what is written out, and so on in turn.
"""

import re

INVISIBLE = (  # Default_Ignorable_Code_Point of Unicode, controls, separators of lines, private use, and what is not a character
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
IN_LINES = re.compile(f"[\0-\x08\x0a-\x1f{INVISIBLE}]+")  # a tabulator is what it seems
IN_NAMES = re.compile(f"[\0-\x1f{INVISIBLE}]+|^ +| +$")
LONGEST_NAME = 300  # characters that are shown


def shown_line(text: str) -> list[str]:
    """Return a line of a text."""
    return _written_out(IN_LINES, text)


def shown_name(text: str) -> list[str]:
    """Return a name; of a very long one the beginning and the end."""
    if len(text) > LONGEST_NAME:
        head, tail = LONGEST_NAME // 2, LONGEST_NAME // 4
        left = f"… {len(text) - head - tail:,} more characters …"
        first, last = shown_name(text[:head]), shown_name(text[-tail:])
        return [*first, left, *last] if len(first) % 2 else [*first, "", left, *last]
    return _written_out(IN_NAMES, text)


def _written_out(odd: re.Pattern[str], text: str) -> list[str]:
    parts, end = [], 0
    for found in odd.finditer(text):
        parts += [text[end : found.start()], "".join(map(_spelled, found[0]))]
        end = found.end()
    return [*parts, text[end:]]


def _spelled(character: str) -> str:
    number = ord(character)
    if character == " ":
        return "␠"
    if 0xDC80 <= number <= 0xDCFF:  # a byte that is not UTF-8, as `surrogateescape` keeps it
        number -= 0xDC00
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
