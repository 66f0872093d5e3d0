"""Soak: many reloads in a row; what is counted is what could leak: processes, descriptors, memory.

python bench/serve/soak.py [RELOADS]
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.machine import machine, write_result
from tests.buildgraph.serve.harness import Served, project

EVERY = 100


def counts(served: Served) -> dict[str, int]:
    """Return the processes, and the descriptors and memory of the supervisor."""
    pid = served.process.pid
    status = Path(f"/proc/{pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return {
        "processes": len(served.processes()),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": len(os.listdir(f"/proc/{pid}/task")),
        "resident_kib": int(resident.split()[1]),
    }


def main(reloads: int) -> None:
    """Reload that often and write the counts."""
    with tempfile.TemporaryDirectory() as temporary:
        served = Served(project(Path(temporary) / "project"))
        try:
            served.wait_for("one!")
            samples, slowest, began = [], 0.0, time.monotonic()
            for number in range(1, reloads + 1):
                saved = time.monotonic()
                text = "x = (\n" if number % 10 == 0 else f"WORD = 'n{number}'\n"
                served.write("app/words.py", text)
                if number % 10 == 0:
                    served.wait_for("SyntaxError", status=500)
                else:
                    served.wait_for(f"n{number}!")
                    slowest = max(slowest, time.monotonic() - saved)
                if number % EVERY in (0, 50):
                    time.sleep(1)
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
