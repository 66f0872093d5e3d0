"""Port: a free one; why one cannot be had, and who has it."""

import errno
import os
import socket
import time
from pathlib import Path

from buildgraph.errors import BuildError

from .address import LARGEST_PORT, read

SHOWN_CHARACTERS = 80
AGAIN_SECONDS, AGAIN_POLL_SECONDS = 0.4, 0.02
BACKLOG = 1024  # requests that may wait while the application starts


ELSEWHERE = "Take an address of this machine: '--host=127.0.0.1'."
# Why an address cannot be listened at (bind(2), getaddrinfo(3)), and what to do; what is not here is told in the system's words.
REASONS = {
    errno.EADDRNOTAVAIL: ("'{host}' is not an address of this machine", ELSEWHERE),
    errno.EAFNOSUPPORT: ("this machine has no addresses of the kind of '{host}'", ELSEWHERE),
    errno.EACCES: ("you may not use port {port}", "Take one from 1024 on: '--port=8000'."),
    errno.EPERM: ("you may not use port {port}", "Take one from 1024 on: '--port=8000'."),
}
SUPERVISOR = "buildgraph.serve"
"""The module that serves: its processes hold one port together, and it is the one to end."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there and does not block; raise BuildError that says why nothing can; if something listens there, it is named.

    Who was killed and started again finds the port taken for the moment that the rest of it needs to end.
    """
    deadline = time.monotonic() + AGAIN_SECONDS
    while True:
        try:
            return _listening(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise _cannot_listen(host, port, error) from None
            time.sleep(AGAIN_POLL_SECONDS)
        except UnicodeError as error:
            raise _cannot_listen(host, port, error) from None


def free_port(host: str) -> int:
    """Return a port that nobody has at this moment; another program may take it before it is used."""
    with socket.socket() as free:
        free.bind((host, 0))
        port: int = free.getsockname()[1]
    return port


def refuse_taken(text: str) -> None:
    """Raise BuildError if nothing can listen at `HOST:PORT` now."""
    address = read(text)
    listen(address.host, address.port).close()


def _listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _cannot_listen(host: str, port: int, error: Exception) -> BuildError:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        reason = getattr(error, "strerror", None) or "it is not a name of the network"
        return BuildError(f"the host '{host}' cannot be looked up: {reason}", "", ELSEWHERE)
    number = getattr(error, "errno", None) or 0
    if number == errno.EADDRINUSE:
        who = _listener(port) or "another process"
        other = port + 1 if port < LARGEST_PORT else port - 1
        return BuildError(
            f"port {port} is in use by {who}", "", f"End it, or take another port: '--port={other}'."
        )
    what, hint = REASONS.get(
        number, (f"cannot listen at '{{host}}', port {{port}}: {getattr(error, 'strerror', error)}", "")
    )
    return BuildError(what.format(host=host, port=port), "", hint)


def _listener(port: int) -> str:
    """Return the name and id of the process that listens on a port, "" where that cannot be known."""
    holding = listeners(port)
    if not holding:
        return ""
    process = next((each for each in holding if SUPERVISOR in _words(each)), holding[0])
    return f"process {process.name} ({_command(process)})"


def listeners(port: int) -> list[Path]:
    """Return the folders of the processes that listen on a port (proc(5), Linux), none where that cannot be known."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:  # 0A: listening
                sockets.add(f"socket:[{fields[9]}]")
    return [each for each in Path("/proc").glob("[0-9]*") if _holds(each, sockets)] if sockets else []


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        handles = list((process / "fd").iterdir())
    except OSError:
        return False
    return any(_target(handle) in sockets for handle in handles)


def _target(handle: Path) -> str:
    """Return what a descriptor leads to, "" if it was closed meanwhile, as that of the listing itself."""
    try:
        return os.readlink(handle)
    except OSError:
        return ""


def _words(process: Path) -> list[str]:
    """Return the command line of a process, nothing of one that has ended."""
    try:
        return (process / "cmdline").read_bytes().decode("utf-8", "replace").strip("\0").split("\0")
    except OSError:
        return []


def _command(process: Path) -> str:
    words = _words(process)
    if not words:
        return "which has just ended"
    if SUPERVISOR in words:
        return f"'doit serve' in '{_target(process / 'cwd')}'"
    said = " ".join([Path(words[0]).name, *words[1:]])
    return " ".join(said.split())[:SHOWN_CHARACTERS]  # a program may be among the words
