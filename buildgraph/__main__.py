"""`python -m buildgraph TASK...`: the engine's command line."""

import atexit
import os
import sys

from buildgraph.adapter import main
from buildgraph.outlet import UNREAD


def end(code: int) -> None:
    """End this process without taking its objects apart one by one, which costs a large graph a fifth of its no-op."""
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or UNREAD
    except (OSError, ValueError):  # The disk that holds our output is full.
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    end(main(sys.argv[1:]))
