"""Command: how the small programs of the rooms start and how they fail."""

import sys
from collections.abc import Callable

from buildgraph.errors import BuildError


def run(main: Callable[[list[str]], int | None]) -> None:
    """Run a program's main with its arguments; a BuildError becomes one sentence and exit code 1."""
    try:
        code = main(sys.argv[1:])
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code or 0)
