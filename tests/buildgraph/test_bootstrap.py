"""The bootstrap: one sentence for everything that can be missing, and nothing but the standard library."""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import bootstrap, interpreter
from tests.terminal import read_to_the_end
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


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_on_a_terminal_one_line_tells_the_time_and_what_is_done(checkout, columns):
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "COLUMNS"))
    }
    pip = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(checkout.parent / "index"),
    }
    process = subprocess.Popen(
        [sys.executable, str(checkout / "dodo.py")],
        env={**environment, **pip, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = read_to_the_end(ours).decode()

    assert process.wait(60) == 0
    shown = said.split("\r")[1:]
    lines = [line.removesuffix("\x1b[K") for line in shown if line.startswith("tools: ")]
    assert lines and lines[0].startswith("tools: 0 s  ") and lines[0] != "tools: 0 s  "
    assert all(len(line) < columns for line in lines)
    assert "\r\x1b[K" in said and said.endswith("handed over [] 1.0\r\n")


def test_the_second_run_makes_nothing(checkout):
    run(checkout)

    assert run(checkout, PIP_FIND_LINKS="/nowhere").stderr == ""


def test_a_moved_lock_makes_another_environment_and_leaves_the_first(checkout):
    run(checkout)
    first = set((checkout / ".buildgraph/tools").iterdir())
    (checkout / "requirements/build.txt").write_text(locked(wheel(checkout.parent / "index", "tool", "2.0")))

    assert run(checkout).stdout == "handed over [] 2.0\n"
    assert first < set((checkout / ".buildgraph/tools").iterdir())


@pytest.mark.slow
def test_settings_that_redirect_an_installation_do_not_reach_pip(checkout, tmp_path):
    done = run(checkout, PIP_TARGET=str(tmp_path / "elsewhere"), PIP_USER="1", PYTHONPATH=str(tmp_path))

    assert done.stdout == "handed over [] 1.0\n", done.stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.slow
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
        PIP_INDEX_URL="http://who:secret@127.0.0.1:9/simple",
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "error: cannot install 'requirements/build.txt': the package registry '127.0.0.1:9' could not be reached (or lacks "
        "a package), and the cache does not hold it all. Check the network and pip's configuration, then run the command again. "
        "The whole output is in '.buildgraph/logs/bootstrap.log'."
    )


SAID = {
    "Collecting a==1\nLooking": "Collecting a==1",
    " in links\nInstalling collected packages: a, b": "Collecting a==1",
    ", c\n": "installing 3 packages",
    "WARNING: Retrying (Retry(total=4": "installing 3 packages",
    ")\n": "the registry gives no answer, it is asked again",
}
"""What a step says, piece by piece → what it is doing then."""


def test_a_lock_that_was_edited_by_hand_is_told_before_anything_is_installed(checkout):
    lock = checkout / "requirements/build.txt"
    body = lock.read_text()
    digest = hashlib.sha256(body.encode()).hexdigest()
    lock.write_text(f"# Written by `doit locks`\n# body: sha256:{digest}\n{body.replace('==1.0', '==2.0')}")

    done = run(checkout)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: 'requirements/build.txt' is not what `doit locks` wrote: it was edited by hand. 'git checkout -- requirements/build.txt' "
        "brings it back; put the change into the '.in' file of that group, then run 'doit locks'.\n"
    )
    lock.write_text(f"# Written by `doit locks`\n# body: sha256:{digest}\n{body}")
    assert run(checkout).returncode == 0


def test_what_a_step_does_is_read_once_and_in_whole_lines(tmp_path):
    doing = "reading"
    with open(tmp_path / "log", "w") as file, open(tmp_path / "log", "rb") as said:
        for added, expected in SAID.items():
            file.write(added)
            file.flush()
            doing = bootstrap._step(said, doing)
            assert doing == expected


def test_a_package_that_no_registry_has_is_named(checkout):
    lock = checkout / "requirements/build.txt"
    lock.write_text(lock.read_text().replace("==1.0", "==94.0"))

    done = run(checkout)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "error: cannot install 'requirements/build.txt': no registry, and no cache, has 'tool==94.0' for this Python. If the lock was "
        "edited by hand, 'git checkout' brings it back; otherwise check pip's configuration, then run the command again. "
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
        "Bring it back from version control; 'python -m buildgraph init' writes one where there never was one.\n"
    )


def test_a_python_without_venv_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(bootstrap.BootstrapError) as caught:
        bootstrap._pip_wheel()
    assert str(caught.value) == (
        f"this Python ({sys.executable}) lacks the modules 'venv' and 'ensurepip'. On Debian and Ubuntu: "
        "'sudo apt install python3-venv'; elsewhere install Python from python.org."
    )


HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def program(folder: Path, name: str, text: str) -> Path:
    """A program on PATH that stands for a Python."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on whose PATH there are only the programs of one folder, which has a shell's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sleep").symlink_to(shutil.which("sleep"))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return folder


def fake(version: str) -> str:
    """The text of a program that answers as that version, and says what else it is given."""
    return f'case "$1" in -c) echo "{version} $0";; *) echo "in {version}: $*";; esac'


def test_the_pinned_python_goes_on_where_another_one_starts(checkout, machine):
    (checkout / ".python-version").write_text("# the team's\n3.12.2\n")
    program(machine, "python3.12", fake("3.12"))

    done = run(checkout, "serve", "--port=1")

    assert (done.stdout, done.stderr) == (f"in 3.12: {checkout}/dodo.py serve --port=1\n", "")


@pytest.mark.slow
def test_what_was_found_is_not_looked_for_again(checkout, machine):
    (checkout / ".python-version").write_text("3.12\n")
    path = program(machine, "python3.12", fake("3.12"))
    run(checkout)
    path.write_text('#!/bin/sh\n[ "$1" = -c ] && exit 1\necho "asked nothing"\n')

    assert run(checkout).stdout == "asked nothing\n"
    path.unlink()
    assert run(checkout).stdout == "handed over [] 1.0\n", "what is gone is forgotten"


@pytest.mark.slow
def test_without_the_pinned_python_another_that_is_served_goes_on_with_a_note(checkout, machine):
    (checkout / ".python-version").write_text("3.12\n")
    program(machine, "python3.12", "exit 127")
    program(machine, "python3", fake("3.9"))

    first, second = run(checkout), run(checkout)

    assert first.stdout == second.stdout == "handed over [] 1.0\n"
    assert first.stderr.splitlines()[0] == (
        f"note: Python 3.12 is wanted ('.python-version'; 3.11 to 3.14 will do); it was not found. "
        f"Continuing with Python {HERE}."
    )
    assert second.stderr == "", "it is said once"


@pytest.mark.slow
def test_a_pin_that_moved_is_followed_though_a_tools_environment_is_there(checkout, machine):
    assert run(checkout).stdout == "handed over [] 1.0\n"
    program(machine, "python3.12", fake("3.12"))
    (checkout / ".python-version").write_text("3.12\n")

    assert run(checkout, "assets").stdout == f"in 3.12: {checkout}/dodo.py assets\n"


@pytest.mark.slow
def test_a_pinned_python_that_is_installed_later_is_found(checkout, machine):
    (checkout / ".python-version").write_text("3.12\n")
    assert "it was not found" in run(checkout).stderr
    program(machine, "python3.12", fake("3.12"))

    assert run(checkout, "assets").stdout == f"in 3.12: {checkout}/dodo.py assets\n"


def test_a_python_that_no_lock_serves_ends_with_what_was_found_and_how_to_get_one(
    tmp_path, machine, monkeypatch
):
    (tmp_path / ".python-version").write_text("3.98\n")
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 98))
    monkeypatch.setattr(bootstrap, "NEWEST", (3, 98))
    monkeypatch.setattr("buildgraph.interpreter.PROBE_SECONDS", 1)
    program(machine, "python3.98", "exit 127")
    program(machine, "python3", fake("3.9"))
    program(machine, "python", "exec sleep 60")

    with pytest.raises(bootstrap.BootstrapError) as caught:
        bootstrap._other_python(str(tmp_path), "requirements/build.txt")
    version = ".".join(map(str, sys.version_info[:3]))
    assert str(caught.value) == (
        f"Python 3.98 is wanted ('.python-version'; 3.98 to 3.98 will do). Found: {version} ({sys.executable}, running); "
        f"{machine}/python3.98 (it ends with code 127); {machine}/python3 (it is 3.9); "
        f"{machine}/python (no answer in 1 seconds). Install it. "
        "Debian and Ubuntu: 'sudo apt install python3.98 python3.98-venv'; Fedora: 'sudo dnf install python3.98'; "
        "macOS: 'brew install python@3.98'; Windows: 'winget install Python.Python.3.98'; anywhere: 'pyenv install 3.98'."
    )


def test_a_python_that_no_lock_serves_goes_on_in_one_that_is_served(tmp_path, machine, monkeypatch):
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 97))
    monkeypatch.setattr(bootstrap, "NEWEST", (3, 98))
    program(machine, "python3.98", "exit 127")
    other = program(machine, "python3.97", fake("3.97"))

    assert bootstrap._other_python(str(tmp_path), "requirements/build.txt") == str(other)


def test_behind_a_shim_that_fails_the_next_of_that_name_is_found(machine, tmp_path, monkeypatch):
    shims = tmp_path / "shims"
    program(shims, "python3.12", "exit 127")
    real = program(machine, "python3.12", fake("3.12"))
    monkeypatch.setenv("PATH", str(shims), prepend=os.pathsep)

    assert interpreter.find("3.12") == (str(real), [f"{shims}/python3.12 (it ends with code 127)"])


def test_a_version_that_pyenv_has_and_path_has_not_is_found(machine, tmp_path):
    folder = tmp_path / "pyenv/versions/3.12.4/bin"
    folder.mkdir(parents=True)
    there = program(folder, "python", fake("3.12"))

    assert interpreter.find("3.12") == (str(there), [])


@pytest.mark.parametrize(
    ("text", "version"),
    [("3.11", "3.11"), ("# why\n3.12.4\n", "3.12"), ("cpython-3.13\n", "3.13"), ("system\n", ""), ("", "")],
)
def test_the_pin_is_read_as_version_managers_write_it(tmp_path, text, version):
    (tmp_path / ".python-version").write_text(text)

    assert interpreter.pinned(str(tmp_path)) == version


def test_no_pin_asks_for_nothing(tmp_path):
    assert interpreter.pinned(str(tmp_path)) == ""


@pytest.mark.parametrize(
    "path", ["dodo.py", *(f"buildgraph/{name}.py" for name in ("__init__", "bootstrap", "interpreter"))]
)
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
    monkeypatch.setattr(bootstrap, "_continue_as", lambda *_: pytest.fail("the process was replaced"))

    bootstrap.hand_over(str(ROOT / "dodo.py"), "dodo")
