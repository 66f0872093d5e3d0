"""Compose: the same database from compose.yaml, for those who have a container engine."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator

from buildgraph.errors import BuildError

from .server import Address

SERVICE = "postgresql"
PORT = 5432
ANSWER_SECONDS = 10
READY_SECONDS = 120
PASSWORD = "development"  # noqa: S105 - as in compose.yaml: the port is published on the loopback address only


@contextlib.contextmanager
def running() -> Iterator[Address]:
    """Have the engine run the service for a block of code; stop it afterwards, unless it ran before."""
    _require_engine()
    ran_before = bool(_compose("ps", "--status=running", "--quiet", SERVICE).strip())
    _compose("up", "--detach", "--wait", f"--wait-timeout={READY_SECONDS}", SERVICE)
    try:
        published = _compose("port", SERVICE, str(PORT)).strip()
        host, _, port = published.rpartition(":")
        yield Address(host, int(port), PASSWORD)
    finally:
        if not ran_before:
            _compose("stop", SERVICE)


def _require_engine() -> None:
    program = shutil.which("docker")
    if program is None:
        raise BuildError(
            "'--services=compose' needs docker, which is not on PATH",
            "compose.yaml",
            "Leave the option out: PostgreSQL is embedded by default.",
        )
    try:
        done = subprocess.run([program, "info"], capture_output=True, timeout=ANSWER_SECONDS, check=False)
        answers = done.returncode == 0
    except subprocess.TimeoutExpired:
        answers = False
    if not answers:
        raise BuildError(
            "no container engine answers 'docker info'",
            "compose.yaml",
            "Start the engine, or leave '--services=compose' out: PostgreSQL is embedded by default.",
        )


def _compose(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", "compose", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(
            f"docker compose {arguments[0]} failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}",
            "compose.yaml",
            "",
        )
    return done.stdout
