"""Server: where a PostgreSQL server keeps its things, and the lease by which a command keeps it running."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote

from buildgraph.errors import BuildError
from buildgraph.leasing.folder import SERVICES, ServerFolder
from buildgraph.leasing.lease import lease as leased

USER = "postgres"


@dataclass(frozen=True)
class Address:
    """Where a running server answers: `host` is a folder of unix sockets or an address; `password` may be empty."""

    host: str
    port: int
    password: str = ""
    user: str = USER
    more: str = ""  # what else the query of an address says, such as `sslmode=require`

    @property
    def is_tcp(self) -> bool:
        """Tell whether it is a port of a machine, and not a folder of sockets."""
        return not self.host.startswith("/")

    def url(self, scheme: str, database: str) -> str:
        """Return the address of a database as SQLAlchemy and libpq read it."""
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        name, login = quote(database, safe=""), f"{quote(self.user, safe='')}{secret}"
        if self.is_tcp:
            host = f"[{self.host}]" if ":" in self.host else self.host
            return f"{scheme}://{login}@{host}:{self.port}/{name}{self.more and '?'}{self.more}"
        rest = f"{self.more and '&'}{self.more}"
        return f"{scheme}://{login}@/{name}?host={quote(self.host, safe='/')}&port={self.port}{rest}"

    def variables(self, database: str) -> dict[str, str]:
        """Return the address as libpq's own environment variables, which every client of it reads."""
        given = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGDATABASE": database}
        for name in ("sslmode", "sslrootcert"):
            given |= {f"PG{name.upper()}": value for value in parse_qs(self.more).get(name, ())}
        return {**given, "PGPASSWORD": self.password} if self.password else given


@dataclass(frozen=True)
class Server(ServerFolder):
    """The folder of one server, below the checkout's state folder."""

    title = "PostgreSQL"

    name: str
    binaries: Path
    tcp: bool = False

    @property
    def folder(self) -> Path:
        """Return the folder of everything that belongs to this server."""
        return SERVICES / f"postgresql-{self.name}"

    def sockets(self) -> Path:
        """Return a folder for unix sockets: short, because their paths may have 107 bytes (unix(7)), and the user's alone."""
        digest = hashlib.sha256(os.fsencode(os.path.abspath(self.folder))).hexdigest()[:12]
        return Path(tempfile.gettempdir(), f"pg-{os.getuid()}-{digest}")


def guardian(server: Server) -> list[str]:
    """Return the words that start the guardian of a server."""
    return [f"{__package__}.guardian", server.name, str(server.binaries), *(["tcp"] if server.tcp else [])]


@contextlib.contextmanager
def lease(server: Server) -> Iterator[Address]:
    """Keep the server running for a block of code; the last one to leave waits until it has stopped."""
    with leased(server, guardian(server)) as told:
        address = Address(**told)
        if server.tcp and not address.is_tcp:
            hint = "End the commands that use it, and run this one again."
            raise BuildError(
                "PostgreSQL runs as it was defined before: without a port", str(server.folder), hint
            )
        yield address
