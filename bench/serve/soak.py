"""Soak: many reloads in a row, of modules that copies are parked before; what is counted is what could leak: processes, descriptors, memory.

python bench/serve/soak.py [RELOADS]
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.machine import machine, write_result
from tests.buildgraph.serve.harness import Served, project

EVERY = 50
PARTS = 8
PART = "import time\nuntil = time.process_time() + 0.006\nwhile time.process_time() < until: pass\nVALUE = 'n{number}'\n"


def layered(folder: Path) -> Path:
    """Write a project of modules that cost something, whose values are its page."""
    for number in range(PARTS):
        (folder / f"app/part{number}.py").write_text(PART.format(number=0))
    lines = [f"from app import part{number}" for number in range(PARTS)]
    values = " + ".join(f"part{number}.VALUE" for number in range(PARTS))
    (folder / "app/views.py").write_text("\n".join(lines) + f"\nSUFFIX = '!' + {values} + '!'\n")
    return folder


def counts(served: Served) -> dict[str, int]:
    """Return the processes, and the descriptors and memory of the supervisor."""
    pid, found = served.process.pid, served.status()
    status = Path(f"/proc/{pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return {
        "processes": len(served.processes()),
        "copies": sum(each["kind"] == "copy" for each in found["processes"]),
        "copies_mb": round(found["copies_bytes"] / 1e6),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": len(os.listdir(f"/proc/{pid}/task")),
        "resident_kib": int(resident.split()[1]),
    }


def main(reloads: int) -> None:
    """Reload that often and write the counts."""
    with tempfile.TemporaryDirectory() as temporary:
        served = Served(layered(project(Path(temporary) / "project")))
        try:
            served.wait_for("one!")
            chance = random.Random(1)
            place, samples, slowest, began = 0, [], 0.0, time.monotonic()
            for number in range(1, reloads + 1):
                saved = time.monotonic()
                if number % 10 > 1:  # else it is broken, and mended
                    place = chance.randrange(PARTS)
                served.write(f"app/part{place}.py", PART.format(number=number) if number % 10 else "x = (\n")
                if number % 10 == 0:
                    served.wait_for("SyntaxError", status=500)
                else:
                    served.wait_for(f"n{number}{'n' if place < PARTS - 1 else '!'}")
                    slowest = max(slowest, time.monotonic() - saved)
                if number % 3 == 0:
                    served.wait_until_parked()
                if number % EVERY == EVERY - 5:
                    time.sleep(2)
                    samples.append({"reload": number, **counts(served)})
                    print(samples[-1], flush=True)
            result = {"machine": machine(), "reloads": reloads, "seconds": round(time.monotonic() - began, 1)}
            result |= {"slowest_seconds": round(slowest, 3), "samples": samples}
            result["stop_seconds"] = round(served.stop(signal.SIGTERM), 3)
        finally:
            served.close()
    write_result(__file__, result)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
