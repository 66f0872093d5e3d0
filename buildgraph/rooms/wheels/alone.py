"""Alone: run a command that reaches no network, as `python -I alone.py COMMAND…`.

On Linux in a network namespace of its own, which has no way out. Where the system has or allows none, the command runs all
the same, and says so: its inputs have been verified, and an installer without an index fetches nothing by itself.
"""

import ctypes
import os
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # sched.h
OPEN = "the network could not be shut off for a build, since this system has or allows no namespaces"


def cut_off() -> bool:
    """Leave the network; return False where that is not possible. The user stays the same."""
    if sys.platform != "linux":
        return False
    user, group, libc = os.getuid(), os.getgid(), ctypes.CDLL(None)
    if not libc.unshare(CLONE_NEWNET):
        return True
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        return False
    for name, text in (
        ("uid_map", f"{user} {user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return True


if __name__ == "__main__":
    if not cut_off():
        print(OPEN, file=sys.stderr, flush=True)
    os.execv(sys.argv[1], sys.argv[1:])
