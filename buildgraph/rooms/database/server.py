"""Server: where a PostgreSQL server keeps its things, and the lease by which a command keeps it running."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from buildgraph.leasing.lease import lease as leased
from buildgraph.leasing.places import SERVICES, Places

USER = "postgres"


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
class Server(Places):
    """The places of one server, below the checkout's state folder."""

    title = "PostgreSQL"

    name: str
    binaries: Path

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
    return [f"{__package__}.guardian", server.name, str(server.binaries)]


@contextlib.contextmanager
def lease(server: Server) -> Iterator[Address]:
    """Keep the server running for a block of code; the last one to leave waits until it has stopped."""
    with leased(server, guardian(server)) as told:
        yield Address(**told)
