"""Command: how the small programs of the rooms start, read their options, and fail."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

from buildgraph.errors import FULL, UNWRITABLE, BuildError
from buildgraph.handed import hand
from buildgraph.outlet import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import Any


def run(main: Callable[[list[str]], int | None]) -> None:
    """Run a program's main with its arguments; a BuildError, or a disk that refuses, becomes one sentence and exit code 1."""
    sys.exit(code_of(main, sys.argv[1:]))


def code_of(main: Callable[[list[str]], int | None], words: list[str]) -> int:
    """Return the exit code of a program's main with these words; what it fails of is told."""
    try:
        code = main(words)
    except BuildError as error:
        sys.stdout.flush()  # In a log, what was said before stands before the cause.
        if not hand(str(error)):
            sys.stderr.write(told(error, sys.stderr))
        code = 1
    except OSError as error:
        if error.errno not in (UNWRITABLE if error.filename else FULL):
            raise
        where = f"'{error.filename}': " if error.filename else ""
        print(f"error: {where}{error.strerror}. Free space or make it writable.", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    return code or 0


def add_options(parser: ArgumentParser, options: Iterable[Mapping]) -> None:
    """Let a program's parser read the options that its task has, as `option()` describes them."""
    for each in options:
        if each["type"] is bool:
            reading: dict[str, Any] = {"action": "store_true"}
        else:
            reading = {"type": each["type"], "choices": [name for name, _ in each["choices"]] or None}
        parser.add_argument(f"--{each['long']}", default=each["default"], help=each["help"], **reading)
