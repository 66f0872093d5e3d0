"""Warden: ends what the supervisor has started when the supervisor itself was killed.

Run as a program with nothing but the standard library. Its input is a pipe from the supervisor, which names process groups on it, `+12` when one
begins and `-12` when it has ended. The pipe closes however the supervisor ends; the groups that are left are killed then, and what has left them, which is known by
a variable of its environment (the argument, where proc(5) shows it). A worker has a signal for that
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
    groups: set[int] = set()
    for line in sys.stdin:
        number = int(line[1:])
        (groups.add if line[0] == "+" else groups.discard)(number)
    for number in groups:
        try:
            os.killpg(number, signal.SIGKILL)
        except OSError:
            continue
    for pid in marked(sys.argv[1].encode()):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue


def marked(mark: bytes) -> list[int]:
    """Return the processes whose environment has a variable that begins like this."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        try:
            with open(f"/proc/{int(name)}/environ", "rb") as file:
                if any(each.startswith(mark) for each in file.read().split(b"\0")):
                    found.append(int(name))
        except (OSError, ValueError):
            continue
    return found


if __name__ == "__main__":
    main()
