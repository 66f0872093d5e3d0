"""The warden: a process that outlives a killed run just long enough to end what the run had started.

Run as a script, with the standard library alone, since it starts with every run that has work to do; the signals that ask to
end are blocked in it. It reads
its standard input, on which nothing is ever written: the end of it means that the run has ended. A run that
ends properly kills its warden; if the warden lives to see the end of its input, the run has crashed. It then
ends the processes that it was told of:

    warden.py group          all processes of the group that it leads: the run puts each command there as it starts it
    warden.py process PID    one process, with SIGTERM first
    warden.py members PID    the group that PID leads, with SIGTERM first

Commands join the warden's group before they become what they are, so there is no moment at which a command
could be missed. The warden also holds the checkout's lock, which it has inherited: the next run cannot start
while a command of the dead one still writes.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    import time
    from collections.abc import Callable

GRACE_SECONDS = 10.0
"""How long one process may take to end after SIGTERM."""
REAP_SECONDS = 2.0
"""How long killed processes are waited for; one in an uninterruptible call to a dead disk never ends."""
POLL_SECONDS = 0.005


def main(kind: str, pid: int) -> None:
    """End the processes of a run that has ended."""
    if kind == "group":
        end_own_group()
    else:
        end_gently(os.kill if kind == "process" else os.killpg, pid)


def end_own_group() -> None:
    """Kill the group that we lead, ourselves included, and wait in a child outside of it until it has gone."""
    group = os.getpgrp()
    if os.fork():
        signal.pause()
    os.setpgid(0, 0)
    os.killpg(group, signal.SIGKILL)
    deadline = time.monotonic() + REAP_SECONDS
    while is_alive(group) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def is_alive(group: int) -> bool:
    """True if a process of the group can still do something; one that waits to be reaped cannot."""
    if not os.path.isdir("/proc/self"):
        try:
            os.killpg(group, 0)
        except OSError:
            return False
        return True
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/" + name + "/stat", "rb") as file:
                    state, _, member_of = file.read().rpartition(b")")[2].split()[:3]
            except OSError:
                continue
            if int(member_of) == group and state not in (b"Z", b"X"):
                return True
    return False


def end_gently(send: "Callable[[int, int], None]", pid: int) -> None:
    """Send SIGTERM, and SIGKILL after the grace period."""
    try:
        send(pid, signal.SIGTERM)
    except OSError:
        return
    if not wait(send, pid, GRACE_SECONDS):
        try:
            send(pid, signal.SIGKILL)
        except OSError:
            return


def wait(send: "Callable[[int, int], None]", pid: int, seconds: float) -> bool:
    """Return True as soon as there is nothing left to send a signal to."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            send(pid, 0)
        except OSError:
            return True
        time.sleep(POLL_SECONDS)
    return False


if __name__ == "__main__":
    while os.read(0, 64):
        pass
    import signal  # Nearly every warden is killed before it needs more.
    import time

    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
