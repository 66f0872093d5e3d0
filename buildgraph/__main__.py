"""`python -m buildgraph TASK...`: the engine's command line."""

import sys

from buildgraph.adapter import main
from buildgraph.outlet import end

if __name__ == "__main__":
    end(main(sys.argv[1:]))
