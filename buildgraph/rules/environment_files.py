"""Environment files: what a `.env` says, for `dodo.py` to use: `SETTINGS = dotenv("config/dev.env")`.

The dialect is what docker compose and python-dotenv agree on; where they do not, the line is refused or read as compose reads it:

- `NAME=value`, with or without `export` before it; blank lines, and lines that begin with `#`. Of two lines of one name the last one counts.
- Without quotes a value ends where ` #` begins a comment, and blanks around it are dropped.
- In single quotes every letter stands for itself (python-dotenv replaces `${NAME}` there, too), and `\\'`, a quote to some of their releases, is refused. In double quotes `\\n`, `\\r`, `\\t`, `\\"`, `\\\\` and `\\$` are what they usually are.
  Both may go on over several lines.
- Without quotes a backslash is text, but for `\\${NAME}`, which is the text `${NAME}`.
- `${NAME}`, `${NAME:-other}` and `${NAME-other}` are what a line above says, never a variable of the person who runs the build. Anything else that
  begins with `${` is refused, a reference within another one among it. `$NAME` is text, as python-dotenv has it.
- Nothing is run: `$(date)` and backquotes are text.
- A name without `=`, which compose takes from its caller, is refused.

The values are a dictionary of texts. A file that `dodo.py` reads is part of what defines the graph: an edit is noticed, and a run with nothing to do costs what it costs without it.
"""

from __future__ import annotations

import os
import re

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

LINE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=", re.ASCII)
BLANKS = re.compile(r"[ \t]*")
PLAIN = re.compile(r"[^\n]*?(?=[ \t]+#|[ \t]*(?:\n|\Z))")
SINGLE = re.compile(r"'([^']*)(?<!\\)'")
DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
"""What may follow a value in its line."""
PIECE = re.compile(
    r"\\(?P<letter>[nrt\"\\$])|\$\{(?P<name>[A-Za-z_]\w*)(?:(?P<mark>:?-)(?P<other>[^{}]*))?\}|\$\{", re.ASCII
)
LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


def dotenv(path: str | os.PathLike, optional: bool = False) -> dict[str, str]:
    """Return name → value of an environment file; raise BuildError for a line that is not one, and for a missing file that is not `optional`."""
    name = os.fspath(path)
    try:
        text = read_people_text(name)
    except FileNotFoundError:
        if optional:
            return {}
        hint = "Create it, or say in dodo.py that there may be none: dotenv('…', optional=True)."
        raise BuildError(f"there is no '{name}'", "", hint) from None
    except OSError as error:
        raise BuildError(
            f"cannot read '{name}': {error.strerror}", "", "Name a file that you can read."
        ) from None
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        if blank := REST.match(text, place):
            place = blank.end()
            continue
        where = f"{name}, line {text.count(chr(10), 0, place) + 1}"
        place = _read_line(text, place, found, where)
    return found


def _read_line(text: str, place: int, found: dict[str, str], where: str) -> int:
    """Read what begins at a place into `found`, and return where the next line begins."""
    place = BLANKS.match(text, place).end()  # type: ignore[union-attr] # it fits everything
    begun = LINE.match(text, place)
    if begun is None:
        said = text[place:].partition("\n")[0].partition("=")[0].strip()
        raise BuildError(f"'{said}' is not NAME=value", where, "Write NAME=value, a comment (#), or nothing.")
    start = BLANKS.match(text, begun.end()).end()  # type: ignore[union-attr] # it fits everything
    single, double = SINGLE.match(text, start), DOUBLE.match(text, start)
    value = single or double or PLAIN.match(text, begun.end())
    after = REST.match(text, value.end()) if value else None
    if value is None or after is None or (text[start : start + 1] in ("'", '"') and not (single or double)):
        hint = "End it with the quote that it begins with; after that only a comment may follow."
        raise BuildError(f"the value of '{begun[1]}' is not within one pair of quotes", where, hint)
    found[begun[1]] = (
        single[1] if single else _meant(double[1] if double else value[0].strip(), found, where, bool(double))
    )
    return after.end()


def _meant(text: str, known: dict[str, str], where: str, is_quoted: bool) -> str:
    """Return a value with what stands for something else replaced; letters after a backslash only within quotes."""

    def meant(piece: re.Match[str]) -> str:
        letter, name = piece["letter"], piece["name"]
        if letter:
            is_dollar = letter == "$" and text.startswith("{", piece.end())
            return LETTERS.get(letter, letter) if is_quoted or is_dollar else piece[0]
        if not name:
            what = "'${' begins what is not ${NAME}, ${NAME:-other} or ${NAME-other}"
            raise BuildError(what, where, "Write one of these, or put the value into single quotes.")
        if name in known and (known[name] or piece["mark"] != ":-"):
            return known[name]
        if piece["mark"]:
            return piece["other"]
        hint = f"Set '{name}' above, write '${{{name}:-…}}', or put the value into single quotes. No variable of your own is read."
        raise BuildError(f"'{piece[0]}' names what no line above sets", where, hint)

    return PIECE.sub(meant, text)
