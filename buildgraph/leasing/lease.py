"""Lease: by it a command keeps a server running."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from buildgraph.errors import BuildError
from buildgraph.locking import FileLock, held, is_held

from .folder import ServerFolder

START_SECONDS = 60.0  # initdb takes one to six seconds on a busy machine
STOP_SECONDS = 20.0
PROBE_SECONDS = 2.0  # who looks whether a lock is held takes it for a moment


@contextlib.contextmanager
def lease(server: ServerFolder, guardian: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Keep the server running for a block of code, and give what its guardian says; the last one to leave waits until it has stopped.

    `guardian` are the words of a module that guards it, and what it is told.
    """
    mine = FileLock(server.leases / f"{os.getpid()}-{secrets.token_hex(4)}")
    with _mutex(server):
        if not mine.acquire(PROBE_SECONDS):
            raise _busy(server)
        try:
            told = _running(server) or _start(server, guardian)
        except BaseException:
            mine.release()
            mine.path.unlink(missing_ok=True)
            raise
    try:
        yield told
    finally:
        mine.release()
        mine.path.unlink(missing_ok=True)
        _wait_for_stop(server)


def running(server: ServerFolder, guardian: Sequence[str]) -> dict[str, Any]:
    """Return what the guardian says of the server, started if it does not run; only for who holds a lease."""
    with _mutex(server):
        return _running(server) or _start(server, guardian)


def _mutex(server: ServerFolder) -> contextlib.AbstractContextManager[None]:
    return held(server.mutex, START_SECONDS + STOP_SECONDS, _busy(server))


def _busy(server: ServerFolder) -> BuildError:
    return BuildError(
        f"the server '{server.folder.name}' takes too long to start or stop",
        str(server.folder),
        f"See '{server.log}'.",
    )


def _running(server: ServerFolder) -> dict[str, Any]:
    """Return what a guardian has told, nothing if none runs; one that could not start its server is waited for until it ended."""
    deadline = time.monotonic() + PROBE_SECONDS
    while is_held(server.guardian_lock) and time.monotonic() < deadline:
        said = _state(server)
        if "what" not in said:
            return said
        time.sleep(0.02)
    return {}


def _state(server: ServerFolder) -> dict[str, Any]:
    """Return what the guardian has told, nothing if it has not yet."""
    try:
        said: dict[str, Any] = json.loads(server.state.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return said


def _start(server: ServerFolder, words: Sequence[str]) -> dict[str, Any]:
    """Start a guardian and wait for its word."""
    server.folder.mkdir(parents=True, exist_ok=True)
    server.state.unlink(missing_ok=True)
    command = [sys.executable, "-m", *words]
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
            return said
        if ended:
            break
        time.sleep(0.02)
    raise BuildError(
        f"{server.title} did not start",
        str(server.log),
        f"See there and in '{server.folder / 'guardian.log'}'.",
    )


def _wait_for_stop(server: ServerFolder) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while is_held(server.guardian_lock) and not server.is_leased() and time.monotonic() < deadline:
        time.sleep(0.02)
