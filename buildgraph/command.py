"""Command: how the small programs of the rooms start and how they fail."""

import sys
from collections.abc import Callable

from buildgraph.errors import FULL, UNWRITABLE, BuildError


def run(main: Callable[[list[str]], int | None]) -> None:
    """Run a program's main with its arguments; a BuildError, or a disk that refuses, becomes one sentence and exit code 1."""
    try:
        code = main(sys.argv[1:])
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 1
    except OSError as error:
        if error.errno not in (UNWRITABLE if error.filename else FULL):
            raise
        where = f"'{error.filename}': " if error.filename else ""
        print(f"error: {where}{error.strerror}. Free space or make it writable.", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code or 0)
