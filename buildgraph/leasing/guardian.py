"""Guardian: the parent of one server; says where it answers, and stops it when no command needs it any more."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text
from buildgraph.locking import FileLock

from .folder import ServerFolder
from .lease import PROBE_SECONDS

POLL_SECONDS = 0.1

Process = subprocess.Popen[bytes]


def guard(
    server: ServerFolder,
    start: Callable[[], tuple[Process, Mapping[str, object]]],
    stop: Callable[[Process], None],
) -> None:
    """Start the server, and guard it until nobody needs it; `start` returns it with what is told to those who lease it."""
    for sent in (signal.SIGINT, signal.SIGHUP) if os.name != "nt" else ():
        signal.signal(sent, signal.SIG_IGN)
    life = FileLock(server.guardian_lock)
    if not life.acquire(PROBE_SECONDS):
        return
    try:
        process, told = start()
    except BuildError as error:
        write_text(server.state, json.dumps({"what": error.what, "where": error.where, "hint": error.hint}))
        return
    write_text(server.state, json.dumps(dict(told)))
    server.state.chmod(0o600)
    signal.signal(signal.SIGTERM, lambda *_: stop(process))
    while process.poll() is None:
        time.sleep(POLL_SECONDS)
        if not server.is_leased() and _stop_if_unneeded(server, process, stop):
            break
    server.state.unlink(missing_ok=True)
    # The lock is freed by the end of this process, and no sooner: who waits for the lock waits until nothing is left.


def _stop_if_unneeded(server: ServerFolder, process: Process, stop: Callable[[Process], None]) -> bool:
    """Stop the server unless a lease was taken meanwhile; the mutex keeps new ones out."""
    mutex = FileLock(server.mutex)
    if not mutex.try_acquire():
        return False
    try:
        server.forget_leases()
        if server.is_leased():
            return False
        server.state.unlink(missing_ok=True)
        stop(process)
        return True
    finally:
        mutex.release()


def prefix(sent: int, *, must_leave_root: bool) -> list[str]:
    """Return the start of a command line that leaves root and ends with its parent, by the signal `sent`."""
    if os.name == "nt":
        return []
    script = str(Path(__file__).with_name("privileges.py"))
    return [sys.executable, "-I", "-S", script, str(int(sent)), "must" if must_leave_root else "may"]


def give_away(folder: Path) -> None:
    """Where root cannot enter a user namespace, the other user must own what a server writes that must leave root."""
    if os.name == "nt" or os.geteuid() != 0:
        return
    from . import privileges

    if not privileges.namespaces_allowed():
        user = privileges.other_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
