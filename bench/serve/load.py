"""Load: requests at a rate over reloads: how many fail, how long one waits, how long old code answers after a save.

python bench/serve/load.py [RELOADS] [PER_SECOND]
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.machine import machine, write_result
from tests.buildgraph.serve.harness import Served, project
from tests.buildgraph.serve.test_faults_requests import Load


def main(reloads: int, per_second: int) -> None:
    """Ask all the time, reload, and write what became of the requests."""
    with tempfile.TemporaryDirectory() as temporary:
        served = Served(project(Path(temporary) / "project"))
        try:
            served.wait_for("one!")
            time.sleep(2)
            saves, recovered = [], []
            with Load(served, per_second) as load:
                for number in range(reloads):
                    if number % 4 == 3:  # a mend after a fault
                        served.write("app/words.py", "WORD = (\n")
                        served.wait_for("SyntaxError", status=500)
                        time.sleep(0.5)
                    saves.append((time.monotonic(), f"n{number}!"))
                    served.write("app/words.py", f"WORD = 'n{number}'\n")
                    served.wait_for(f"n{number}!")
                    recovered.append(time.monotonic() - saves[-1][0])
                    time.sleep(1)
            stop = served.stop(signal.SIGTERM)
        finally:
            served.close()
    stale = [0.0]
    for place, (saved, text) in enumerate(saves):
        until = saves[place + 1][0] if place + 1 < len(saves) else float("inf")
        stale += [
            begun - saved for begun, _, status, found in load.answers if saved < begun < until and status == 200 and found != text and "Error" not in found
        ]  # fmt: skip
    recovered.sort()
    write_result(__file__, {
        "machine": machine(), "reloads": reloads, "requests_per_second": per_second,
        "requests": len(load.answers) + len(load.failed), "failed": len(load.failed),
        "longest_wait_seconds": round(max(end - begun for begun, end, _, _ in load.answers), 3),
        "old_code_after_save_seconds": round(max(stale), 3),
        "save_to_answer_median_seconds": round(recovered[len(recovered) // 2], 3),
        "save_to_answer_p95_seconds": round(recovered[int(len(recovered) * 0.95)], 3), "stop_seconds": round(stop, 3),
    })  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 50)
