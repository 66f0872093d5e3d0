"""`python -m buildgraph TASK...`: the engine's command line."""

import signal
import sys

if __name__ == "__main__":
    try:
        if hasattr(signal, "pthread_sigmask"):  # `bootstrap.py` has kept a Ctrl-C back.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        from buildgraph.adapter import main
        from buildgraph.outlet import end

        code = main(sys.argv[1:])
        assert code is not None  # Only a process that names another Python is told so.
    except KeyboardInterrupt:  # Also while modules are loaded.
        sys.exit(130)
    end(code)
