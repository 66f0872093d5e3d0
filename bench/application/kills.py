"""Count what kill -9 of the web process and of the worker leaves half, at random moments of uploads, deletions and jobs.

Run it with `.venv/bin/python bench/application/kills.py [ROUNDS] [SEED]`; it starts a database, makes one of its own and drops it again. After
each kill every row has its file with the right content, no release is without files and every page answers. After the last one a day is let
pass: all jobs are done, and the sweep has left no file without its row.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))
from machine import machine, write_result
from simple_index import ROOT, own_database, run

ROUNDS = 200


def main(rounds: int, seed: int) -> None:
    """Start a database if there is none; then kill and write the result."""
    from buildgraph.rooms import database

    if "DATABASE_URL" not in os.environ:
        command = [str(ROOT / ".venv/bin/python"), __file__, str(rounds), str(seed)]
        arguments = database.Database("warehouse").for_tests(command)
        sys.exit(subprocess.run([sys.executable, *arguments[1:]], cwd=ROOT, check=False).returncode)
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.orm import Session

    from tests.e2e.application.killing import survive
    from tests.e2e.application.production import SECRET, production
    from tests.warehouse.factories import make_person
    from warehouse.tokens.services import create_token

    with own_database() as url, tempfile.TemporaryDirectory(prefix="kills-") as files:
        environment = production(make_url(url), Path(files))
        run(environment, "-m", "alembic", "upgrade", "head")
        with Session(create_engine(url)) as session:
            _, token = create_token(session, SECRET, make_person(session))
            session.commit()
        began = time.monotonic()
        world = survive(make_url(url), environment, token, rounds, random.Random(seed))
    result = {
        "kills": dict(sorted(world.kills.items())),
        "seconds": round(time.monotonic() - began, 1),
        "answers, 0 is none": dict(sorted(world.answers.items())),
        "files looked at": len(world.hashed),
        "left before the sweep": world.left,
        "wrong": world.wrong,
    }
    write_result(__file__, {"machine": machine(), "seed": seed} | result)
    if world.wrong:
        sys.exit("something is wrong")


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(words[0] if words else ROUNDS, words[1] if len(words) > 1 else random.randrange(1 << 30))
