"""Port: who has it, when it cannot be had."""

import os
import socket
from pathlib import Path

from buildgraph.errors import BuildError

SHOWN_CHARACTERS = 80


def require_free(host: str, port: int) -> None:
    """Raise BuildError that names the process if something listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if isinstance(error, PermissionError):
                raise BuildError(
                    f"you may not use port {port}", "", "Take one from 1024 on: '--port=8000'."
                ) from None
            who = _listener(port) or "another process"
            raise BuildError(
                f"port {port} is in use by {who}", "", f"End it, or take another port: '--port={port + 1}'."
            ) from None


def _listener(port: int) -> str:
    """Return the name and id of the process that listens on a port, "" where that cannot be known (proc(5), Linux)."""
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
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        if _holds(process, sockets):
            program, *words = (
                (process / "cmdline").read_bytes().decode("utf-8", "replace").strip("\0").split("\0")
            )
            return f"process {process.name} ({' '.join([Path(program).name, *words])[:SHOWN_CHARACTERS]})"
    return ""


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(os.readlink(handle) in sockets for handle in (process / "fd").iterdir())
    except OSError:
        return False
