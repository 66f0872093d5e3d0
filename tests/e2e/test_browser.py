"""A real Chromium walks through the index: light, dark and from right to left, without a console error and without
a finding of axe-core."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from tests.warehouse.conftest import assets, engine, quick_passwords, server, settings
from tests.warehouse.databases import worker_database
from tests.warehouse.factories import PASSWORD, make_wheel
from tests.warehouse.serving import serving
from warehouse.accounts.services import find_user, set_password
from warehouse.files.storage import Storage
from warehouse.mail.keys import PLACE, make_key
from warehouse.mail.services import send_mail
from warehouse.routes import ROUTES
from warehouse.samples.services import OWNER, fill
from warehouse.settings import BUILT_ASSETS, Settings

__all__ = ["assets", "engine", "quick_passwords", "server", "settings"]  # fixtures

pytestmark = pytest.mark.xdist_group("browser")

ROOT = Path(__file__).parents[2]
NODE = ROOT / ".nodeenv/bin/node"
PASSES = (
    {"name": "light", "colorScheme": "light", "locale": "en-GB", "dir": "ltr", "whole": True},
    {"name": "dark", "colorScheme": "dark", "locale": "de-DE", "dir": "ltr", "whole": True},
    {"name": "hebrew", "colorScheme": "light", "locale": "he-IL", "dir": "rtl", "whole": True},
)
PAGES = 10  # of each walk
WIDTHS = [390, 1280]  # pixels: a telephone's and a laptop's
PATHS = {
    "home": "/",
    "search": "/search/?q=violet",
    "projects": "/projects/",
    "register": "/account/register/",
    "login": "/account/login/",
    "forgot": "/account/forgot/",
    "account": "/account/",
    "tokens": "/account/tokens/",
    "admin": "/admin/",
    "manage": "/manage/{project}/",
    "project": "/project/{project}/",
    "release": "/project/{project}/{version}/",
    "reset": "/account/reset/{key}/",
    "mailbox": "/_mail/",
    "nothing": "/nowhere/",
}  # by the names of their routes


@pytest.fixture(scope="session")
def own_database(server: URL) -> Iterator[URL]:
    """A database beside that of the application's other tests."""
    with worker_database(server, "browser") as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser, where there is one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    missing = [
        what
        for what, there in (
            ("a Chromium ('apt-get install chromium')", path),
            ("node ('doit node')", NODE.exists()),
        )
        if not there
    ]
    if missing:
        pytest.skip(f"the walk through the pages needs {' and '.join(missing)}")
    return path or ""


@pytest.fixture
def address(engine: Engine, settings: Settings) -> Iterator[str]:
    """A running index with some projects and the built assets."""
    built = replace(settings, assets=BUILT_ASSETS)
    with Session(engine) as session:
        fill(session, Storage(built.files), 40)
        session.execute(
            text("UPDATE projects SET name = 'amber-lantern' WHERE id = (SELECT min(id) FROM projects)")
        )
        session.execute(
            text("ALTER TABLE users ALTER email_verified SET DEFAULT true")
        )  # no worker sends mail
        session.commit()
    with serving(built, threads=8) as address:
        yield address
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects, events RESTART IDENTITY CASCADE"))


def test_a_browser_walks_from_home_to_a_yanked_release(chromium: str, address: str, tmp_path: Path):
    for each in PASSES:
        name = f"blue_{each['name']}"
        (tmp_path / f"{each['name']}.whl").write_bytes(make_wheel(name))
    screenshots = Path(os.environ.get("WAREHOUSE_SCREENSHOTS") or tmp_path / "screenshots")
    script = ["tests/e2e/browser.mjs", chromium, address, str(tmp_path / "NAME.whl"), str(screenshots)]
    result = subprocess.run(
        [str(NODE), *script, json.dumps(PASSES)], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["problems"] == []
    assert len(answer["seen"]) == PAGES * len(PASSES)


def test_no_page_is_wider_than_its_window(chromium: str, address: str, engine: Engine, settings: Settings):
    pages = {name for name, _, _, options in ROUTES if _is_page(options)}
    assert PATHS.keys() == pages | {"mailbox", "nothing"}
    with Session(engine) as session:
        user = find_user(session, OWNER)
        set_password(user, PASSWORD)
        user.is_admin = True
        session.commit()
        send_mail(session, settings, user_id=user.id, template="welcome", url=f"{address}/verify/{PLACE}/")
        project, version = session.execute(
            text("SELECT normalized_name, latest_version FROM projects ORDER BY id LIMIT 1")
        ).one()
        key = make_key(settings, user, "reset")
    paths = [path.format(project=project, version=version, key=key) for path in PATHS.values()]
    script = ["tests/e2e/widths.mjs", chromium, address, json.dumps(paths), json.dumps(WIDTHS)]
    result = subprocess.run(
        [str(NODE), *script, OWNER, PASSWORD], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stderr
    measured = json.loads(result.stdout)
    assert len(measured) == 2 * len(WIDTHS) * len(paths)
    assert {each["path"] for each in measured if each["status"] != 200} == {"/nowhere/"}
    assert [each for each in measured if each["wide"] > each["window"] or each["outside"]] == []
    assert [each["path"] for each in measured if not (each["isKnown"] or each["isOneRow"])] == []
    digests = [lines for each in measured for lines in each["digests"]]
    assert digests and [lines for lines in digests if max(lines) - min(lines) > 1] == []


def _is_page(options: dict[str, object]) -> bool:
    return str(options.get("renderer")).endswith(".jinja2") and options.get("request_method") != ("POST",)
