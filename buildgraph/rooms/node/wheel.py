"""Wheel: node's wheel, fetched by pip, which refuses bytes that the hashed lock does not know."""

import os
import sys
import tempfile
from pathlib import Path

from buildgraph import personal
from buildgraph.errors import BuildError
from buildgraph.installers import OTHER_BYTES, reason, run

from .download import Unanswered

DOWNLOAD = (
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--no-deps",
    "--require-hashes",
    "--only-binary=:all:",
)


def fetch(lock: str, target: Path) -> None:
    """Put the wheel for this platform at a path; raise Unanswered if pip cannot, BuildError if its bytes are others."""
    with tempfile.TemporaryDirectory(dir=target.parent, suffix=".part") as folder:
        command = [sys.executable, "-m", "pip", "download", *DOWNLOAD, "--dest", folder, "-r", lock]
        done = run(command, personal.environment())
        why = reason(done.stdout) if done.returncode else ""
        if why == OTHER_BYTES:
            raise BuildError(
                f"the wheel of '{lock}' has a digest that is not in the lock; nothing of it was unpacked or run",
                "",
                "Find out who changed it before you go on.",
            )
        if why:
            raise Unanswered(why.removeprefix("ERROR: "))
        os.replace(next(Path(folder).glob("*.whl")), target)
