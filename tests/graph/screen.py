"""A terminal's screen, as far as the engine uses it: lines that wrap, carriage returns, erasing to the end of a line."""

from __future__ import annotations

import re

PIECE = re.compile(r"\x1b\[K|\x1b\[[\d;]*m|\r|\n|[^\x1b\r\n]")


class Screen:
    """What a person sees; `seen` are all states of the line with the cursor."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.lines = [""]
        self.column = 0
        self.seen: list[str] = []

    def show(self, text: str) -> Screen:
        """Take what the terminal was sent."""
        assert "".join(PIECE.findall(text)) == text, "an escape that this screen does not know"
        for piece in PIECE.findall(text):
            if piece == "\r":
                self.column = 0
            elif piece == "\n":
                self.lines.append("")
                self.column = 0
            elif piece == "\x1b[K":
                self.lines[-1] = self.lines[-1][: self.column]
                self.seen.append(self.lines[-1])
            elif piece[0] != "\x1b":
                self._put(piece)
        return self

    def _put(self, letter: str) -> None:
        if self.column == self.columns:
            self.lines.append("")
            self.column = 0
        line = self.lines[-1].ljust(self.column)
        self.lines[-1] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1
