"""Store: counts in the database of the index, in a table that the index owns and shows.

Each batch is one transaction. Where it comes from a file, how far that was read is written in the same one: so each line counts
once, however the process ended. A path that the index does not have counts for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from linehaul.counting import Download

ADD: LiteralString = """
INSERT INTO download_counts AS old (file_id, day, installer, count)
SELECT files.id, new.day, new.installer, new.count
FROM unnest(%s::text[], %s::date[], %s::text[], %s::bigint[]) AS new (path, day, installer, count)
JOIN files ON files.path = new.path
ORDER BY 1, 2, 3
ON CONFLICT (file_id, day, installer) DO UPDATE SET count = old.count + excluded.count
"""
PLACE: LiteralString = "SELECT bytes FROM download_sources WHERE source = %s"
MOVE: LiteralString = """
INSERT INTO download_sources (source, bytes) VALUES (%s, %s)
ON CONFLICT (source) DO UPDATE SET bytes = excluded.bytes WHERE download_sources.bytes = %s
"""
CONNECT_SECONDS = 5
LIMITS: LiteralString = "SET lock_timeout = '5s'; SET statement_timeout = '60s'"  # who is asked to end has to
LOST_SECONDS = 60  # of silence, after which a server is taken for gone


class Moved(Exception):
    """Somebody else has read on in the same file meanwhile."""


@dataclass(frozen=True)
class Progress:
    """How far a source has been read: from where to where, in bytes."""

    source: str
    start: int
    end: int


class Store:
    """The tables, over one connection that is made anew when it has broken; not for several threads at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection: psycopg.Connection | None = None

    def add(self, counts: Mapping[Download, int], progress: Progress | None = None) -> int:
        """Add counts and return how many rows they were; raise psycopg.Error if nothing was added, Moved if the source was read by another."""
        columns = [list(column) for column in zip(*counts, strict=True)] or [[], [], []]
        with self._connected().transaction():
            if progress is not None:
                moved = self._connected().execute(MOVE, (progress.source, progress.end, progress.start))
                if not moved.rowcount:
                    raise Moved(progress.source)
            return self._connected().execute(ADD, [*columns, list(counts.values())]).rowcount

    def place(self, source: str) -> int:
        """Return how many bytes of a source have been read."""
        found = self._connected().execute(PLACE, (source,)).fetchone()
        return found[0] if found else 0

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _connected(self) -> psycopg.Connection:
        if self.connection is None or self.connection.closed:
            self.connection = connected(self.url)
        return self.connection


def connected(url: str) -> psycopg.Connection:
    """Return a connection on which nothing waits for ever."""
    connection = psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        keepalives_idle=LOST_SECONDS,
        tcp_user_timeout=LOST_SECONDS * 1000,
    )
    try:
        connection.execute(LIMITS)
    except BaseException:
        connection.close()
        raise
    return connection
