"""The real twine uploads, the real pip installs, over a real socket."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import waitress
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_user
from warehouse.cli.serve import listen
from warehouse.config import main
from warehouse.samples.projects import SampleProject, SampleRelease
from warehouse.samples.wheels import build_wheel, wheel_name
from warehouse.settings import Settings
from warehouse.tokens.services import create_token

DESCRIBED = {
    "metadata_version": "2.4",
    "name": "amber-lantern",
    "version": "1.2",
    "summary": "Light for the way",
    "keywords": ["light"],
    "classifiers": ["Programming Language :: Python :: 3"],
    "requires_dist": [],
    "project_urls": {"Source": "https://example.org/"},
    "description": "# Lantern\n",
    "description_content_type": "text/markdown",
}


@pytest.fixture
def address(settings: Settings, engine: Engine) -> Iterator[str]:
    """The address of a running index; what was committed there is emptied afterwards."""
    with listen("127.0.0.1", 0) as listener:
        server = waitress.create_server(main(settings), sockets=[listener])
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
        server.close()
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects RESTART IDENTITY CASCADE"))
    shutil.rmtree(settings.files, ignore_errors=True)


@pytest.fixture
def password(engine: Engine, settings: Settings) -> str:
    """An API token that every connection sees."""
    with Session(engine) as session:
        _, password = create_token(session, settings.secret, make_user(session))
        session.commit()
    return password


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel on the disk."""
    release = SampleRelease("1.2", None, None, DESCRIBED)
    project = SampleProject("amber-lantern", (release,))
    path = tmp_path / wheel_name(project, release)
    path.write_bytes(build_wheel(project, release))
    return path


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a client as a module of this Python, without the user's configuration and proxies."""
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed beside pytest")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, env=environment, text=True, encoding="utf-8", capture_output=True, timeout=60
    )


def upload(address: str, password: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Upload with twine."""
    common = ("--non-interactive", "--disable-progress-bar", "--config-file", os.devnull)
    to = ("--repository-url", f"{address}/legacy/", "-u", "__token__", "-p", password)
    return run("twine", "upload", *common, *to, *options)


def test_pip_installs_what_twine_uploaded(address: str, password: str, wheel: Path, tmp_path: Path):
    uploaded = upload(address, password, str(wheel))
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    index = ("--index-url", f"{address}/simple/", "--disable-pip-version-check", "--no-cache-dir")
    target = tmp_path / "installed"
    installed = run("pip", "--isolated", "install", *index, "--target", str(target), "Amber_Lantern==1.2")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert ".metadata" in installed.stdout
    assert '"""Light for the way."""' in (target / "amber_lantern" / "__init__.py").read_text()


def test_twine_shows_why_an_upload_was_refused(address: str, password: str, wheel: Path):
    assert upload(address, password, str(wheel)).returncode == 0
    again = upload(address, password, str(wheel))
    assert again.returncode == 1
    assert f"File already exists: '{wheel.name}'." in again.stdout + again.stderr
    forbidden = upload(address, "warehouse-wrong", str(wheel))
    assert "The API token is invalid or was revoked." in forbidden.stdout + forbidden.stderr
