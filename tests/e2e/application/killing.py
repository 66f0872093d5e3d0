"""Kills: web process and worker die at any moment of uploads, deletions and jobs, and nothing is half.

Clients upload and delete all the time. A round kills one of the two processes, waits until PostgreSQL has ended what the process began, and
looks at rows and files; then the process is started again and every page is read. At the end a day is let pass: jobs are done, the sweep
has been there, and nothing is left.
"""

import hashlib
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection

from tests.e2e.application.hostile.attack import Asked, read_everything
from tests.e2e.application.production import (
    PATIENCE_SECONDS,
    Answer,
    Person,
    Web,
    running,
    upload_form,
    web,
    worker,
)
from tests.warehouse.factories import PASSWORD, basic, make_sdist, make_zip
from warehouse.db import PATH_OPTIONS
from warehouse.files.storage import METADATA_SUFFIX
from warehouse.files.sweeping import AGE_SECONDS

VICTIMS = ("web", "worker")
UPLOADERS = 2
MOST_SECONDS = 0.8  # until a kill
LARGEST_BYTES = 3 << 20  # of an upload, once in ten
FILES = (
    "SELECT f.id, f.filename, f.path, f.sha256, f.metadata_sha256, f.packagetype, r.description_html IS NOT NULL AS is_rendered"
    " FROM files f JOIN releases r ON r.id = f.release_id ORDER BY f.id"
)
OF_RELEASES = "FROM releases r JOIN projects p ON p.id = r.project_id"
EMPTY = f"SELECT p.name || ' ' || r.version {OF_RELEASES} WHERE NOT EXISTS (SELECT FROM files f WHERE f.release_id = r.id)"
NEWEST = f"SELECT p.name, r.version {OF_RELEASES} ORDER BY r.id DESC LIMIT 8"
JOBS = "SELECT status || ' ' || task_name || ' ' || args FROM procrastinate_jobs WHERE scheduled_at IS NULL OR attempts > 0"


@dataclass
class World:
    """The processes, their database and their folder, and how often each was killed."""

    url: URL
    environment: Mapping[str, str]
    files: Path
    web: Web
    kills: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    hashed: set[str] = field(default_factory=set)  # files whose content was looked at once
    left: int = 0  # files that the sweep has to remove
    numbers: Iterator[int] = field(default_factory=count)


def survive(
    url: URL, environment: Mapping[str, str], token: str, rounds: int, chance: random.Random
) -> World:
    """Go through so many kills; what is wrong afterwards is in the world's list."""
    tagged = {victim: dict(environment) | {"PGAPPNAME": victim} for victim in VICTIMS}
    files = Path(environment["WAREHOUSE_FILES"])
    with ExitStack() as stack:
        alive = {victim: stack.enter_context(ExitStack()) for victim in VICTIMS}
        world = World(url, environment, files, alive["web"].enter_context(web(tagged["web"])))
        process = alive["worker"].enter_context(worker(tagged["worker"]))
        person = Person(world.web, "alice", PASSWORD)
        for _ in range(rounds):
            victim = chance.choice(VICTIMS)
            with clients(world, token, person, chance):
                time.sleep(chance.uniform(0, MOST_SECONDS))
                (world.web.process if victim == "web" else process).kill()
            world.kills[victim] += 1
            alive[victim].close()
            with asking(url) as connection:
                wait_until_gone(connection, victim)
                world.wrong += halves(world, connection)
            if victim == "web":
                world.web = alive["web"].enter_context(web(tagged["web"]))
            else:
                process = alive["worker"].enter_context(worker(tagged["worker"]))
            pages = Asked()
            read_everything(world.web, pages)
            world.wrong += pages.wrong
        alive["worker"].close()
        world.wrong += a_day_later(world)
    return world


@contextmanager
def clients(world: World, token: str, person: Person, chance: random.Random) -> Iterator[None]:
    """Have clients upload and delete until the block is left; a connection that ends without an answer is no fault."""
    ended = threading.Event()

    def again(act: Callable[[random.Random], None], own: random.Random) -> None:
        while not ended.is_set() and world.web.process.poll() is None:
            act(own)

    actions = [partial(upload, world, token)] * UPLOADERS + [partial(delete, world, person)]
    threads = [threading.Thread(target=again, args=(act, random.Random(chance.random()))) for act in actions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def upload(world: World, token: str, chance: random.Random) -> None:
    """Upload a wheel or an sdist of a new version, to one of a few projects."""
    number = next(world.numbers)
    name, version = f"project-{chance.randrange(6)}-{number // 60}", f"1.{number}"
    module, padding = name.replace("-", "_"), b""
    if chance.random() < 0.1:
        padding = chance.randbytes(chance.randrange(LARGEST_BYTES))
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nDescription-Content-Type: text/markdown\n\n**{number}**\n"
    if chance.random() < 0.7:
        info = f"{module}-{version}.dist-info"
        content = make_zip({f"{module}.py": padding, f"{info}/METADATA": metadata, f"{info}/WHEEL": "Wheel-Version: 1.0\n", f"{info}/RECORD": ""})  # fmt: skip
        filename, kind = f"{module}-{version}-py3-none-any.whl", "bdist_wheel"
    else:
        content = make_sdist(f"{module}-{version}/PKG-INFO", information=metadata)
        filename, kind = f"{module}-{version}.tar.gz", "sdist"
    answer = world.web.upload(upload_form(content, name, version, kind), filename, content, basic(token))
    take(world, f"upload {answer.status}", answer)


def delete(world: World, person: Person, chance: random.Random) -> None:
    """Delete one of the newest releases, whose jobs may be under way; seldom a project, with all that it has."""
    with asking(world.url) as connection:
        found = connection.execute(text(NEWEST)).all()
    if found:
        name, version = chance.choice(found)
        action = "project" if chance.random() < 0.05 else "release"
        fields = {"confirm": name} if action == "project" else {"version": version, "confirm": version}
        answer = person.post(world.web, f"/manage/{name}/delete-{action}/", **fields)
        take(world, f"delete {answer.status}", answer)


def take(world: World, what: str, answer: Answer) -> None:
    """Count an answer; none may be a failure."""
    world.answers[what] += 1
    if answer.status >= 500:
        world.wrong.append(f"{what}: {answer.body[:200]!r}")


@contextmanager
def asking(url: URL) -> Iterator[Connection]:
    """Yield a connection to the database, each of whose statements sees what is committed by then."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"options": PATH_OPTIONS})
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def wait_until_gone(connection: Connection, victim: str) -> None:
    """Return once PostgreSQL has ended what a process began before it was killed."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND datname = current_database()"
    )
    end = time.monotonic() + PATIENCE_SECONDS
    while connection.scalar(query, {"name": victim}):
        assert time.monotonic() < end, f"connections of '{victim}' stay"
        time.sleep(0.01)


def halves(world: World, connection: Connection) -> list[str]:
    """Name releases without files, and files that are not what their rows say."""
    found = [f"{name} has no file" for name in connection.scalars(text(EMPTY))]
    for row in connection.execute(text(FILES)).all():
        beside = row.path + METADATA_SUFFIX
        for path, digest in ((row.path, row.sha256), (beside, row.metadata_sha256)):
            if digest and path not in world.hashed:
                content = _content(world.files / path)
                if content is not None and hashlib.sha256(content).hexdigest() == digest:
                    world.hashed.add(path)
                elif still_there(connection, row.id):
                    found.append(f"{path} is {'absent' if content is None else 'another'}")
    return found


def still_there(connection: Connection, number: int) -> bool:
    """Tell whether a file has its row: what the living process deletes meanwhile is nothing half."""
    return bool(connection.scalar(text("SELECT count(*) FROM files WHERE id = :id"), {"id": number}))


def a_day_later(world: World) -> list[str]:
    """Let a day pass for files and workers, do what is to do, and name what is left."""
    with asking(world.url) as connection:
        places = {row.path for row in connection.execute(text(FILES)).all()}
    world.left = sum(
        path.is_file() and _place(world, path).removesuffix(METADATA_SUFFIX) not in places
        for path in world.files.rglob("*")
    )
    yesterday = time.time() - 2 * AGE_SECONDS
    for path in world.files.rglob("*"):
        os.utime(path, (yesterday, yesterday))
    with asking(world.url) as connection:
        connection.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 day'"))
        connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
        with running(world.environment, "worker", "--until-empty", until="Working.") as (process, _):
            process.wait(PATIENCE_SECONDS)
        rows = connection.execute(text(FILES)).all()
        jobs = [f"a job is left: {job}" for job in connection.scalars(text(JOBS))]
    known = {row.path for row in rows} | {
        row.path + METADATA_SUFFIX for row in rows if row.packagetype == "bdist_wheel"
    }
    there = {_place(world, path) for path in world.files.rglob("*") if path.is_file()}
    undone = [
        f"nothing is known of {row.filename}"
        for row in rows
        if row.packagetype == "bdist_wheel" and not row.metadata_sha256
    ]
    undone += [f"{row.filename} is not rendered" for row in rows if not row.is_rendered]
    return (
        [f"{path} is left" for path in there - known]
        + [f"{path} is absent" for path in known - there]
        + undone
        + jobs
    )


def _place(world: World, path: Path) -> str:
    return path.relative_to(world.files).as_posix()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
