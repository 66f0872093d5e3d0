"""The engine: the only package that knows doit.

doit loads `dodo.py`, models tasks, parses the command line and prints help. What decides, runs, records and
tells is ours, plugged in where doit documents it: the commands of a `DoitMain`, a loader, and a dependency
manager that each command sets itself.
"""

from __future__ import annotations

import gc
import os
import sys


def main(argv: list[str]) -> int:
    """Run the command line in the checkout's root and return the exit code: 0, 1 for a mistake or a failed task, 130, 141.

    Whoever starts this has looked at the certificate already.
    """
    from buildgraph.act.bytecode import watch_imports

    watch_imports()
    from buildgraph.adapter import answers
    from buildgraph.adapter.front import Main
    from buildgraph.errors import BuildError
    from buildgraph.outlet import UNREAD

    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (closed by whoever started us, `>&-`)
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    gc.disable()  # A run allocates much and frees little: collecting costs a fifth of a large no-op.
    try:
        code = Main(argv).run(list(argv))
    except BuildError as error:
        return answers.tell(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return UNREAD
    return code if code in (0, 1, 130, UNREAD) else 1
