"""Owner: root is refused in somebody else's checkout, before anything is written.

What root makes there, its owner could neither change nor delete, and every later command of the owner would fail. Root in a checkout of its own (as in
many containers) is an ordinary user; so is root where `CI` is set, as services for CI do that mount a folder into a container and delete both afterwards.
Standard library only, and nothing that an old Python does not know.
"""

import os
import sys


def refuse_root(root):
    """End this process with one sentence if it is root's and the checkout is not."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or os.environ.get("CI"):
        return
    found = os.stat(root)
    if found.st_uid == 0:
        return
    sys.dont_write_bytecode = True
    _forget_bytecode(root)
    sys.stderr.write(f"error: {sentence(root, found.st_uid, found.st_gid, sys.argv[1:])}\n")
    sys.exit(1)


def sentence(root, user, group, words):
    """Say whose the checkout is, and the command that runs as its owner."""
    import pwd  # noqa: TID251 (there is no root on Windows)
    import shlex
    import shutil

    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = f"#{user}"  # as sudo has it
    become = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    if shutil.which("sudo"):
        become = ["sudo", "-u", name]
    script = os.path.relpath(os.path.join(root, "dodo.py"))
    command = " ".join(shlex.quote(word) for word in [*become, "python3", script, *words])
    return (
        f"this checkout belongs to '{name}', and you are root: what root makes in it, '{name}' could not change. "
        f"Run it as '{name}': {command}"
    )


def _forget_bytecode(root):
    """Delete what this process has written by importing modules of the checkout."""
    inside = os.path.realpath(root) + os.sep
    written = [getattr(module, "__cached__", None) for module in list(sys.modules.values())]
    for path in [os.path.realpath(each) for each in written if each]:
        if path.startswith(inside):
            _delete(path, os.unlink)
            _delete(os.path.dirname(path), os.rmdir)


def _delete(path, delete):
    try:
        if os.lstat(path).st_uid == 0:
            delete(path)
    except OSError:
        pass
