"""Server: where a PostgreSQL server keeps its things, and the lease by which a command keeps it running."""

import contextlib
import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from buildgraph.errors import BuildError
from buildgraph.locking import FileLock, held, is_held

SERVICES = Path(".buildgraph/services")
USER = "postgres"
START_SECONDS = 60.0  # initdb takes one to six seconds on a busy machine
STOP_SECONDS = 20.0
PROBE_SECONDS = 2.0  # who looks whether a lock is held takes it for a moment


@dataclass(frozen=True)
class Address:
    """Where a running server answers: `host` is a folder of unix sockets or an address; `password` may be empty."""

    host: str
    port: int
    password: str = ""

    def url(self, scheme: str, database: str) -> str:
        """Return the address of a database as SQLAlchemy and libpq read it."""
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        return (
            f"{scheme}://{USER}{secret}@/{quote(database)}?host={quote(self.host, safe='/')}&port={self.port}"
        )

    def variables(self, database: str) -> dict[str, str]:
        """Return the address as libpq's own environment variables, which every client of it reads."""
        given = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": USER, "PGDATABASE": database}
        return {**given, "PGPASSWORD": self.password} if self.password else given


@dataclass(frozen=True)
class Server:
    """The places of one server, below the checkout's state folder."""

    name: str
    binaries: Path

    @property
    def folder(self) -> Path:
        """Return the folder of everything that belongs to this server."""
        return SERVICES / f"postgresql-{self.name}"

    @property
    def data(self) -> Path:
        """Return PGDATA."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Return the server's log."""
        return self.folder / "server.log"

    @property
    def state(self) -> Path:
        """Return the guardian's word: the address when the server answers, or the reason why it does not."""
        return self.folder / "state.json"

    @property
    def guardian_lock(self) -> Path:
        """Return the lock that the guardian holds while it lives."""
        return self.folder / "guardian.lock"

    @property
    def mutex(self) -> Path:
        """Return the lock under which leases are taken and the server is stopped."""
        return self.folder / "mutex"

    @property
    def leases(self) -> Path:
        """Return the folder of the leases."""
        return self.folder / "leases"

    def sockets(self) -> Path:
        """Return a folder for unix sockets: short, because their paths may have 107 bytes (unix(7)), and the user's alone."""
        digest = hashlib.sha256(os.fsencode(os.path.abspath(self.folder))).hexdigest()[:12]
        return Path(tempfile.gettempdir(), f"pg-{os.getuid()}-{digest}")

    def is_leased(self) -> bool:
        """Tell whether some command still needs the server."""
        return any(is_held(path) for path in self.leases.glob("*"))

    def forget_leases(self) -> None:
        """Delete the leases of ended commands; only under the mutex, where nobody is about to lock a new one."""
        for path in self.leases.glob("*"):
            if not is_held(path):
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def lease(server: Server) -> Iterator[Address]:
    """Keep the server running for a block of code; the last one to leave waits until it has stopped."""
    mine = FileLock(server.leases / f"{os.getpid()}-{secrets.token_hex(4)}")
    with _mutex(server):
        if not mine.acquire(PROBE_SECONDS):
            raise _busy(server)
        try:
            address = _running(server) or _start(server)
        except BaseException:
            mine.release()
            mine.path.unlink(missing_ok=True)
            raise
    try:
        yield address
    finally:
        mine.release()
        mine.path.unlink(missing_ok=True)
        _wait_for_stop(server)


def running(server: Server) -> Address:
    """Return the address of the server, started if it does not run; only for who holds a lease."""
    with _mutex(server):
        return _running(server) or _start(server)


def _mutex(server: Server) -> contextlib.AbstractContextManager[None]:
    return held(server.mutex, START_SECONDS + STOP_SECONDS, _busy(server))


def _busy(server: Server) -> BuildError:
    return BuildError(
        f"the server '{server.name}' takes too long to start or stop",
        str(server.folder),
        f"See '{server.log}'.",
    )


def _running(server: Server) -> Address | None:
    """Return the address if a guardian has told it; one that could not start its server is waited for until it ended."""
    deadline = time.monotonic() + PROBE_SECONDS
    while is_held(server.guardian_lock) and time.monotonic() < deadline:
        said = _state(server)
        if "what" not in said:
            return Address(**said) if said else None
        time.sleep(0.02)
    return None


def _state(server: Server) -> dict:
    """Return what the guardian has told, nothing if it has not yet."""
    try:
        return json.loads(server.state.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _start(server: Server) -> Address:
    """Start a guardian and wait for its word."""
    server.folder.mkdir(parents=True, exist_ok=True)
    server.state.unlink(missing_ok=True)
    command = [sys.executable, "-m", f"{__package__}.guardian", server.name, str(server.binaries)]
    with open(server.folder / "guardian.log", "wb") as log:
        # A session of its own: Ctrl-C in the terminal reaches the command, which then gives its lease back.
        guardian = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=os.name != "nt"
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = guardian.poll() is not None
        if said := _state(server):
            if "what" in said:
                raise BuildError(said["what"], said["where"], said["hint"])
            return Address(**said)
        if ended:
            break
        time.sleep(0.02)
    raise BuildError(
        "PostgreSQL did not start", str(server.log), f"See there and in '{server.folder / 'guardian.log'}'."
    )


def _wait_for_stop(server: Server) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while is_held(server.guardian_lock) and not server.is_leased() and time.monotonic() < deadline:
        time.sleep(0.02)
