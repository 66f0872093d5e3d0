"""The application as one file: it upgrades its database and serves, with an empty home, no network and no checkout."""

import json
import os
import pwd
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
import pytest
from sqlalchemy.engine import URL

from buildgraph.members import bundling
from buildgraph.members.looking import named_by
from warehouse.revisions import known

ROOT = Path(__file__).parents[3]
ALONE = ROOT / "buildgraph/rooms/wheels/alone.py"
PYTHON = os.path.realpath(sys.executable)
MIGRATE = "Run 'doit db' to migrate it, or the command 'upgrade' where there is no doit."
NEVER = {
    "tests",
    "internal",
    "infra",
    ".git",
    "bench",
    "docs",
    "buildgraph",
    ".env",
    ".pypirc",
    "__pycache__",
}
SYSTEM_PYTHON = f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def pex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of `dodo.py`, with the assets that the tests have anyway."""
    import dodo

    held = dodo.MEMBERS.reached(named_by(dodo.MEMBERS, dodo.BUNDLE.locks))
    bundle = replace(dodo.BUNDLE, members=held, placed={dodo.ASSETS.into: dodo.ASSETS.into})
    made = tmp_path_factory.mktemp("bundle") / "warehouse.pex"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        bundling.make(bundle, sys.executable, str(made))
    return made


@pytest.fixture
def empty(server: URL) -> Iterator[URL]:
    """A database without tables."""
    name = f"bundle_{os.getpid()}"
    admin = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield server.set(database=name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def environment(home: Path, url: URL) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    return {"HOME": str(home), "DATABASE_URL": url.render_as_string(hide_password=False)}


def said(pex: Path, environ: dict[str, str], *words: str) -> str:
    """Return what a command of the bundle says, without a network."""
    command = [PYTHON, "-I", str(ALONE), PYTHON, str(pex), *words]
    done = subprocess.run(
        command, env=environ, cwd=environ["HOME"], capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


def test_a_bundle_upgrades_an_empty_database_serves_it_and_refuses_another(
    pex: Path, empty: URL, tmp_path: Path
):
    environ, name = environment(tmp_path / "home", empty), f"the database '{empty.database}'"
    assert said(pex, environ, "serve", "--port=0") == f"warehouse: {name} has no tables. {MIGRATE}\n"
    assert said(pex, environ, "upgrade") == f"T{name[1:]} was brought to '{known()[-1]}'.\n"

    serve = [PYTHON, str(pex), "serve", "--port=0", "--worker"]
    process = subprocess.Popen(serve, env=environ, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().split()[-1]
        with urlopen(address) as page:
            sheet = re.search(r'href="/(static/css/[^"]+)"', page.read().decode())[1]
        with urlopen(Request(address + sheet)) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
    finally:
        process.terminate()
        assert process.wait(30) == 0

    with psycopg.connect(
        empty.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in ("serve", "upgrade"):
        assert said(pex, environ, command) == (
            f"warehouse: {name} is at revision '9999', which this code does not know. "
            "Start the release that migrated it, or a later one.\n"
        )


def test_nothing_that_is_only_for_us_and_no_place_is_in_it(pex: Path):
    with zipfile.ZipFile(pex) as archive:
        own = [name for name in archive.namelist() if not name.startswith((".deps/", ".bootstrap/"))]
        packed = [name for name in archive.namelist() if name.startswith(".deps/readme_images-")]
        places = [name for name in archive.namelist() if os.fsencode(ROOT) in archive.read(name)]
        info = json.loads(archive.read("PEX-INFO"))
    assert not {part for name in (*own, *packed) for part in name.split("/")} & NEVER
    assert {name.split("/")[0] for name in own} == {"warehouse", "PEX-INFO", "__main__.py", "__pex__"}
    assert not [name for name in own if name.endswith((".po", ".pot", ".jsonl", ".pem", ".key"))]
    assert places == []
    assert "readme-images==0.1.0" in info["requirements"]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)
@pytest.mark.skipif(not os.path.exists(SYSTEM_PYTHON), reason=f"there is no {SYSTEM_PYTHON} for other users")
def test_a_user_without_a_home_starts_it(pex: Path, tmp_path_factory: pytest.TempPathFactory):
    user, place = pwd.getpwnam("nobody"), Path("/var/tmp") / f"bundle-{os.getpid()}"
    words = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", SYSTEM_PYTHON]
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    copy = place / "warehouse.pex"
    try:
        copy.write_bytes(pex.read_bytes())
        for _ in range(2):
            command = ["/usr/bin/setpriv", *words, str(copy), "upgrade"]
            environ = {"HOME": "/nonexistent", "TMPDIR": str(place)}
            done = subprocess.run(command, env=environ, cwd=place, capture_output=True, text=True, timeout=60)
            assert done.stderr.startswith("warehouse: DATABASE_URL is not set.")
            assert sorted(path.name for path in place.iterdir()) == [
                "warehouse.pex",
                f"warehouse.pex-{user.pw_uid}",
            ]
    finally:
        subprocess.run(["rm", "-rf", str(place)], check=True)
