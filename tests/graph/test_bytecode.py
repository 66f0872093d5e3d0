"""Python believes bytecode by its source's size and whole second; a build does not."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from shelled import git, shelled

from buildgraph.act.bytecode import MARGIN_NS, distrust, distrust_all

ROOT = Path(__file__).parents[2]
IMPORTING = """
def task_t(): return rule(inputs=["gen.py", "lib.py"], outputs=["out"], command=["python", "gen.py", "out"])
"""
GEN = "import lib, sys; open(sys.argv[1], 'w').write(str(lib.X))"


def python(checkout, *words: str) -> subprocess.CompletedProcess:
    """Run Python in the checkout in a process of its own that writes bytecode, as people's do."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environ["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, *words], cwd=checkout.folder, env=environ, capture_output=True, text=True
    )


def build(checkout) -> None:
    done = python(checkout, "-m", "buildgraph")
    assert done.returncode == 0, done


def write_like(checkout, path: str, text: str, like: os.stat_result | None = None) -> os.stat_result:
    """Write a file with the size and time of an earlier one."""
    file = checkout.write(path, text)
    if like is not None:
        os.utime(file, ns=(like.st_atime_ns, like.st_mtime_ns))
        assert file.stat().st_size == like.st_size
    return file.stat()


def test_edit_of_equal_size_and_time_is_seen_by_a_command(checkout):
    shelled(checkout, IMPORTING)
    checkout.write("gen.py", GEN)
    like = write_like(checkout, "lib.py", "X = 1")
    build(checkout)
    for number in (2, 3):
        write_like(checkout, "lib.py", f"X = {number}", like)
        build(checkout)
        assert checkout.read("out") == str(number)


def test_edit_of_equal_size_and_time_is_seen_in_a_module_of_the_definitions(checkout):
    text = "import helper.part\ndef task_t(): return rule(outputs=['out'], command=S('echo $2 > $1', 'out', helper.part.X))"
    shelled(checkout, text)
    checkout.write("helper/__init__.py", "")
    like = write_like(checkout, "helper/part.py", "X = 1")
    build(checkout)
    for number in (2, 3):
        write_like(checkout, "helper/part.py", f"X = {number}", like)
        build(checkout)
        build(checkout)
        assert checkout.read("out") == f"{number}\n"


def test_bytecode_of_a_process_that_a_command_starts_is_of_the_source(checkout):
    text = """
    def task_t(): return rule(inputs=["gen.py", "lib.py", "outer.py"], outputs=["out"], command=["python", "outer.py", "out"])
    """
    shelled(checkout, text)
    checkout.write("gen.py", GEN)
    checkout.write(
        "outer.py", "import subprocess, sys; subprocess.check_call([sys.executable, 'gen.py', *sys.argv[1:]])"
    )
    like = write_like(checkout, "lib.py", "X = 1")
    build(checkout)
    write_like(checkout, "lib.py", "X = 2", like)
    build(checkout)
    assert checkout.read("out") == "2"


def test_module_that_somebody_else_has_run_meanwhile_is_of_the_source(checkout):
    """The bytecode is younger than what the build has recorded, and of a content that has gone."""
    shelled(checkout, IMPORTING)
    checkout.write("gen.py", GEN)
    like = write_like(checkout, "lib.py", "X = 1")
    build(checkout)
    write_like(checkout, "lib.py", "X = 2", like)
    shutil.rmtree(checkout.folder / "__pycache__")
    assert python(checkout, "-c", "import sys; sys.path.insert(0, '.'); import lib").returncode == 0
    write_like(checkout, "lib.py", "X = 1", like)
    checkout.write("gen.py", GEN + "\n")
    build(checkout)
    assert checkout.read("out") == "1"


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("way", ["checkout", "rebase"])
def test_every_commit_of_a_walk_through_the_history_is_built_from_its_own_sources(checkout, way):
    shelled(checkout, IMPORTING)
    checkout.write(".gitignore", ".buildgraph\nout\n__pycache__\n")
    checkout.write("gen.py", GEN)
    git(checkout, "init", "-q")
    for number in range(100, 112):
        checkout.write("lib.py", f"X = {number}")
        git(checkout, "add", "-A")
        git(checkout, "commit", "-qm", str(number))
    commits = git(checkout, "rev-list", "HEAD").split()
    for commit in commits if way == "checkout" else reversed(commits):
        git(checkout, "checkout", "-q", commit)
        build(checkout)
        assert f"X = {checkout.read('out')}" == checkout.read("lib.py")


def test_edit_of_equal_size_and_time_is_seen_by_pytest(checkout):
    shelled(
        checkout,
        "def task_t(): return check(inputs=['test_a.py'], command=['python', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'test_a.py'])",
    )
    like = write_like(checkout, "test_a.py", "def test_a():\n    assert 1 == 1\n")
    build(checkout)
    write_like(checkout, "test_a.py", "def test_a():\n    assert 1 == 2\n", like)
    run = python(checkout, "-m", "buildgraph")
    assert run.returncode == 1
    assert "assert 1 == 2" in run.stdout


@pytest.mark.parametrize("how", ["always=True", "always=True, foreground=True"])
def test_commands_that_are_never_recorded_import_no_old_bytecode(checkout, how):
    """Alembic's revisions and the application's own commands are such imports."""
    shelled(
        checkout,
        f"def task_t(): return check({how}, command=['python', '-c', 'import lib; assert lib.X == 2'])",
    )
    like = write_like(checkout, "lib.py", "X = 1")
    assert python(checkout, "-c", "import sys; sys.path.insert(0, '.'); import lib").returncode == 0
    write_like(checkout, "lib.py", "X = 2", like)
    build(checkout)


# What is kept and what goes


def cached(source: Path, mode: py_compile.PycInvalidationMode, age_ns: int = 0) -> Path:
    """Compile a source to bytecode of that age before now."""
    path = Path(py_compile.compile(str(source), doraise=True, invalidation_mode=mode))
    moment = time.time_ns() - age_ns
    os.utime(path, ns=(moment, moment))
    return path


TIMES, HASH, UNCHECKED = (
    py_compile.PycInvalidationMode.TIMESTAMP,
    py_compile.PycInvalidationMode.CHECKED_HASH,
    py_compile.PycInvalidationMode.UNCHECKED_HASH,
)


@pytest.mark.parametrize(("mode", "stays"), [(TIMES, False), (HASH, True), (UNCHECKED, False)])
def test_fresh_bytecode_stays_only_if_python_compares_its_hash(tmp_path, mode, stays):
    source = tmp_path / "lib.py"
    source.write_text("X = 1")
    path = cached(source, mode)
    distrust([str(source)])
    assert path.exists() is stays


def test_bytecode_that_is_well_younger_than_its_source_stays(tmp_path, monkeypatch):
    source = tmp_path / "lib.py"
    source.write_text("X = 1")
    monkeypatch.setattr("buildgraph.act.bytecode.MARGIN_NS", 1)
    time.sleep(0.02)
    path = cached(source, TIMES)
    distrust([str(source)])
    assert path.exists()
    monkeypatch.setattr("buildgraph.act.bytecode.MARGIN_NS", MARGIN_NS)
    distrust([str(source)])
    assert not path.exists()


def test_bytecode_that_was_put_back_with_its_old_time_goes(tmp_path, monkeypatch):
    monkeypatch.setattr("buildgraph.act.bytecode.MARGIN_NS", 1)
    source = tmp_path / "lib.py"
    source.write_text("X = 1")
    time.sleep(0.02)
    path = cached(source, TIMES, age_ns=10**12)
    distrust([str(source)])
    assert not path.exists()


def test_bytecode_that_python_would_not_believe_is_left_alone(tmp_path):
    source = tmp_path / "lib.py"
    source.write_text("X = 1")
    path = cached(source, TIMES)
    source.write_text("X = 10")
    distrust([str(source)])
    assert path.exists()


@pytest.mark.parametrize("name", ["lib", "a.b", "conftest"])
def test_bytecode_is_found_by_whichever_name_a_tool_gives_it(tmp_path, name):
    source = tmp_path / f"{name}.py"
    source.write_text("X = 1")
    path = cached(source, TIMES)
    other = path.with_name(path.name.replace(".pyc", "-pytest-9.9.9.pyc"))
    other.write_bytes(path.read_bytes())
    distrust([str(source)])
    assert not path.exists() and not other.exists()


def test_bytecode_in_a_place_of_its_own_is_looked_at(tmp_path, monkeypatch):
    source, prefix = tmp_path / "lib.py", tmp_path / "elsewhere"
    source.write_text("X = 1")
    monkeypatch.setattr(sys, "pycache_prefix", str(prefix))
    path = Path(importlib.util.cache_from_source(str(source)))
    cached(source, TIMES)
    assert path.is_relative_to(prefix)
    distrust([str(source)], str(prefix))
    assert not path.exists()


def test_environments_are_not_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = []
    for folder in (".", "package", "env/lib", "node_modules/x"):
        source = tmp_path / folder / "lib.py"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("X = 1")
        kept.append(cached(source, TIMES))
    (tmp_path / "env/pyvenv.cfg").write_text("")
    distrust_all()
    assert [path.exists() for path in kept] == [False, False, True, True]


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize(
    "chain", [{"src": "cur"}, {"src/lib.py": "../cur/lib.py"}, {"src/lib.py": "../l", "l": "cur/lib.py"}]
)
def test_link_that_is_led_to_another_version_is_seen(checkout, chain, monkeypatch):
    """Each version has its own bytecode in time; the one that is believed is beside the link."""
    shelled(
        checkout,
        "def task_t(): return rule(inputs=['src/lib.py'], outputs=['out'], command=['python', '-c', 'import sys; sys.path.insert(0, \"src\"); import lib; open(sys.argv[1], \"w\").write(str(lib.X))', 'out'])",
    )
    like = write_like(checkout, "v1/lib.py", "X = 1")
    write_like(checkout, "v2/lib.py", "X = 2", like)
    for path, target in {"cur": "v1", **chain}.items():
        (checkout.folder / path).parent.mkdir(exist_ok=True)
        (checkout.folder / path).symlink_to(target)
    time.sleep(2.1)  # Bytecode is old enough to be trusted, if a link were.
    build(checkout)
    assert checkout.read("out") == "1"
    (checkout.folder / "cur").unlink()
    (checkout.folder / "cur").symlink_to("v2")
    build(checkout)
    assert checkout.read("out") == "2"


@pytest.mark.parametrize(
    "how",
    ["environment={'PYTHONPYCACHEPREFIX': '{root}/kept'}", "environment={'PYTHONPYCACHEPREFIX': 'kept'}"],
)
def test_bytecode_that_a_rule_keeps_elsewhere_is_of_the_source(checkout, how):
    shelled(checkout, IMPORTING.replace("outputs=", how + ", outputs="))
    checkout.write("gen.py", GEN)
    like = write_like(checkout, "lib.py", "X = 1")
    build(checkout)
    write_like(checkout, "lib.py", "X = 2", like)
    build(checkout)
    assert checkout.read("out") == "2"


def test_action_of_a_plain_task_imports_no_old_bytecode(checkout):
    shelled(
        checkout,
        f"def task_t(): return {{'actions': ['{sys.executable} -c \"import lib; assert lib.X == 2\"']}}",
    )
    like = write_like(checkout, "lib.py", "X = 1")
    assert python(checkout, "-c", "import sys; sys.path.insert(0, '.'); import lib").returncode == 0
    write_like(checkout, "lib.py", "X = 2", like)
    build(checkout)
