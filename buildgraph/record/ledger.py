"""The ledger: what is remembered between runs, as one file of checksummed records.

The file begins with a line that says its format. Each record after it is a head of 16 bytes (the record's size, its
CRC-32, and the CRC-32 of these two, little-endian) and a list `[kind, …]` in the format of `marshal` that all Pythons
share (2). Records are only ever appended while a run goes on, each with one `write`, so that a killed run loses at most
the one it was writing. A compacted ledger says so in its first line and begins with the state of all.

    state   traces files owned seconds running    all that the records before it had come to
    start   task {path: digest}   the task is about to run: its earlier success is dropped; what it writes
                                  in place, and what was there
    own     task {path: digest}   the task is about to put these outputs in place
    done    task trace seconds    the task succeeded; the trace is marshalled, and read when it is asked for
    seen    {path: entry}         settled stamps with their digests
    forget  task                  the user forgot the task's success
    disown  task [path]           these outputs are no longer there, or no longer ours

A record cut short at the end is the mark of a killed run and is dropped. Anything else that does not read is
damage: the file is set aside, and everything is built again. An unknown version is damage too, since an older
program cannot know what a newer one meant.
"""

from __future__ import annotations

import marshal
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from zlib import crc32

from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError, cannot_write
from buildgraph.layout import LEDGER
from buildgraph.record.table import FORMAT, Table

VERSION = 5
FIRST = b"ledger %d\n" % VERSION
COMPACTED = b"ledger %d, compacted\n" % VERSION
HEAD_BYTES = 16
COMPACT_FACTOR = 1.5
COMPACT_BYTES = 1 << 16
"""The ledger is written anew when it is this factor longer than its state was, and never below this size."""

Mark = tuple[int, int]
"""How many bytes a ledger had, and the CRC-32 of its records' heads: tells whether a later one begins with the same records."""


class Damage(Exception):
    """The ledger does not read; the text says why."""


class Ledger:
    """The state of one checkout; only the holder of the checkout's lock writes."""

    def __init__(self, path: str = LEDGER) -> None:
        self.path = path
        self.notices: list[str] = []
        self._clear()

    def _clear(self) -> None:
        self.traces: dict[str, bytes] = {}
        self.files = Table()
        self.owned: dict[str, dict[str, list[str]]] = {}
        self.seconds: dict[str, float] = {}
        self.running: dict[str, dict[str, str]] = {}
        self.since: set[str] | None = None
        """The tasks of which the records after the mark tell; None if the ledger does not begin with the marked part."""
        self._file: int | None = None
        self._size = 0
        self._checksum = 0
        self._compact_size = 0
        self._is_synced = False

    def trace(self, task: str) -> Trace | None:
        """Return what the task's last success depended on and made."""
        raw = self.traces.get(task)
        return None if raw is None else Trace(**marshal.loads(raw))  # noqa: S302 (our own, checksummed)

    # Reading

    @property
    def mark(self) -> Mark:
        """Where the ledger ends now."""
        return (self._size, self._checksum)

    def load(self, is_writer: bool = False, mark: Mark | None = None) -> None:
        """Read the whole file; a writer sets a damaged one aside and cuts a torn line off."""
        self.close()
        self._clear()
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise BuildError(
                f"cannot read '{self.path}': {error.strerror}", "", "It must be a file that you may read."
            ) from None
        try:
            self._size = self._read(data, mark)
        except Damage as damage:
            self._clear()
            self._set_aside(str(damage), is_writer)
        else:
            if is_writer and self._size < len(data):
                self._cut_off()

    def _read(self, data: bytes, mark: Mark | None) -> int:
        """Apply all records and return the size of what was whole."""
        first = data[: data.find(b"\n") + 1]
        if first not in (FIRST, COMPACTED):
            if not first and (FIRST.startswith(data) or COMPACTED.startswith(data)):
                return 0
            raise Damage(f"it begins with {data[:20]!r}, this program writes {FIRST.decode().strip()!r}")
        view, position, number = memoryview(data), len(first), 0
        self._size = position
        while position + HEAD_BYTES <= len(data):
            number += 1
            head = data[position : position + HEAD_BYTES]
            end = position + HEAD_BYTES + int.from_bytes(head[:8], "little")
            if crc32(head[:12]) != int.from_bytes(head[12:], "little"):
                raise Damage(f"its record {number} is damaged")
            if end > len(data):
                break
            payload = view[position + HEAD_BYTES : end]
            if crc32(payload) != int.from_bytes(head[8:12], "little"):
                raise Damage(f"its record {number} is damaged")
            if mark == self.mark:
                self.since = set()
            self._enter(payload, number)
            position = self._size = end
            self._checksum = crc32(head, self._checksum)
            if number == 1 and first == COMPACTED:
                self._compact_size = end
        if mark == self.mark:
            self.since = set()
        if first == COMPACTED and not self._compact_size:
            raise Damage("its state is cut short")
        return position

    def _enter(self, payload: memoryview, number: int) -> None:
        """Apply one record."""
        try:
            kind, *rest = marshal.loads(payload)  # noqa: S302 (our own, checksummed)
            self._apply(kind, rest)
        except (ValueError, TypeError, IndexError, AttributeError, KeyError, EOFError):
            raise Damage(f"its record {number} makes no sense") from None
        if self.since is not None and kind != "seen":
            self.since.add(rest[0])

    def _apply(self, kind: str, rest: list) -> None:
        if kind == "start":
            self.traces.pop(rest[0], None)
            # What was there before the first of several killed attempts is what was not ours.
            self.running[rest[0]] = {**rest[1], **self.running.get(rest[0], {})}
        elif kind == "own":
            owned = self.owned.setdefault(rest[0], {})
            for path, digest in rest[1].items():
                digests = owned.setdefault(path, [])
                if digest not in digests:
                    digests.append(digest)
        elif kind == "done":
            task, trace, seconds, owned = rest
            self.running.pop(task, None)
            self.seconds[task] = seconds
            if trace is not None:
                self.traces[task] = trace
            self.owned.pop(task, None)
            if owned:
                self.owned[task] = {path: [digest] for path, digest in owned.items()}
        elif kind == "seen":
            self.files.update(rest[0])
        elif kind == "forget":
            self.traces.pop(rest[0], None)
            self.running.pop(rest[0], None)
        elif kind == "disown":
            owned = self.owned.get(rest[0], {})
            for path in rest[1]:
                owned.pop(path, None)
            if not owned:
                self.owned.pop(rest[0], None)
        elif kind == "state":
            self.traces, files, self.owned, self.seconds, self.running = rest
            self.files = Table(files)
        else:
            raise Damage(f"it has a record of the unknown kind {kind!r}")

    def _set_aside(self, why: str, is_writer: bool) -> None:
        if not is_writer:
            self.notices.append(f"'{self.path}' cannot be used: {why}. The next run sets it aside.")
            return
        aside = f"{self.path}.damaged-{time.time_ns()}"
        try:
            os.replace(self.path, aside)
        except OSError as error:
            raise cannot_write(aside, error) from None
        self.notices.append(
            f"'{self.path}' could not be used: {why}. It was set aside as '{aside}'; everything is built again."
        )

    # Writing

    def start(self, task: str, in_place: Mapping[str, str]) -> None:
        """Write that the task is about to run; the first start of a run is on disk before this returns."""
        self._append("start", task, dict(in_place))
        if not self._is_synced:
            try:
                os.fsync(self._opened())
            except OSError as error:
                raise cannot_write(self.path, error) from None
            self._is_synced = True

    def own(self, task: str, outputs: Mapping[str, str]) -> None:
        """Write that the task is about to put these outputs in place."""
        if outputs:
            self._append("own", task, dict(outputs))

    def done(self, task: str, trace: Trace | None, seconds: float, owned: Mapping[str, str]) -> None:
        """Write that the task succeeded; without a trace only its outputs and its time are kept."""
        raw = None if trace is None else marshal.dumps(trace.as_dict(), FORMAT)
        self._append("done", task, raw, round(seconds, 4), dict(owned))

    def saw(self, entries: Mapping[str, list]) -> None:
        """Write settled stamps with their digests."""
        if entries:
            self._append("seen", dict(entries))

    def forget(self, task: str) -> None:
        """Write that the task's success counts no more."""
        self._append("forget", task)

    def disown(self, task: str, paths: list[str]) -> None:
        """Write that these outputs of the task are gone or no longer ours."""
        self._append("disown", task, paths)

    def _append(self, kind: str, *rest: object) -> None:
        self._apply(kind, list(rest))
        record = _record([kind, *rest])
        try:
            file = self._opened()
            if not self._size:
                self._write(file, FIRST)
            self._write(file, record)
            self._checksum = crc32(record[:HEAD_BYTES], self._checksum)
        except OSError as error:
            with suppress(BuildError):
                self._cut_off()
            raise cannot_write(self.path, error) from None

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        return self._file

    def _write(self, file: int, data: bytes) -> None:
        rest = data
        while rest:
            rest = rest[os.write(file, rest) :]
        self._size += len(data)

    def _cut_off(self) -> None:
        """Cut off what a killed run or a full disk has let in of a record: whatever is appended later must begin one."""
        try:
            os.truncate(self.path, self._size)
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def close(self) -> None:
        """Put what was written on disk; write the file anew if most of it is history."""
        if self._file is None:
            return
        file, self._file, self._is_synced = self._file, None, False
        try:
            os.close(file)
        except OSError as error:  # A network's file system may tell only now.
            raise cannot_write(self.path, error) from None
        if self._size > max(COMPACT_BYTES, COMPACT_FACTOR * self._compact_size):
            self.compact()

    def compact(self) -> None:
        """Write the whole state at once, to a temporary file that replaces the ledger."""
        temporary = f"{self.path}.new"
        try:
            state = [self.traces, self.files.packed(), self.owned, self.seconds, self.running]
            record = _record(["state", *state])
            with open(temporary, "wb") as file:
                file.write(COMPACTED)
                file.write(record)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except (OSError, ValueError):
            return  # The long ledger is still whole; the next run tries again.
        self._size = self._compact_size = len(COMPACTED) + len(record)
        self._checksum = crc32(record[:HEAD_BYTES])


def _record(value: list) -> bytes:
    """Return the record, head first."""
    payload = marshal.dumps(value, FORMAT)
    head = len(payload).to_bytes(8, "little") + crc32(payload).to_bytes(4, "little")
    return head + crc32(head).to_bytes(4, "little") + payload
