"""Bundle: `bundles/warehouse.pex` from nothing to its first page, with an empty home and no network; and its bytes from two clones.

    python bench/members/bundle.py [ROUNDS]

`python3 dodo.py bundle:warehouse db:server` comes before it. `cold` is a start with an empty home, `warm` one after it: seconds to the first 200 of `/`, and the
processor seconds of all that ran; `upgrade` brings an empty database to the newest revision, `refused` tells that there are no tables. All of them run in a
network namespace that has nothing but a loopback; the database is reached by its socket. The two clones lie at another depth, and are built with another
mask, in another time zone and, by root, as another user with another release of Python 3.11, each from nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.machine import machine, write_result  # noqa: E402 (after the path is known)
from buildgraph.rooms.database import Database  # noqa: E402
from buildgraph.rooms.wheels.alone import cut_off  # noqa: E402

PEX = ROOT / "bundles/warehouse.pex"
PYTHON = os.path.realpath(sys.executable)
OTHER_USER, OTHER_PYTHON = "nobody", "/usr/bin/python3.11"
LOOPBACK_UP = (
    0x8914,
    b"lo".ljust(16, b"\0") + (1).to_bytes(2, sys.byteorder) + bytes(14),
)  # SIOCSIFFLAGS, IFF_UP


def alone() -> bool:
    """Leave the network for a namespace with a loopback; return False where there are none."""
    import fcntl
    import socket

    if not cut_off():
        return False
    with socket.socket() as one:
        fcntl.ioctl(one, *LOOPBACK_UP)
    return True


def command(home: Path, *words: str) -> tuple[subprocess.Popen[str], float]:
    """Start a command of the bundle with a home and a database, and nothing else; return it and when."""
    environment = {"HOME": str(home), "DATABASE_URL": os.environ["DATABASE_URL"]}
    began = time.monotonic()
    process = subprocess.Popen(
        [PYTHON, str(PEX), *words],
        env=environment,
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, began


def said(home: Path, *words: str) -> tuple[float, str]:
    """Return how long a command took, and what it said."""
    process, began = command(home, *words)
    text = "".join(process.communicate())
    return time.monotonic() - began, text.strip()


def first_page(home: Path) -> dict[str, float]:
    """Return the seconds to the first page, and those of processors."""
    from urllib.request import urlopen

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process, began = command(home, "serve", "--port=0")
    address = process.stdout.readline().split()[-1]
    with urlopen(address) as page:
        assert page.status == 200
    seconds = time.monotonic() - began
    process.terminate()
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "processor_seconds": cpu}


@contextmanager
def empty_database() -> Iterator[None]:
    """Have DATABASE_URL name a database without tables on the server that it names."""
    import psycopg

    server, name = os.environ["DATABASE_URL"], f"bundle_{os.getpid()}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        os.environ["DATABASE_URL"] = server.replace("@/warehouse?", f"@/{name}?")
        try:
            yield
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def starts(rounds: int) -> dict[str, object]:
    """Measure starts over an empty database."""
    result: dict[str, object] = {"network": "none" if alone() else "as it is", "bytes": PEX.stat().st_size}
    with tempfile.TemporaryDirectory() as place:
        homes = [Path(place, str(number)) for number in range(rounds)]
        for home in homes:
            home.mkdir()
        result["refused"] = said(homes[0], "serve", "--port=0")[1]
        result["upgrade_seconds"], result["upgrade"] = said(homes[0], "upgrade")
        shutil.rmtree(homes[0])
        homes[0].mkdir()
        for kind in ("cold", "warm"):
            found = [first_page(home) for home in homes]
            result[kind] = {
                name: {
                    "median": statistics.median(each[name] for each in found),
                    "most": max(each[name] for each in found),
                }
                for name in found[0]
            }
    return result


def built(place: Path, python: str, mask: int, zone: str, user: str = "") -> dict[str, object]:
    """Build the bundle in a clone of its own, from nothing; return its digest and the seconds."""
    home = place / "home"
    home.mkdir(parents=True)
    subprocess.run(["git", "clone", "-q", str(ROOT), str(place / "clone")], check=True)
    words = [python, "dodo.py", "bundle:warehouse"]
    if user:
        who = pwd.getpwnam(user)
        for path in (place, *place.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid, follow_symlinks=False)
        words = [
            "/usr/bin/setpriv",
            f"--reuid={who.pw_uid}",
            f"--regid={who.pw_gid}",
            "--clear-groups",
            *words,
        ]
    environment = {
        k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "XDG_CACHE_HOME", "DATABASE_URL")
    }
    environment |= {"HOME": str(home), "TMPDIR": str(home), "TZ": zone}
    began = time.monotonic()
    subprocess.run(words, cwd=place / "clone", env=environment, umask=mask, check=True, stdout=sys.stderr)
    digest = hashlib.sha256((place / "clone/bundles/warehouse.pex").read_bytes()).hexdigest()
    return {
        "sha256": digest,
        "mask": f"{mask:03o}",
        "zone": zone,
        "user": user,
        "seconds": time.monotonic() - began,
    }


def main(rounds: int) -> None:
    """Measure, and write what was found."""
    found = machine()
    inner = [sys.executable, str(Path(__file__).resolve()), "starts", str(rounds)]
    run = Database("warehouse").for_tests(inner)
    done = subprocess.run([sys.executable, *run[1:]], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, object] = {"machine": found, **json.loads(done.stdout.splitlines()[-1])}
    is_root = os.geteuid() == 0 and os.path.exists(OTHER_PYTHON)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        other = (
            (OTHER_PYTHON, 0o077, "Asia/Kathmandu", OTHER_USER)
            if is_root
            else (sys.executable, 0o077, "Asia/Kathmandu")
        )
        clones = [
            built(Path(folder, "one"), PYTHON, 0o022, "UTC"),
            built(Path(folder, "another", "deeper down", "é"), *other),
        ]
    result["clones"] = clones
    result["is_identical"] = len({each["sha256"] for each in clones}) == 1
    write_result(__file__, result)


if __name__ == "__main__":
    if sys.argv[1:2] == ["starts"]:
        with empty_database():
            print(json.dumps(starts(int(sys.argv[2]))))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
