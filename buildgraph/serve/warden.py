"""Warden: ends what the supervisor has started when the supervisor itself was killed.

Run as a program with nothing but the standard library. Its input is a pipe from the supervisor, which names process groups on it, `+12` when one
begins and `-12` when it has ended. The pipe closes however the supervisor ends; the groups that are left are killed then. A worker has a signal for that
of its own (prctl(2)), but not the processes that the application started, and not every system has that signal.
"""

import os
import signal
import sys


def main() -> None:
    """Follow the supervisor to its end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    groups = set()
    for line in sys.stdin:
        number = int(line[1:])
        (groups.add if line[0] == "+" else groups.discard)(number)
    for number in groups:
        try:
            os.killpg(number, signal.SIGKILL)
        except OSError:
            continue


if __name__ == "__main__":
    main()
