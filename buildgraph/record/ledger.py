"""The ledger: what is remembered between runs, as one file of checksummed lines.

Each line is a CRC-32, a space and a JSON list `[kind, …]`. Lines are only ever appended while a run goes on,
each with one `write`, so that a killed run loses at most the line it was writing. The first line says the
format's version, the size and the CRC-32 of the state that follows it; only a compacted ledger has one, in
the format of `marshal` that all Pythons share, which reads in a third of the time.

    start   task {path: digest}   the task is about to run: its earlier success is dropped; what it writes
                                  in place, and what was there
    own     task {path: digest}   the task is about to put these outputs in place
    done    task trace seconds    the task succeeded; the trace is a text of JSON, read when it is asked for
    seen    {path: entry}         settled stamps with their digests
    forget  task                  the user forgot the task's success
    disown  task [path]           these outputs are no longer there, or no longer ours

A line cut short at the end is the mark of a killed run and is dropped. Anything else that does not read is
damage: the file is set aside, and everything is built again. An unknown version is damage too, since an older
program cannot know what a newer one meant.
"""

from __future__ import annotations

import json
import marshal
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from zlib import crc32

from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError, cannot_write
from buildgraph.layout import LEDGER

VERSION = 4
COMPACT_FACTOR = 3
COMPACT_BYTES = 1 << 16
"""The ledger is written anew when it has grown by this factor, and never below this size."""

Mark = tuple[int, int]
"""How many bytes a ledger had, and the CRC-32 of them all: tells whether a later one begins with the same lines."""

_text = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Damage(Exception):
    """The ledger does not read; the text says why."""


class Ledger:
    """The state of one checkout; only the holder of the checkout's lock writes."""

    def __init__(self, path: str = LEDGER) -> None:
        self.path = path
        self.notices: list[str] = []
        self._clear()

    def _clear(self) -> None:
        self.traces: dict[str, str] = {}
        self.files: dict[str, list] = {}
        self.owned: dict[str, dict[str, list[str]]] = {}
        self.seconds: dict[str, float] = {}
        self.running: dict[str, dict[str, str]] = {}
        self.since: set[str] | None = None
        """The tasks of which the lines after the mark tell; None if the ledger does not begin as it was marked."""
        self._file: int | None = None
        self._size = 0
        self._checksum = 0
        self._compact_size = 0
        self._is_synced = False

    def trace(self, task: str) -> Trace | None:
        """Return what the task's last success depended on and made."""
        raw = self.traces.get(task)
        return None if raw is None else Trace(**json.loads(raw))

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
        self._compact_size = self._compact_size or self._size

    def _read(self, data: bytes, mark: Mark | None) -> int:
        """Apply the state and all lines and return the size of what was whole."""
        end = data.rfind(b"\n") + 1
        whole = data if end == len(data) else data[:end]
        if not whole:
            return 0
        news = self._first_after(whole, mark)
        position = self._read_state(whole)
        for number, line in enumerate(whole[position:].split(b"\n")[:-1], start=2):
            kind, *rest = _read_line(line, number)
            try:
                self._apply(kind, rest)
            except (ValueError, TypeError, IndexError, AttributeError, KeyError):
                raise Damage(f"its line {number} means nothing") from None
            position += len(line) + 1
            if position > news and kind != "seen":
                self.since.add(rest[0])
        return end

    def _read_state(self, whole: bytes) -> int:
        """Read the first line and the state after it, and return where the next line begins."""
        begin = whole.index(b"\n") + 1
        kind, *rest = _read_line(whole[: begin - 1], 1)
        if kind != "ledger" or rest[:1] != [VERSION]:
            raise Damage(f"it has format {rest and rest[0]!r}, this program writes {VERSION}")
        try:
            _, size, checksum = rest
            if not size:
                return begin
            state, newline = whole[begin : begin + size], whole[begin + size : begin + size + 1]
            if newline != b"\n" or crc32(state) != checksum:
                raise Damage("its state is damaged")
            self.traces, self.files, self.owned, self.seconds, self.running = marshal.loads(state)  # noqa: S302 (our own, checksummed)
        except (ValueError, TypeError, EOFError):
            raise Damage("its state means nothing") from None
        return begin + size + 1

    def _first_after(self, whole: bytes, mark: Mark | None) -> float:
        """Return where the lines after the mark begin, infinity if what is before is not what it marks."""
        size = mark[0] if mark else 0
        self._checksum = crc32(memoryview(whole)[:size])
        is_same = mark == (size, self._checksum) and 0 < size <= len(whole)
        self._checksum = crc32(memoryview(whole)[size:], self._checksum)
        if not is_same:
            return float("inf")
        self.since = set()
        return size

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
        else:
            raise Damage(f"it has a line of the unknown kind {kind!r}")

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
                os.fsync(self._file)
            except OSError as error:
                raise cannot_write(self.path, error) from None
            self._is_synced = True

    def own(self, task: str, outputs: Mapping[str, str]) -> None:
        """Write that the task is about to put these outputs in place."""
        if outputs:
            self._append("own", task, dict(outputs))

    def done(self, task: str, trace: Trace | None, seconds: float, owned: Mapping[str, str]) -> None:
        """Write that the task succeeded; without a trace only its outputs and its time are kept."""
        text = None if trace is None else _text(trace.as_json())
        self._append("done", task, text, round(seconds, 4), dict(owned))

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
        line = _line([kind, *rest])
        try:
            if self._file is None:
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            if not self._size:
                self._write(_line(["ledger", VERSION, 0, 0]))
            self._write(line)
        except OSError as error:
            with suppress(BuildError):
                self._cut_off()
            raise cannot_write(self.path, error) from None

    def _write(self, line: bytes) -> None:
        rest = line
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._size += len(line)
        self._checksum = crc32(line, self._checksum)

    def _cut_off(self) -> None:
        """Cut off what a killed run or a full disk has let in of a line: whatever is appended later must begin a line."""
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
            state = marshal.dumps((self.traces, self.files, self.owned, self.seconds, self.running), 2)
            data = _line(["ledger", VERSION, len(state), crc32(state)]) + state + b"\n"
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except (OSError, ValueError):
            return  # The long ledger is still whole; the next run tries again.
        self._size = self._compact_size = len(data)
        self._checksum = crc32(data)


def _line(value: list) -> bytes:
    text = _text(value).encode()
    return b"%08x %s\n" % (crc32(text), text)


def _read_line(line: bytes, number: int) -> list:
    """Return what a line says."""
    try:
        text = line[9:]
        if crc32(text) != int(line[:8], 16):
            raise Damage(f"its line {number} is damaged")
        kind, *rest = json.loads(text.decode())
        return [kind, *rest]
    except (ValueError, TypeError):
        raise Damage(f"its line {number} is damaged") from None
