"""The environment task, with real installers, on small wheels."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from buildgraph import uv
from buildgraph.errors import BuildError
from buildgraph.rooms.environment import Environment, install
from buildgraph.rooms.environment.facts import installed, site_packages
from buildgraph.rooms.environment.sync import sync as sync_environment
from tests.wheels import locked, wheel

ROOT = Path(__file__).resolve().parents[4]
ENV = Environment(("lock.txt",))


@pytest.fixture(params=["uv", "pip"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both installers; the one that is not under test is not there, or fails the test."""
    if request.param == "pip":
        monkeypatch.setattr(uv, "find", lambda: "")
    else:
        monkeypatch.setattr(install, "_by_pip", lambda *_: pytest.fail("pip was asked"))
    return request.param


def sync() -> dict[str, str]:
    sync_environment(ENV)
    return installed(Path(ENV.python).absolute())


@pytest.fixture
def lock(project: Path, index: Path) -> list[Path]:
    wheels = [wheel(index, "one", "1.0"), wheel(index, "two", "2.0")]
    Path("lock.txt").write_text("".join(map(locked, wheels)))
    return wheels


def test_the_environment_holds_what_the_lock_says(lock, engine):
    assert sync() == {"one": "1.0", "two": "2.0"}
    assert json.loads(Path(ENV.stamp).read_text())["place"] == str(Path(".venv").absolute())


@pytest.mark.slow(keep=1)
def test_the_environment_follows_the_lock(lock, engine, index):
    sync()
    Path("lock.txt").write_text(locked(wheel(index, "one", "1.1")) + locked(wheel(index, "three", "3.0")))

    assert sync() == {"one": "1.1", "three": "3.0"}


@pytest.mark.slow(keep=1)
def test_no_bytecode_of_an_old_release_is_run(lock, engine, index):
    sync()
    python = Path(ENV.python)
    ask = [python, "-c", "import one; print(one.VERSION)"]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    assert subprocess.run(ask, env=environ, capture_output=True, text=True).stdout == "1.0\n"
    before = (site_packages(python) / "one.py").stat()
    Path("lock.txt").write_text(locked(wheel(index, "one", "1.1")))
    sync()
    # As if both had been installed within one second; their sizes are the same.
    os.utime(site_packages(python) / "one.py", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert subprocess.run(ask, env=environ, capture_output=True, text=True).stdout == "1.1\n"


@pytest.mark.slow(keep=1)
def test_a_package_installed_by_hand_is_removed_and_a_deleted_file_is_restored(lock, engine, index):
    sync()
    wheel(index, "stranger", "1.0")
    pip = ["pip", "--python", ENV.python, "install", "--quiet", "stranger"]
    subprocess.run([__import__("sys").executable, "-m", *pip], check=True)
    (site_packages(Path(ENV.python)) / "one.py").unlink()

    assert sync() == {"one": "1.0", "two": "2.0"}
    assert subprocess.run([ENV.python, "-c", "import one, two"]).returncode == 0


@pytest.mark.slow(keep=1)
def test_an_edit_here_does_not_reach_the_cache(lock, engine):
    sync()
    module = site_packages(Path(ENV.python)) / "one.py"
    module.write_text("edited = True\n")

    sync()

    assert "edited" not in module.read_text()


def test_other_bytes_than_the_lock_demands_are_refused(lock, index, monkeypatch):
    Path("lock.txt").write_text(locked(lock[0]) + locked(lock[1]))
    wheel(index, "one", "1.0", body="raise SystemExit('this must never run')\n")

    with pytest.raises(BuildError) as caught:
        sync()
    assert str(caught.value) == (
        ".venv: the locked packages could not be installed: a downloaded file does not have the digest that the lock "
        "demands; nothing of it was installed (uv: Hash mismatch for `one==1.0`). What was installed stays; run the command again."
    )
    assert "one" not in installed(Path(ENV.python).absolute())


def test_a_moved_environment_is_made_anew(lock, engine, project, monkeypatch):
    sync()
    moved = project.with_name("moved")
    project.rename(moved)
    monkeypatch.chdir(moved)

    sync()

    assert json.loads(Path(ENV.stamp).read_text())["place"] == str(moved / ".venv")


def test_a_missing_lock_is_named(project):
    with pytest.raises(BuildError, match=r"there is no 'lock.txt'\. Run 'doit locks'\."):
        sync()


def test_the_registry_settings_of_pip_reach_uv():
    settings = {
        "index-url": "https://a/simple",
        "extra-index-url": "\nhttps://b\nhttps://c",
        "no-index": "true",
        "user": "yes",
    }

    assert uv.translate(settings) == {
        "UV_DEFAULT_INDEX": "https://a/simple",
        "UV_INDEX": "https://b https://c",
        "UV_NO_INDEX": "true",
    }


@pytest.mark.parametrize("folder", ["plain", "with spaces and ünïcode", "l" * 130])
def test_a_launcher_runs_the_script_of_the_checkout_and_is_no_damage(lock, project, monkeypatch, folder):
    moved = project.with_name(folder)
    project.rename(moved)
    monkeypatch.chdir(moved)
    Path("script.py").write_text("import sys\nprint('ran', sys.argv[1:], 'site' in sys.modules)\n")
    shutil.copytree(ROOT / "buildgraph", "buildgraph", ignore=shutil.ignore_patterns("__pycache__"))
    launching = Environment(ENV.files, launchers={"go": "script.py"})
    sync_environment(launching)
    program = Path(".venv/bin/go").absolute()

    done = subprocess.run([program, "a b", "*"], cwd=moved.parent, capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("ran ['a b', '*'] False\n", "")
    before = program.stat().st_mtime_ns
    sync_environment(launching)
    assert program.stat().st_mtime_ns == before


@pytest.mark.slow(keep=1)
def test_an_edit_of_the_same_size_is_found_by_its_digest(lock, engine):
    sync()
    module = site_packages(Path(ENV.python)) / "one.py"
    original = module.read_text()
    module.write_text(original.replace("1", "9"))

    sync()
    assert module.read_text() != original, "sizes do not tell"

    sync_environment(ENV, deep=True)
    assert module.read_text() == original
