"""Privileges: a server as an ordinary user, though root starts it; PostgreSQL refuses to run otherwise.

On Linux in a user namespace of its own, where root outside is an ordinary user inside: its files still belong to root, and
no folder on the way has to be open to others. Where namespaces are not allowed, the user id of a server that must leave root is really changed and the
server's folder given to it; one that may stays root. On Linux the program also ends when its parent does (prctl(2), PR_SET_PDEATHSIG), by the given signal.
This file runs as a script, alone: `python -I -S privileges.py SIGNAL must|may PROGRAM ARGUMENT…`.
"""

import ctypes
import os
import pwd
import sys

CLONE_NEWUSER = 0x10000000  # sched.h
PR_SET_PDEATHSIG = 1  # prctl.h
PREFERRED = ("postgres", "nobody")


def main(argv: list[str]) -> None:
    """Leave root, bind this process to its parent, and become the program."""
    sent, leaving, *command = argv
    if os.geteuid() == 0 and (leaving == "must" or namespaces_allowed()):
        user = other_user()
        if not enter_namespace(user.pw_uid):
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
    os.execv(command[0], command)


def other_user() -> pwd.struct_passwd:
    """Return a user who is not root and has an entry: initdb looks its name up."""
    users = [user for user in pwd.getpwall() if user.pw_uid]
    users.sort(key=lambda user: (user.pw_name not in PREFERRED, user.pw_uid))
    if not users:
        sys.exit(
            "error: PostgreSQL does not run as root, and this system has no other user. Add one: 'useradd builder'."
        )
    return users[0]


def enter_namespace(user_id: int) -> bool:
    """Become an ordinary user in a namespace of our own; return False where that is not allowed."""
    if sys.platform != "linux" or not namespaces_allowed():
        return False
    ctypes.CDLL(None).unshare(CLONE_NEWUSER)
    for name, text in (("uid_map", f"{user_id} 0 1"), ("setgroups", "deny"), ("gid_map", f"{user_id} 0 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return True


def namespaces_allowed() -> bool:
    """Try it in a child: a namespace cannot be left again when its maps are refused."""
    child = os.fork()
    if child == 0:
        try:
            failed = ctypes.CDLL(None).unshare(CLONE_NEWUSER)
            if not failed:
                with open("/proc/self/uid_map", "w", encoding="ascii") as file:
                    file.write("1 0 1")
        except OSError:
            failed = 1
        os._exit(1 if failed else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


if __name__ == "__main__":
    main(sys.argv[1:])
