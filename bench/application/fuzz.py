"""Measure what hostile uploads cost: mutated wheels and sdists of all installed distributions, sent to a web process with a worker beside it.

Run it with `.venv/bin/python bench/application/fuzz.py [CASES] [SEED]`; it starts a database, makes one of its own and drops it again. No
answer may be a 5xx or take more than two seconds of an idle machine, neither to the uploads nor to others who read pages meanwhile, and the memory of the web
process has to stay where it was. What is wrong is listed, with the seed that brings it again.
"""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))
from machine import machine, write_result
from scratch import ROOT, own_index, run, start_server
from simple_index import cpu

CASES = 5000
STEP = 250  # cases between two looks at the memory
MIB = 1 << 20
WRONG = 50  # are listed


def main(cases: int, seed: int) -> None:
    """Start a database if there is none; then attack and write the result."""
    start_server()
    from tests.e2e.application.production import web, worker

    with own_index() as environment:
        run(environment, "-m", "warehouse", "user", "add", "alice", "alice@example.org")
        token = subprocess.run([sys.executable, "-m", "warehouse", "token", "create", "alice"], env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # fmt: skip
        with web(environment) as served, worker(environment):
            result = attacked(served, token, cases, seed)
            result["jobs that failed"] = failed_jobs(environment["DATABASE_URL"])
    write_result(__file__, {"machine": machine(), "cases": cases, "seed": seed} | result)
    if result["wrong"]:
        sys.exit("something is wrong")


def attacked(served, token: str, cases: int, seed: int) -> dict[str, object]:
    """Send the cases; return what came of them."""
    from hypothesis import given
    from hypothesis import seed as seeded

    from tests.e2e.application.hostile.attack import Asked, attack, others, read_everything
    from tests.e2e.application.hostile.uploads import Upload, generated, uploads
    from tests.warehouse.factories import basic

    sent, pages, memory, numbers = Asked(), Asked(), [], itertools.count()
    began, used = time.monotonic(), cpu(served.process)

    @seeded(seed)
    @generated(cases)
    @given(uploads(numbers))
    def send(upload: Upload) -> None:
        attack(served, basic(token), upload, sent, pages)
        if sent.statuses.total() % STEP == 0:
            memory.append(served.resident_bytes() // MIB)
            print(sent.statuses.total(), memory[-1], dict(sent.statuses), sent.wrong[-1:], flush=True)

    with others(served) as other:
        send()
    seconds, used = time.monotonic() - began, cpu(served.process) - used
    projects = read_everything(served, pages)
    return {
        "seconds": round(seconds, 1),
        "CPU seconds of the web process": round(used, 1),
        "projects": projects,
        "uploads": told(sent),
        "pages of what was taken": told(pages),
        "other pages meanwhile": told(other),
        f"memory of the web process each {STEP} cases, MiB": memory,
        "wrong": (sent.wrong + pages.wrong + other.wrong)[:WRONG],
    }


def told(asked) -> dict[str, object]:
    """Return answers as numbers."""
    statuses: Counter[int] = asked.statuses
    return {"answers": dict(sorted(statuses.items())), "longest, s": round(asked.longest, 2)}


def failed_jobs(url: str) -> list[str]:
    """Wait until the queue is empty; return the jobs that were tried and did not succeed."""
    from sqlalchemy import create_engine, text

    from warehouse.db import PATH_OPTIONS

    engine = create_engine(url, connect_args={"options": PATH_OPTIONS})
    waiting = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND scheduled_at IS NULL"
    )
    failed = text(
        "SELECT task_name || args::text FROM procrastinate_jobs WHERE attempts > 0 OR status = 'failed'"
    )
    with engine.connect() as connection:
        for _ in range(600):
            if not connection.scalar(waiting):
                break
            connection.rollback()
            time.sleep(1)
        found = list(connection.scalars(failed))
    engine.dispose()
    return found


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(words[0] if words else CASES, words[1] if len(words) > 1 else random.randrange(1 << 30))
