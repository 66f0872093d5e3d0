"""Latency: from a save to the first answer of the new code, in wall time and processor time, for ours and for others, in turns on the same machine.

    python bench/serve/latency.py PYTHON [MODULES…] [SERVER…]

PYTHON is that of an environment with gunicorn, uvicorn, hupper, watchfiles, granian, waitress, pyramid, pyramid_jinja2, pygments and sqlalchemy.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.machine import machine
from bench.serve import heavy, peers
from tests.buildgraph.serve.harness import descendants, free_port

ROUNDS = 12  # of each kind of edit
SETTLE_SECONDS = 2.0  # between edits: pollers need it, and what is warmed in the background
ANSWER_SECONDS = 40.0
TICKS = os.sysconf("SC_CLK_TCK")


def ask(port: int, seconds: float = 10.0) -> str:
    """Return the first page, "" if there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == 200 else ""
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process tree, of those included that have ended and were waited for."""
    total = 0
    for each in descendants(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def edit(folder: Path, port: int, pid: int, number: int, value: int) -> tuple[float, float, float]:
    """Save a module and return the wall time until it is served, and the processor time of all: until then, and afterwards."""
    before, began = cpu_seconds(pid), time.monotonic()
    heavy.edit(folder, number, value)
    while time.monotonic() - began < ANSWER_SECONDS:
        values = ask(port).split("|")
        if len(values) > number and values[number] == str(value):
            took, spent = time.monotonic() - began, cpu_seconds(pid)
            time.sleep(SETTLE_SECONDS)
            return took, spent - before, cpu_seconds(pid) - spent
        time.sleep(0.004)
    return float("inf"), 0.0, 0.0


def measure(name: str, python: Path, modules: int) -> dict[str, object]:
    """Return what edits of a late and of any module cost with a server."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        heavy.write(folder, modules)
        port = free_port()
        process = peers.start(name, folder, python, port)
        try:
            deadline = time.monotonic() + ANSWER_SECONDS
            while not ask(port):
                assert time.monotonic() < deadline, folder.with_name(f"{folder.name}.log").read_text()
                time.sleep(0.05)
            time.sleep(2 * SETTLE_SECONDS)
            value = 0
            found: dict[str, list] = {"late": [], "any": []}
            for turn in range(ROUNDS + 2):
                for kind, times in found.items():
                    value += 1
                    number = modules - 1 if kind == "late" else chance.randrange(modules)
                    took = edit(folder, port, process.pid, number, value)
                    if turn > 1:  # the first ones teach those that learn
                        times.append(took)
        finally:
            peers.stop(process, descendants(process.pid))
    return {kind: summary(times) for kind, times in found.items()}


def summary(times: list[tuple[float, float, float]]) -> dict[str, object]:
    wall, cpu, later = zip(*times, strict=True)
    return {
        "median_seconds": round(statistics.median(wall), 3),
        "worst_seconds": round(max(wall), 3),
        "cpu_seconds": round(statistics.median(cpu), 3),
        "cpu_seconds_after_the_answer": round(statistics.median(later), 3),
    }


def main(python: Path, words: list[str]) -> None:
    """Measure in turns and write the result, beside what is there of other numbers of modules."""
    kept = Path(__file__).with_suffix(".json")
    result = json.loads(kept.read_text()) if kept.exists() else {}
    counts = [int(word) for word in words if word.isdigit()] or [40]
    names = [word for word in words if not word.isdigit()] or list(peers.COMMANDS)
    result |= {"machine": machine(), "rounds": ROUNDS}
    for modules in counts:
        found = result.setdefault(f"{modules} modules", {})
        for name in names:
            found[name] = {**measure(name, python, modules), "load": round(os.getloadavg()[0], 1)}
            print(name, found[name], flush=True)
            kept.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
