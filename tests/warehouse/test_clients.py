"""The real clients over a real socket: twine and flit upload, pip and uv install."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_user
from tests.warehouse.serving import serving
from warehouse.accounts.models import User
from warehouse.jobs.worker import work
from warehouse.manage.services import set_yanked
from warehouse.projects.services import find_project
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
    with serving(settings) as address:
        yield address
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects, retired RESTART IDENTITY CASCADE"))
        connection.execute(text("TRUNCATE queue.procrastinate_jobs CASCADE"))
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


def run(module: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a client as a module of this Python, without the user's configuration and proxies."""
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed beside pytest")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    environment |= more
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, env=environment, text=True, encoding="utf-8", capture_output=True, timeout=60
    )


def upload(address: str, password: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Upload with twine."""
    common = ("--non-interactive", "--disable-progress-bar", "--config-file", os.devnull)
    to = ("--repository-url", f"{address}/legacy/", "-u", "__token__", "-p", password)
    return run("twine", "upload", *common, *to, *options)


def test_pip_installs_what_twine_uploaded_before_and_after_its_metadata_is_extracted(
    address: str, password: str, wheel: Path, tmp_path: Path, settings: Settings
):
    uploaded = upload(address, password, str(wheel))
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    target = tmp_path / "installed"
    for is_extracted in (False, True):
        options = ("--upgrade", "--target", str(target), "Amber_Lantern==1.2")
        installed = run("pip", "--isolated", "install", *index(address), *options)
        assert installed.returncode == 0, installed.stdout + installed.stderr
        assert (".metadata" in installed.stdout) is is_extracted
        assert '"""Light for the way."""' in (target / "amber_lantern" / "__init__.py").read_text()
        work(settings, until_empty=True)


def test_twine_shows_why_an_upload_was_refused(address: str, password: str, wheel: Path):
    for _ in ("first", "again"):  # a release that was interrupted is taken up again
        assert upload(address, password, str(wheel)).returncode == 0
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("more.py", "")
    another = upload(address, password, str(wheel))
    assert another.returncode == 1
    assert f"File already exists: '{wheel.name}'." in another.stdout + another.stderr
    forbidden = upload(address, "warehouse-wrong", str(wheel))
    assert "The API token is invalid or was revoked." in forbidden.stdout + forbidden.stderr


def index(address: str) -> tuple[str, ...]:
    """Return pip's options for the index under test."""
    return ("--index-url", f"{address}/simple/", "--disable-pip-version-check", "--no-cache-dir")


@pytest.fixture
def uploaded(address: str, password: str, wheel: Path) -> Path:
    """The wheel, after twine has checked and uploaded it."""
    checked = run("twine", "check", "--strict", str(wheel))
    assert "PASSED" in checked.stdout, checked.stdout + checked.stderr
    result = upload(address, password, str(wheel))
    assert result.returncode == 0, result.stdout + result.stderr
    return wheel


def test_pip_downloads_and_lists_versions(address: str, uploaded: Path, tmp_path: Path):
    downloads = tmp_path / "downloads"
    result = run("pip", "--isolated", "download", *index(address), "--dest", str(downloads), "amber.lantern")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (downloads / uploaded.name).read_bytes() == uploaded.read_bytes()
    versions = run("pip", "--isolated", "index", "versions", *index(address), "amber-lantern")
    assert "amber-lantern (1.2)" in versions.stdout, versions.stdout + versions.stderr


def test_pip_reads_the_html_pages(address: str, uploaded: Path, tmp_path: Path):
    """`--find-links` reads a page as HTML and nothing else."""
    links = ("--no-index", "--find-links", f"{address}/simple/amber-lantern/", "--disable-pip-version-check")
    result = run("pip", "--isolated", "download", *links, "--dest", str(tmp_path / "links"), "amber-lantern")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "links" / uploaded.name).read_bytes() == uploaded.read_bytes()


def test_uv_installs(address: str, uploaded: Path, tmp_path: Path):
    target = tmp_path / "installed"
    options = ("--no-config", "--no-cache", "--default-index", f"{address}/simple/", "--target", str(target))
    result = run("uv", "pip", "install", "--python", sys.executable, *options, "amber-lantern")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (target / "amber_lantern" / "__init__.py").is_file()


FLIT = """\
[build-system]
requires = ["flit_core>=3.4"]
build-backend = "flit_core.buildapi"

[project]
name = "blue_harbour"
version = "0.3"
description = "Ships come home"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A project that flit builds."""
    folder = tmp_path / "blue_harbour"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(FLIT)
    (folder / "blue_harbour.py").write_text('"""Ships come home."""\n')
    return folder


def publish(address: str, password: str, source: Path) -> subprocess.CompletedProcess[str]:
    """Build a wheel and an sdist, and upload both with flit."""
    to = {"FLIT_INDEX_URL": f"{address}/legacy/", "FLIT_USERNAME": "__token__", "FLIT_PASSWORD": password}
    return run("flit", "-f", str(source / "pyproject.toml"), "publish", "--no-use-vcs", **to)


def test_flit_publishes_a_wheel_and_an_sdist(address: str, password: str, source: Path, tmp_path: Path):
    result = publish(address, password, source)
    assert result.returncode == 0, result.stdout + result.stderr
    options = ("--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--dest", str(tmp_path / "got"))
    sdist = run("pip", "--isolated", "download", *index(address), *options, "blue-harbour")
    assert sdist.returncode == 0, sdist.stdout + sdist.stderr
    assert (tmp_path / "got" / "blue_harbour-0.3.tar.gz").is_file()


def test_a_token_of_another_project_is_refused(
    address: str, uploaded: Path, engine: Engine, settings: Settings, source: Path
):
    with Session(engine) as session:
        user = session.scalars(select(User)).one()
        project = find_project(session, "amber-lantern")
        _, scoped = create_token(session, settings.secret, user, project=project)
        session.commit()
    result = publish(address, scoped, source)
    assert result.returncode != 0
    assert "403" in result.stderr
    assert "The token is for the project 'amber-lantern' only." in result.stderr


BANDERSNATCH = """\
[mirror]
directory = {folder}
master = {address}
allow-non-https = true
api-method = {method}
json = true
stop-on-error = true
cleanup = true
"""


def mirror(address: str, folder: Path, method: str) -> None:
    """Mirror the index with bandersnatch, which has too many requirements to be in the lock."""
    program = shutil.which("bandersnatch")
    if program is None:
        pytest.skip("bandersnatch is not on PATH; 'pipx install bandersnatch' brings it there")
    settings = folder.with_suffix(".conf")
    settings.write_text(BANDERSNATCH.format(folder=folder, address=address, method=method))
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [program, "-c", str(settings), "mirror"]
    done = subprocess.run(command, env=environment, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for word in ("ERROR", "malformed", "Traceback"):
        assert word not in done.stderr, done.stderr


@pytest.mark.parametrize("method", ["xmlrpc", "simple"])
def test_bandersnatch_mirrors_changes_and_pip_installs_from_the_mirror(
    address: str, uploaded: Path, engine: Engine, settings: Settings, tmp_path: Path, method: str
):
    folder = tmp_path / "mirror"
    folder.mkdir()
    mirror(address, folder, method)
    options = (
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--dest",
        str(tmp_path / "got"),
        "amber-lantern",
    )
    index = ("--index-url", (folder / "web" / "simple").as_uri())
    result = run("pip", "--isolated", "download", *index, *options)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "got" / uploaded.name).read_bytes() == uploaded.read_bytes()
    page = folder / "web" / "simple" / "amber-lantern" / "index.html"
    assert "data-yanked" not in page.read_text()
    with Session(engine) as session:
        set_yanked(session, find_project(session, "amber-lantern").releases[0], True, "It bites")
        session.commit()
    mirror(address, folder, method)
    assert 'data-yanked="It bites"' in page.read_text()
