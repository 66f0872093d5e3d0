"""`python -m buildgraph TASK...`: the engine's command line."""

import signal
import sys

if __name__ == "__main__":
    try:
        if hasattr(signal, "pthread_sigmask"):  # `bootstrap.py` has kept a Ctrl-C back.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        if sys.argv[1:2] == ["init"] and sys.version_info < (3, 11):
            sys.exit("error: this Python is too old. Run it with Python 3.11 or newer.")
        if sys.argv[1:2] == ["init"]:
            from buildgraph.init import starting

            if starting.is_wanted(sys.argv[1:]):
                sys.exit(starting.main(sys.argv[1:]))
        from buildgraph.adapter import main
        from buildgraph.outlet import end

        code = main(sys.argv[1:])
        assert code is not None  # Only a process that names another Python is told so.
    except KeyboardInterrupt:  # Also while modules are loaded.
        sys.exit(130)
    end(code)
