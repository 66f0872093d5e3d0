"""Launch: what the environment's `doit` does before it goes on as `dodo.py`, with nothing but the standard library.

If the command line has nothing to do, its certificate says so; if the stored graph still holds, it is run here. Only what
needs doit needs the tools environment, and so another process.
"""

import sys

from buildgraph.owner import refuse_root
from buildgraph.proof.certificate import end_if_it_holds


def launch(root):
    """Change to the checkout's root, and end this process if the command line needs no doit."""
    refuse_root(root)
    argv = sys.argv[1:]
    end_if_it_holds(root, argv)
    from buildgraph.adapter import main
    from buildgraph.bootstrap import BootstrapError, tools_python

    try:
        python = tools_python(root)
    except BootstrapError:  # It is told by who makes that environment.
        return
    code = main(argv, python)
    if code is not None:
        from buildgraph.outlet import end

        end(code)
