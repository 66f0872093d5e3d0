"""Colour: words in colour for a terminal that shows it, unless who sits there has said no (https://no-color.org)."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

STYLES = {"heading": "1", "name": "36", "failed": "1;31", "soft": "2"}
"""What a word is → the numbers of its style (ECMA-48, SGR); only those that any background leaves readable."""
MARKS, MARGIN = "^~", " |│"
"""What marks a place below a line of source, and what may stand before it."""


class Palette:
    """Paints if colour is wanted."""

    def __init__(self, is_wanted: bool) -> None:
        self.is_wanted = is_wanted

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.is_wanted and text else text


def palette(stream: TextIO, environ: Mapping[str, str]) -> Palette:
    """Return the palette for what a stream is written to."""
    return Palette(
        stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") not in ("", "dumb")
    )


def marked(text: str, paint: Palette) -> str:
    """Return a line of what is shown of a source; the marks below one have the colour of a failure."""
    before = text.rstrip(MARKS)
    return text if before.strip(MARGIN) else before + paint("failed", text[len(before) :])
