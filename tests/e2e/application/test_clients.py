"""Other people's clients over a real socket: they publish, install, lock and mirror.

pip, uv, twine and flit are in the tests' own environment; the others are installed by `doit clients:use`, and skipped without it.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tests.e2e.application.conftest import Place
from tests.e2e.application.production import ROOT, SECRET, running, web
from warehouse.accounts.models import User
from warehouse.manage.services import set_yanked
from warehouse.projects.services import find_project
from warehouse.samples.projects import SampleProject, SampleRelease
from warehouse.samples.wheels import build_wheel, wheel_name
from warehouse.tokens.services import create_token

CLIENTS = ROOT / ".clients" / ("Scripts" if os.name == "nt" else "bin")
LONGEST_SECONDS = 120
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
def address(place: Place) -> Iterator[str]:
    """The address of a running index, in development: clients know it by its number."""
    with web(development(place)) as served:
        yield f"http://127.0.0.1:{served.port}"


@pytest.fixture
def password(place: Place) -> str:
    """An API token."""
    return place.token


def development(place: Place) -> dict[str, str]:
    """Return the environment of processes that answer to any name."""
    return {**place.environment, "WAREHOUSE_MODE": "development", "WAREHOUSE_SITE": ""}


def do_jobs(place: Place) -> None:
    """Have a worker do what waits."""
    with running(development(place), "worker", "--until-empty", until="Working.") as (process, _):
        assert process.wait(LONGEST_SECONDS) == 0


@contextmanager
def session(place: Place) -> Iterator[Session]:
    """Yield a session that is committed."""
    engine = create_engine(place.url)
    with Session(engine) as made:
        yield made
        made.commit()
    engine.dispose()


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
    address: str, password: str, wheel: Path, tmp_path: Path, place: Place
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
        do_jobs(place)


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


def test_a_token_of_another_project_is_refused(address: str, uploaded: Path, place: Place, source: Path):
    with session(place) as opened:
        user = opened.scalars(select(User)).one()
        _, scoped = create_token(opened, SECRET, user, project=find_project(opened, "amber-lantern"))
    result = publish(address, scoped, source)
    assert result.returncode != 0
    assert "403" in result.stderr
    assert "The token is for the project 'amber-lantern' only." in result.stderr


def client(name: str, *arguments: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one of the other clients in a folder, with a home of its own; it has to succeed."""
    done = subprocess.run(
        [program(name), *arguments],
        cwd=folder,
        env=quiet(folder) | more,
        text=True,
        encoding="utf-8",
        capture_output=True,
        timeout=LONGEST_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def program(name: str) -> str:
    """Return where a client is."""
    found = shutil.which(name, path=str(CLIENTS))
    if found is None:
        pytest.skip(f"{name} is not installed: 'doit clients:use' does that, where a registry can be reached")
    return found


def quiet(folder: Path) -> dict[str, str]:
    """Return an environment without the user's settings and proxies."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG", "TMPDIR") if name in os.environ}
    home = {name: str(folder / "home") for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}  # fmt: skip
    return kept | home | {"NO_COLOR": "1", "COLUMNS": "200", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "PIP_CONFIG_FILE": os.devnull}  # fmt: skip


@pytest.fixture
def work(tmp_path: Path, wheel: Path) -> Path:
    """A folder with the project that the wheel is of, built."""
    folder = tmp_path / "work"
    (folder / "dist").mkdir(parents=True)
    shutil.copy(wheel, folder / "dist")
    (folder / "amber_lantern").mkdir()
    (folder / "amber_lantern/__init__.py").write_text('"""Light for the way."""\n')
    return folder


def pyproject(folder: Path, *lines: str, name: str = "amber-lantern", requires: str = "") -> None:
    """Write what a project says of itself."""
    said = [
        "[project]",
        f'name = "{name}"',
        'version = "1.2"',
        'requires-python = ">=3.11"',
        f"dependencies = [{requires}]",
        *lines,
    ]
    (folder / "pyproject.toml").write_text("\n".join([*said, ""]))


def is_installed(folder: Path) -> bool:
    """Tell whether the environment in a folder has what was uploaded."""
    return any(folder.glob(".venv/[Ll]ib/**/amber_lantern/__init__.py"))


def test_poetry_publishes_locks_and_installs(address: str, password: str, work: Path, tmp_path: Path):
    login = {"POETRY_REPOSITORIES_HERE_URL": f"{address}/legacy/", "POETRY_HTTP_BASIC_HERE_USERNAME": "__token__", "POETRY_HTTP_BASIC_HERE_PASSWORD": password}  # fmt: skip
    pyproject(work)
    for _ in ("first", "again"):
        client("poetry", "publish", "--no-interaction", "--repository=here", folder=work, **login)
    user = tmp_path / "user"
    user.mkdir()
    source = ("[[tool.poetry.source]]", 'name = "here"', f'url = "{address}/simple/"', 'priority = "primary"')
    pyproject(user, "[tool.poetry]", "package-mode = false", *source, name="user", requires='"amber-lantern"')
    environment = {"POETRY_VIRTUALENVS_IN_PROJECT": "1", "POETRY_VIRTUALENVS_CREATE": "1"}
    client("poetry", "lock", "--no-interaction", folder=user, **environment)
    client("poetry", "install", "--no-interaction", folder=user, **environment)
    assert is_installed(user)


def test_pdm_publishes_locks_and_installs(address: str, password: str, work: Path, tmp_path: Path):
    pyproject(work)
    for _ in ("first", "again"):
        client("pdm", "publish", "--no-build", f"--repository={address}/legacy/", "--username=__token__", f"--password={password}", folder=work)  # fmt: skip
    user = tmp_path / "user"
    user.mkdir()
    source = (
        "[tool.pdm]",
        "distribution = false",
        "[[tool.pdm.source]]",
        'name = "pypi"',
        f'url = "{address}/simple/"',
    )
    pyproject(user, *source, name="user", requires='"amber-lantern"')
    client("pdm", "lock", folder=user)
    client("pdm", "install", folder=user)
    assert is_installed(user)


def test_hatch_publishes(address: str, password: str, work: Path):
    for _ in ("first", "again"):
        said = client("hatch", "publish", "--no-prompt", f"--repo={address}/legacy/", "--user=__token__", f"--auth={password}", str(work / "dist"), folder=work)  # fmt: skip
        assert "amber-lantern" in said.stdout + said.stderr
    with urllib.request.urlopen(f"{address}/pypi/amber-lantern/json", timeout=30) as found:
        assert json.load(found)["info"]["version"] == "1.2"


def test_uv_publishes_and_locks(address: str, password: str, work: Path, tmp_path: Path):
    arguments = ("--publish-url", f"{address}/legacy/", "--token", password, str(work / "dist" / "*"))
    for _ in ("first", "again"):
        published = run("uv", "publish", "--no-config", *arguments)
        assert published.returncode == 0, published.stderr
    user = tmp_path / "user"
    user.mkdir()
    pyproject(user, name="user", requires='"amber-lantern"')
    locking = ("--no-config", "--no-cache", "--default-index", f"{address}/simple/", "--project", str(user))
    locked = run("uv", "lock", "--python", sys.executable, *locking)
    assert locked.returncode == 0, locked.stderr
    assert 'name = "amber-lantern"\nversion = "1.2"' in (user / "uv.lock").read_text()


@contextmanager
def devpi(folder: Path, address: str) -> Iterator[str]:
    """Run a devpi that mirrors the index; yield the address of its index."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client("devpi-init", f"--serverdir={folder / 'devpi'}", "--no-root-pypi", folder=folder)
    command = [
        program("devpi-server"),
        f"--serverdir={folder / 'devpi'}",
        "--host=127.0.0.1",
        f"--port={port}",
    ]
    process = subprocess.Popen(
        command, cwd=folder, env=quiet(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        token = _devpi("POST", f"http://127.0.0.1:{port}/+login", {"user": "root", "password": ""})["result"][
            "password"
        ]
        login = base64.b64encode(f"root:{token}".encode()).decode()
        mirror = {"type": "mirror", "mirror_url": f"{address}/simple/", "mirror_cache_expiry": 1}
        _devpi("PUT", f"http://127.0.0.1:{port}/root/mirror", mirror, {"X-Devpi-Auth": login})
        yield f"http://127.0.0.1:{port}/root/mirror/+simple/"
    finally:
        process.terminate()
        process.wait(LONGEST_SECONDS)


def _devpi(method: str, url: str, said: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """Ask devpi; it is waited for until it answers."""
    asked = urllib.request.Request(
        url, json.dumps(said).encode(), {"Content-Type": "application/json"} | (headers or {}), method=method
    )
    end = time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=30) as found:
                return json.load(found)
        except ConnectionError:
            assert time.monotonic() < end
        except urllib.error.URLError as error:
            assert isinstance(error.reason, ConnectionError) and time.monotonic() < end, error
        time.sleep(0.1)


def test_devpi_mirrors_and_follows_a_change(address: str, uploaded: Path, place: Place, tmp_path: Path):
    with devpi(tmp_path, address) as mirrored:
        options = (
            "--index-url",
            mirrored,
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--dest",
            str(tmp_path / "got"),
        )
        result = run("pip", "--isolated", "download", *options, "amber-lantern")
        assert result.returncode == 0, result.stdout + result.stderr
        assert (tmp_path / "got" / uploaded.name).read_bytes() == uploaded.read_bytes()
        yank(place)
        end = time.monotonic() + LONGEST_SECONDS
        while "data-yanked" not in page(f"{mirrored}amber-lantern/"):  # once what it keeps has expired
            assert time.monotonic() < end
            time.sleep(0.2)


def yank(place: Place) -> None:
    """Yank the release."""
    with session(place) as opened:
        set_yanked(opened, find_project(opened, "amber-lantern").releases[0], True, "It bites")


def page(url: str) -> str:
    """Return a page."""
    with urllib.request.urlopen(url, timeout=30) as found:
        return found.read().decode()


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
    """Mirror the index with bandersnatch."""
    settings = folder.with_suffix(".conf")
    settings.write_text(BANDERSNATCH.format(folder=folder, address=address, method=method))
    done = client("bandersnatch", "-c", str(settings), "mirror", folder=folder.parent)
    for word in ("ERROR", "malformed", "Traceback"):
        assert word not in done.stderr, done.stderr


@pytest.mark.parametrize("method", ["xmlrpc", "simple"])
def test_bandersnatch_mirrors_changes_and_pip_installs_from_the_mirror(
    address: str, uploaded: Path, place: Place, tmp_path: Path, method: str
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
    yank(place)
    mirror(address, folder, method)
    assert 'data-yanked="It bites"' in page.read_text()
