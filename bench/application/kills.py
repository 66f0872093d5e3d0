"""Count what kill -9 of the web process and of the worker leaves half, at random moments of uploads, deletions and jobs.

Run it with `.venv/bin/python bench/application/kills.py [ROUNDS] [SEED]`; it starts a database, makes one of its own and drops it again. After
each kill every row has its file with the right content, no release is without files and every page answers. After the last one a day is let
pass: all jobs are done, and the sweep has left no file without its row.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))
from machine import machine, write_result
from scratch import own_index, start_server

ROUNDS = 200


def main(rounds: int, seed: int) -> None:
    """Start a database if there is none; then kill and write the result."""
    start_server()
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.orm import Session

    from tests.e2e.application.killing import survive
    from tests.e2e.application.production import SECRET
    from tests.warehouse.factories import make_person
    from warehouse.tokens.services import create_token

    with own_index() as environment:
        url = make_url(environment["DATABASE_URL"])
        with Session(create_engine(url)) as session:
            _, token = create_token(session, SECRET, make_person(session))
            session.commit()
        began = time.monotonic()
        world = survive(url, environment, token, rounds, random.Random(seed))
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
