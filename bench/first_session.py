"""Measure the README's commands in a fresh clone under an empty home: cold, warm, and with nothing to do.

Wall seconds, CPU seconds of all processes that ended, and the peak of resident memory summed over all processes of the
session (proc(5), sampled ten times a second).
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from machine import machine, write_result

ROOT = Path(__file__).parents[1]
NO_OPS = ("assets", "locks", "docs", "env", "node", "lint", "reformat")
KEPT = (
    "PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
)
PAGE = resource.getpagesize()


def main() -> None:
    """Clone, measure, write the result."""
    result: dict[str, object] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="first-session-") as temporary:
        home, clone = Path(temporary, "home"), Path(temporary, "clone")
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = {
            name: os.environ[name] for name in os.environ if name in KEPT or name.startswith("PIP_")
        }
        environment["HOME"] = str(home)

        def run(*words: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [sys.executable, "dodo.py", *words],
                cwd=clone,
                env=environment,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

        result["serve, cold"] = measure(lambda: serve(run))
        result["serve, warm"] = [measure(lambda: serve(run)) for _ in range(3)]
        result["tests, first run"] = measure(lambda: end(run("test", "tests/warehouse")))
        for task in NO_OPS:
            end(run(task))
            result[f"{task}, nothing to do"] = [measure(lambda task=task: end(run(task))) for _ in range(3)]
    write_result(__file__, result)


def serve(run: Callable[..., subprocess.Popen[bytes]]) -> float:
    """Serve until the first 200 and return the seconds that took; then end it as Ctrl-C does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.monotonic()
    process = run("serve", f"--port={port}")
    while not answers(port):
        if process.poll() is not None:
            sys.exit("serve ended before it answered")
        time.sleep(0.01)
    seconds = time.monotonic() - started
    os.killpg(process.pid, signal.SIGINT)
    process.wait()
    return seconds


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a command that has to succeed."""
    if process.wait():
        sys.exit(f"{process.args} ended with {process.returncode}")


def answers(port: int) -> bool:
    """Tell whether the home page is answered with 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as response:
            return response.status == 200
    except OSError:
        return False


def measure(action: Callable[[], float | None]) -> dict[str, float]:
    """Return wall seconds (those the action names, if it names any), CPU seconds and peak memory in MiB."""
    done, peaks = threading.Event(), [0]
    sampler = threading.Thread(target=sample, args=(done, peaks))
    sampler.start()
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    named = action()
    wall = time.monotonic() - started if named is None else named
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    done.set()
    sampler.join()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_seconds": round(wall, 2), "cpu_seconds": round(cpu, 2), "peak_mib": peaks[0] // 2**20}


def sample(done: threading.Event, peaks: list[int]) -> None:
    """Keep the largest sum of resident memory of all descendants; shared pages count in each."""
    while not done.wait(0.1):
        parents, memory = {}, {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
            memory[int(folder.name)] = int(fields[21]) * PAGE
        family = {os.getpid()}
        while new := {child for child, parent in parents.items() if parent in family} - family:
            family |= new
        peaks[0] = max(peaks[0], sum(memory.get(each, 0) for each in family - {os.getpid()}))


if __name__ == "__main__":
    main()
