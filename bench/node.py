"""Measure how node and its packages are laid out: cold, from each source, warm, and with nothing to do.

Cold: no cache of ours, of pip's and of npm's. Warm: `.nodeenv` and `node_modules` are gone, the caches are full. Wall seconds
depend on the network and the disk; CPU seconds are those of all processes that ended.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import machine, write_result

ROOT = Path(__file__).parents[1]
PIN = "requirements/node.json"
RUNS = 3


def main() -> None:
    """Clone, measure, write the result."""
    result: dict[str, object] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="node-bench-") as temporary:
        clone, caches = Path(temporary, "clone"), Path(temporary, "caches")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = os.environ | {"XDG_CACHE_HOME": str(caches), "NPM_CONFIG_CACHE": str(caches / "npm")}
        environment |= {"PIP_CACHE_DIR": str(caches / "pip")}
        environment.pop("UV_CACHE_DIR", None)

        def doit(*words: str) -> dict[str, float]:
            return measure([sys.executable, "dodo.py", *words], clone, environment)

        doit("locks")  # the tools environment is not what is measured
        pin = (clone / PIN).read_text(encoding="utf-8")
        for source in ("npm", "wheel"):
            (clone / PIN).write_text(only(pin, source), encoding="utf-8")
            for state in ("cold", "warm"):
                runs = []
                for _ in range(RUNS):
                    remove(clone / ".nodeenv", *([caches] if state == "cold" else []))
                    runs.append(doit("node:runtime"))
                result[f"node from {source}, {state}"] = runs
        for state in ("cold", "warm"):
            runs = []
            for _ in range(RUNS):
                remove(clone / "node_modules", *([caches / "npm"] if state == "cold" else []))
                runs.append(doit("node:modules"))
            result[f"packages, {state}"] = runs
        doit("node")
        result["nothing to do"] = [doit("node") for _ in range(RUNS)]
        result["repair, nothing to do"] = [doit("node:repair") for _ in range(RUNS)]
    write_result(__file__, result)


def only(pin: str, source: str) -> str:
    """Return the pin without the digests of other sources."""
    found = json.loads(pin)
    for digests in found["platforms"].values():
        digests.update({name: None for name in digests if name != source})
    return json.dumps(found)


def remove(*folders: Path) -> None:
    """Delete what is to be made again."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def measure(command: list[str], folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """Return wall and CPU seconds of a command that has to succeed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_seconds": round(wall, 2), "cpu_seconds": round(cpu, 2)}


if __name__ == "__main__":
    main()
