"""`python -m buildgraph TASK...`: the engine's command line."""

import sys

from buildgraph.engine import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
