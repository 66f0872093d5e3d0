"""Real packages that once could not be locked, or were locked and could not be installed, by the real registry.

    python bench/locks/real.py          (two minutes; psycopg2 is built, which needs a compiler and PostgreSQL's headers)

Of a package that has a source archive only, the way out that the refusal names is taken: its wheel is built once,
served, and named by address and digest; then it is locked, checked, installed and imported.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.machine import machine, write_result  # noqa: E402 (after the path is known)
from buildgraph.rooms.environment import Environment  # noqa: E402
from buildgraph.rooms.locks import Locks  # noqa: E402
from buildgraph.rules.word import to_word  # noqa: E402

PYTHON = ".".join(map(str, sys.version_info[:2]))
ARCHIVES = ("docopt", "psycopg2")
"""Packages that have no wheel for Linux."""

REFUSED = {
    "django>=6": ["3.11", "3.12", "3.13"],
    "audioop-lts": ["3.11", "3.13"],
}
ACCEPTED = {
    'audioop-lts; python_version >= "3.13"': ["3.11", "3.12", "3.13"],
    "SpeechRecognition": ["3.11", "3.13"],
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve a folder and say nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def lock(folder: pathlib.Path, text: str, pythons: list[str], verb: str = "compile") -> str:
    """Lock a group of these lines; return what was refused, "" if nothing was."""
    (folder / "requirements").mkdir(exist_ok=True)
    (folder / "requirements/main.in").write_text(f"{text}\n")
    locks = Locks(("main",), tuple(pythons))
    return run(folder, "-m", "buildgraph.rooms.locks", verb, to_word(locks))


def run(folder: pathlib.Path, *words: str) -> str:
    """Run this Python; return its errors, "" if it ended well."""
    command, environ = [sys.executable, *words], {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def way_out(folder: pathlib.Path, name: str) -> dict[str, str]:
    """Lock a package that has no wheel, take the way out, and import it from the environment."""
    refused = lock(folder, name, [PYTHON])
    wheels = folder / "wheels"
    built = run(folder, "-m", "pip", "wheel", "--quiet", "--no-deps", f"--wheel-dir={wheels}", name)
    if built:
        return {"refused": refused, "wheel": built}
    (wheel,) = wheels.iterdir()
    handler = functools.partial(Quiet, directory=os.fspath(wheels))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/{wheel.name}"
    line = f"{name} @ {address}#sha256={hashlib.sha256(wheel.read_bytes()).hexdigest()}"
    found = {"refused": refused, "wheel": wheel.name, "lock": lock(folder, line, [PYTHON])}
    found["check"] = lock(folder, line, [PYTHON], "check")
    found["environment"] = run(folder, *Environment(("requirements/main.txt",)).sync[1:])
    asks = [str(folder / ".venv/bin/python"), "-c", f"import {name}; print({name}.__version__)"]
    found["imported"] = subprocess.run(asks, capture_output=True, text=True, check=False).stdout.strip()
    server.shutdown()
    return found


def main() -> None:
    """Try all, and write what was said."""
    found: dict[str, object] = {"machine": machine(), "python": PYTHON}
    for name in ARCHIVES:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = way_out(pathlib.Path(folder), name)
    for line, pythons in {**REFUSED, **ACCEPTED}.items():
        with tempfile.TemporaryDirectory() as folder:
            found[f"{line} for {', '.join(pythons)}"] = lock(pathlib.Path(folder), line, pythons) or "locked"
    write_result(__file__, found)


if __name__ == "__main__":
    main()
