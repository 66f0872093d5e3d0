"""Compose: the same database from compose.yaml, for those who have a container engine."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator

from buildgraph.errors import BuildError

from . import Compose
from .server import Address

ANSWER_SECONDS = 10
READY_SECONDS = 120


@contextlib.contextmanager
def running(compose: Compose) -> Iterator[Address]:
    """Have the engine run the service for a block of code; stop it afterwards, unless it ran before."""
    _require_engine()
    ran_before = bool(_compose("ps", "--status=running", "--quiet", compose.service).strip())
    _compose("up", "--detach", "--wait", f"--wait-timeout={READY_SECONDS}", compose.service)
    try:
        published = _compose("port", compose.service, str(compose.port)).strip()
        host, _, port = published.rpartition(":")
        yield Address(host, int(port), compose.password, compose.user)
    finally:
        if not ran_before:
            _compose("stop", compose.service)


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
