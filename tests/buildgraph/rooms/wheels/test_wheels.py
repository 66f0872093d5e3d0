"""Wheels: six packages that have source archives only, two of them with C code, locked, built once and installed."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.environment import Environment
from buildgraph.rooms.environment.sync import sync
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main as lock
from buildgraph.rooms.wheels import Wheels, alone, cache
from buildgraph.rooms.wheels.__main__ import main
from buildgraph.rules.word import to_word
from tests.sdists import repacked, sdist
from tests.wheels import wheel

HERE = Path(__file__).parents[4]
NAMES = ("legacy", "modern", "zipped", "telling", "adder", "fast-words")
LOCKS = Locks(("main", "builders"), (f"{sys.version_info[0]}.{sys.version_info[1]}",), builds=NAMES)
BUILDERS = Environment((LOCKS.file("builders"),), folder=".builders")
WHEELS = Wheels(NAMES, (LOCKS.file("main"),), LOCKS.file("builders"), BUILDERS.python)
ENV = Environment((LOCKS.file("main"),), wheels=WHEELS.list)

SETUP = "from setuptools import Extension, setup\nsetup(name={!r}, version='1.0', py_modules={!r}, ext_modules={}, install_requires={})\n"
PYPROJECT = '[build-system]\nrequires = ["setuptools>=60"]\nbuild-backend = "setuptools.build_meta"\n'
C = """#include <Python.h>
static PyObject *add(PyObject *self, PyObject *args) {
    long a, b;
    return PyArg_ParseTuple(args, "ll", &a, &b) ? PyLong_FromLong(a + b) : NULL;
}
static PyMethodDef methods[] = {{"add", add, METH_VARARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", NULL, -1, methods};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""
# A build that says what it sees: the variables, and whether a server of this machine can be reached.
TELLING = """import json, os, socket
try:
    socket.create_connection(("127.0.0.1", %d), timeout=2).close()
    reached = True
except OSError:
    reached = False
open("telling.py", "w").write(f"VARIABLES = {sorted(os.environ)!r}\\nREACHED = {reached}\\n")
"""


def extension(name: str) -> str:
    return f"[Extension({name!r}, ['{name}.c'])]"


def publish(index: Path, port: int) -> None:
    repacked(index, "setuptools")
    wheel(index, "helper", "1.0")
    sdist(
        index,
        "legacy",
        "1.0",
        {"setup.py": SETUP.format("legacy", ["legacy"], [], ["helper"]), "legacy.py": "A = 1\n"},
    )
    modern = (
        PYPROJECT
        + '[project]\nname = "modern"\nversion = "1.0"\n[tool.setuptools]\npy-modules = ["modern"]\n'
    )
    sdist(index, "modern", "1.0", {"pyproject.toml": modern, "modern.py": "A = 2\n"})
    zipped = {"setup.py": SETUP.format("zipped", ["zipped"], [], []), "zipped.py": "A = 3\n"}
    sdist(index, "zipped", "1.0", zipped, ".zip")
    sdist(
        index, "telling", "1.0", {"setup.py": TELLING % port + SETUP.format("telling", ["telling"], [], [])}
    )
    adder = {
        "setup.py": SETUP.format("adder", [], extension("adder"), []),
        "adder.c": C.replace("NAME", "adder"),
    }
    sdist(index, "adder", "1.0", adder)
    words = SETUP.format("fast-words", [], extension("fast_words"), [])
    c = C.replace("NAME", "fast_words")
    sdist(index, "fast-words", "1.0", {"pyproject.toml": PYPROJECT, "setup.py": words, "fast_words.c": c})


@pytest.fixture(scope="module")
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, server: socket.socket) -> Iterator[Path]:
    """A checkout, locked, with the builders' environment and the wheels, and a cache of the user's."""
    top = tmp_path_factory.mktemp("wheels")
    checkout, index = top / "first", top / "index"
    (checkout / "requirements").mkdir(parents=True)
    index.mkdir()
    publish(index, server.getsockname()[1])
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
            patch.delenv(name)
        for name, value in {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(index),
            "UV_CACHE_DIR": str(top / "uv"),
            "XDG_CACHE_HOME": str(top / "cache"),
            "PYTHONPATH": str(HERE),  # programs of the rooms start as modules
            "SECRET_OF_THE_USER": "told to nobody",
        }.items():
            patch.setenv(name, value)
        patch.chdir(checkout)
        Path("requirements/main.in").write_text("".join(f"{name}\n" for name in NAMES))
        Path("requirements/builders.in").write_text("setuptools\n")
        lock(["compile", to_word(LOCKS)])
        sync(BUILDERS)
        build()
        yield checkout


@pytest.fixture
def checkout(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another checkout with the same locks, and no environment."""
    shutil.copytree(first / "requirements", tmp_path / "checkout/requirements")
    monkeypatch.chdir(tmp_path / "checkout")
    return tmp_path / "checkout"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, and an index of its own."""
    index = shutil.copytree(os.environ["PIP_FIND_LINKS"], tmp_path / "index")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return index


def build(wheels: Wheels = WHEELS) -> None:
    folder = Path(wheels.folder)
    shutil.rmtree(folder, ignore_errors=True)
    main([to_word(wheels), f"{folder}/"])


def only(name: str) -> Wheels:
    """Return the room for one package, with the builders of the first checkout."""
    return Wheels((name,), WHEELS.files, WHEELS.builders, WHEELS.python)


def says(code: str) -> str:
    return subprocess.run([ENV.python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_six_packages_without_a_wheel_are_built_and_installed(first):
    sync(ENV)

    code = "import legacy, modern, zipped, adder, fast_words; print(legacy.A, modern.A, zipped.A, adder.add(2, 2), fast_words.add(2, 3))"
    assert says(code) == "1 2 3 4 5"
    assert says("import helper; print(helper.VERSION)") == "1.0", "what a built one requires is there"
    stamp = os.stat(ENV.stamp).st_mtime_ns
    sync(ENV)
    assert os.stat(ENV.stamp).st_mtime_ns == stamp


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has namespaces")
def test_a_build_has_no_network_and_no_variables_of_the_user(first):
    if (
        "allowed"
        in subprocess.run(
            [sys.executable, "-I", alone.__file__, sys.executable, "-c", ""],
            capture_output=True,
            text=True,
            check=True,
        ).stderr
    ):
        pytest.skip("namespaces are not allowed here")
    sync(ENV)

    assert says("import telling; print(telling.REACHED)") == "False"
    seen = set(says("import telling; print(*telling.VARIABLES)").split())
    assert "SECRET_OF_THE_USER" not in seen
    assert not {name for name in seen if name.lower().endswith("proxy")}


def test_a_second_checkout_builds_none_and_asks_no_registry(checkout, first, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))

    build()

    assert capsys.readouterr().out == "6 wheels, 0 of them built and 6 out of the cache\n"
    assert Path(WHEELS.list).read_bytes() == (first / WHEELS.list).read_bytes()


def test_an_archive_that_is_not_the_locked_one_is_refused_before_anything_of_it_runs(
    checkout, elsewhere, tmp_path
):
    ran = tmp_path / "ran"
    files = {"setup.py": f"open({str(ran)!r}, 'w').close()\n", "legacy.py": "A = 666\n"}
    sdist(elsewhere, "legacy", "1.0", files)

    with pytest.raises(
        BuildError,
        match=r"'legacy-1\.0\.tar\.gz' has the digest 'sha256:\w+', which is not locked for legacy==1\.0; nothing of it was unpacked or run",
    ):
        build(only("legacy"))
    assert not ran.exists()
    assert not cache.folder().exists()


def test_a_damaged_wheel_in_the_cache_is_built_anew(checkout, elsewhere, first, capsys):
    sync(BUILDERS)
    build(only("modern"))
    before = Path(WHEELS.list).read_bytes()
    (kept,) = cache.folder().glob("*/*.whl")
    kept.write_bytes(b"something else")
    capsys.readouterr()

    build(only("modern"))

    assert "1 wheels, 1 of them built" in capsys.readouterr().out
    assert Path(WHEELS.list).read_bytes() == before, "a build gives the same bytes"


def test_other_build_requirements_make_another_wheel_which_is_installed_anew(checkout, elsewhere):
    sync(BUILDERS)
    build(only("modern"))
    env = Environment((LOCKS.file("main"),), wheels=WHEELS.list)
    Path(LOCKS.file("main")).write_text(_lines("modern"))
    sync(env)
    with open(WHEELS.builders, "a") as file:
        file.write("# another setuptools, say\n")

    build(only("modern"))
    sync(env)

    (told,) = json.loads(Path(WHEELS.list).read_text()).values()
    assert told["file"] in says(
        "import importlib.metadata as m; print(m.distribution('modern').read_text('direct_url.json'))"
    )


def _lines(name: str) -> str:
    entries = Path(LOCKS.file("main")).read_text().replace("\\\n", " ").splitlines()
    return next(f"{line}\n" for line in entries if line.startswith(f"{name}=="))


def test_a_build_requirement_that_is_not_locked_is_named(checkout, elsewhere):
    Path(LOCKS.file("builders")).write_text("")
    sync(BUILDERS)

    with pytest.raises(BuildError) as caught:
        build(only("modern"))
    assert str(caught.value) == (
        "requirements/builders.txt: building modern==1.0 needs 'setuptools>=60'. "
        "Name it in 'requirements/builders.in' and run 'doit locks'."
    )


def test_a_build_that_fails_is_told_with_its_error_and_keeps_nothing(checkout, elsewhere, capsys):
    archive = sdist(
        elsewhere,
        "adder",
        "1.0",
        {"setup.py": SETUP.format("adder", [], extension("adder"), []), "adder.c": "#error broken\n"},
    )
    Path(LOCKS.file("main")).write_text(f"adder==1.0 --hash=sha256:{cache.digest(archive)}\n")
    sync(BUILDERS)

    with pytest.raises(BuildError, match=r"building adder==1\.0 failed: .*error"):
        build(only("adder"))
    assert "#error broken" in capsys.readouterr().out
    assert not cache.folder().exists()


def test_what_is_to_be_built_and_not_pinned_is_named(checkout):
    with pytest.raises(BuildError, match="'gone' is to be built, and nothing pins it"):
        build(only("gone"))


def test_an_archive_that_nobody_has_is_named(checkout, elsewhere):
    (elsewhere / "modern-1.0.tar.gz").unlink()

    with pytest.raises(BuildError, match=r"no registry has a source archive of modern==1\.0"):
        build(only("modern"))


def test_an_archive_that_leads_out_of_its_folder_is_refused(checkout, elsewhere, tmp_path):
    archive = sdist(elsewhere, "legacy", "1.0", {"../../../ran": "out"})
    Path(LOCKS.file("main")).write_text(f"legacy==1.0 --hash=sha256:{cache.digest(archive)}\n")

    with pytest.raises(BuildError, match=r"the archive of legacy==1\.0 cannot be unpacked"):
        build(only("legacy"))
