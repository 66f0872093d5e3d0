"""`python -m buildgraph TASK...`: the engine's command line."""

import sys

if __name__ == "__main__":
    try:
        from buildgraph.adapter import main
        from buildgraph.outlet import end

        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # Also while modules are loaded.
        sys.exit(130)
    end(code)
