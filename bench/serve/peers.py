"""Peers: how each reloading server is started over the same application, with its defaults; ours beside them."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
WAITRESS = "waitress-serve --listen=127.0.0.1:{port} shop.main:application"
COMMANDS = {
    "ours": "python -m buildgraph.serve --app=shop.main:application --bind=127.0.0.1:{port}",
    "ours --cold": "python -m buildgraph.serve --app=shop.main:application --bind=127.0.0.1:{port} --cold",
    "gunicorn": "gunicorn --reload --threads=4 --bind=127.0.0.1:{port} shop.main:application",
    "uvicorn": "uvicorn --reload --interface=wsgi --port={port} --log-level=warning shop.main:application",
    "hupper": "hupper -m waitress --listen=127.0.0.1:{port} shop.main:application",
    "watchfiles": f"watchfiles --filter=python '{WAITRESS}' shop",
    "granian": "granian --interface=wsgi --reload --reload-ignore-worker-failure --port={port} shop.main:application",
}


def start(name: str, folder: Path, python: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server in the folder of the application, with the programs beside a Python."""
    import shlex

    words = shlex.split(COMMANDS[name].format(port=port))
    words[0] = str(python.with_name(words[0]))
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "PATH": path}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    log = folder.with_name(f"{folder.name}.log").open("wb")  # beside what is watched
    return subprocess.Popen(words, cwd=folder, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)  # fmt: skip


def stop(process: subprocess.Popen[bytes], left: set[int]) -> None:
    """End a server, and whatever it left."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
