"""The bootstrap: one sentence for everything that can be missing, and nothing but the standard library."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import bootstrap
from tests.wheels import locked, wheel

ROOT = Path(__file__).parents[2]
OLD_ENOUGH_TO_REFUSE = (3, 7)
DODO = """\
from buildgraph import bootstrap
bootstrap.hand_over(__file__, __name__)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a dodo.py, the bootstrap and a lock of one small package that is the whole graph."""
    folder = tmp_path / "a checkout"
    shutil.copytree(
        ROOT / "buildgraph", folder / "buildgraph", ignore=shutil.ignore_patterns("__pycache__", "engine")
    )
    (folder / "buildgraph/__main__.py").write_text(
        "import sys, tool\nprint('handed over', sys.argv[1:], tool.VERSION)\n"
    )
    (folder / "dodo.py").write_text(DODO)
    (folder / "requirements").mkdir()
    (folder / "requirements/build.txt").write_text(locked(wheel(tmp_path / "index", "tool", "1.0")))
    return folder


def run(checkout: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    pip = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(checkout.parent / "index"),
    }
    return subprocess.run(
        [sys.executable, str(checkout / "dodo.py"), *words],
        env={**kept, **pip, **environment},
        capture_output=True,
        text=True,
    )


def test_the_first_run_makes_the_tools_and_hands_over(checkout):
    done = run(checkout, "serve", "--port=1")

    assert done.stdout == "handed over ['serve', '--port=1'] 1.0\n"
    assert (
        done.stderr
        == "tools: installing 'requirements/build.txt' into '.buildgraph/tools' (new, or the lock moved)\n"
    )


def test_the_second_run_makes_nothing(checkout):
    run(checkout)

    assert run(checkout, PIP_FIND_LINKS="/nowhere").stderr == ""


def test_a_moved_lock_makes_another_environment_and_leaves_the_first(checkout):
    run(checkout)
    first = set((checkout / ".buildgraph/tools").iterdir())
    (checkout / "requirements/build.txt").write_text(locked(wheel(checkout.parent / "index", "tool", "2.0")))

    assert run(checkout).stdout == "handed over [] 2.0\n"
    assert first < set((checkout / ".buildgraph/tools").iterdir())


def test_settings_that_redirect_an_installation_do_not_reach_pip(checkout, tmp_path):
    done = run(checkout, PIP_TARGET=str(tmp_path / "elsewhere"), PIP_USER="1", PYTHONPATH=str(tmp_path))

    assert done.stdout == "handed over [] 1.0\n", done.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_two_first_runs_at_once_both_succeed(checkout):
    command = [sys.executable, str(checkout / "dodo.py")]
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout.parent / "index")}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    assert [process.communicate()[0] for process in both] == ["handed over [] 1.0\n"] * 2
    assert len(list((checkout / ".buildgraph/tools").iterdir())) == 1


def test_other_bytes_than_the_lock_demands_are_refused(checkout):
    wheel(checkout.parent / "index", "tool", "1.0", body="raise SystemExit('this must never run')\n")

    done = run(checkout)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "error: cannot install 'requirements/build.txt': a downloaded file does not have the digest that the lock demands, "
        "so nothing of it was run. The whole output is in '.buildgraph/logs/bootstrap.log'."
    )
    assert list((checkout / ".buildgraph/tools").iterdir()) == [], "nothing half-made stays"


def test_no_registry_and_nothing_cached_is_one_sentence(checkout):
    done = run(
        checkout,
        PIP_NO_INDEX="",
        PIP_FIND_LINKS="",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "error: cannot install 'requirements/build.txt': the package registry could not be reached (or lacks a package), and the "
        "cache does not hold it all. Check the network and pip's configuration, then run the command again. "
        "The whole output is in '.buildgraph/logs/bootstrap.log'."
    )


def test_a_checkout_that_cannot_be_written_is_one_sentence(checkout):
    (checkout / ".buildgraph").write_text("a file where the folder should be")

    done = run(checkout)

    assert done.returncode == 1
    assert done.stderr == (
        "error: cannot write '.buildgraph/tools': Not a directory. "
        "The checkout has to be writable by you; clone it again into a folder of yours.\n"
    )


def test_a_missing_lock_is_one_sentence(checkout):
    (checkout / "requirements/build.txt").unlink()

    assert run(checkout).stderr == (
        "error: cannot read 'requirements/build.txt': No such file or directory. "
        "Restore it with 'git checkout -- requirements/build.txt'.\n"
    )


def test_a_python_without_venv_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(bootstrap.BootstrapError) as caught:
        bootstrap._pip_wheel()
    assert str(caught.value) == (
        f"this Python ({sys.executable}) lacks the modules 'venv' and 'ensurepip'. On Debian and Ubuntu: "
        "'sudo apt install python3-venv'; elsewhere install Python from python.org."
    )


def test_too_old_a_python_is_one_sentence_that_names_a_good_one(monkeypatch):
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 98))
    monkeypatch.setattr(bootstrap, "NEWEST", (3, 99))
    monkeypatch.setattr(bootstrap, "_answers", lambda name: name == "python3.98")

    with pytest.raises(bootstrap.BootstrapError) as caught:
        bootstrap._refuse_other_pythons()
    version = ".".join(map(str, sys.version_info[:3]))
    assert str(caught.value) == (
        f"Python 3.98 to 3.99 is needed, and this is {version} ({sys.executable}). Run 'python3.98 dodo.py' instead."
    )


def test_a_shim_that_answers_with_an_error_is_no_python(tmp_path, monkeypatch):
    shim = tmp_path / "python3.98"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert not bootstrap._answers("python3.98")
    assert not bootstrap._answers("python3.97")


@pytest.mark.parametrize("path", ["dodo.py", "buildgraph/__init__.py", "buildgraph/bootstrap.py"])
def test_what_runs_before_the_hand_over_is_read_by_pythons_that_are_too_old(path):
    ast.parse((ROOT / path).read_text("utf-8"), feature_version=OLD_ENOUGH_TO_REFUSE)


def test_the_bootstrap_imports_the_standard_library_alone():
    code = "import sys; from buildgraph import bootstrap; bootstrap.tools_python('.'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded - set(sys.stdlib_module_names) - {"buildgraph", "__main__"} == set()


@pytest.mark.parametrize(
    "program", ["/usr/bin/doit", "doit", "doit.exe", "/x/site-packages/doit/__main__.py"]
)
def test_every_way_to_start_doit_is_recognized(monkeypatch, program):
    monkeypatch.setattr(sys, "argv", [program, "list"])

    assert bootstrap._is_doit()


def test_importing_dodo_hands_nothing_over(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/site-packages/pytest/__main__.py"])
    monkeypatch.setattr(bootstrap, "_continue_in", lambda *_: pytest.fail("the process was replaced"))

    bootstrap.hand_over(str(ROOT / "dodo.py"), "dodo")
