"""The image of compiled modules counts only as long as every source, and every folder of sources, is as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

RUN = """
import sys; sys.path.insert(0, {root!r})
from buildgraph.act.bytecode import Finder
from buildgraph.proof import image
found = image.read(); sys.meta_path[:0] = [found, Finder]
from {library}.part import inner
print(inner.WHAT, inner.__file__ == {root!r} + "/{library}/part/inner.py", inner.__spec__.loader is found)
image.write(found)
"""
LIBRARY = "imaged"


@pytest.fixture
def imaged(tmp_path):
    """A checkout with a library of two packages, of which there is an image; a function that imports a module of it."""
    root = os.path.realpath(tmp_path)
    engine = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
    for path, text in (("__init__", ""), ("part/__init__", ""), ("part/inner", "WHAT = 'one'")):
        file = tmp_path / LIBRARY / f"{path}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (tmp_path / ".buildgraph").mkdir()
    script = f"import sys; sys.path.append({engine!r})\nfrom buildgraph.proof import image\n"
    script += f"image.LIBRARY = {LIBRARY!r}\n" + RUN.format(root=root, library=LIBRARY)

    def run() -> list[str]:
        (tmp_path / ".buildgraph/lock").write_text("")  # The file system's clock, as a run leaves it.
        command = [sys.executable, "-I", "-c", script]
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.split()

    time.sleep(0.1)
    for _ in range(3):  # The first one makes folders for bytecode.
        said = run()
        time.sleep(0.1)
    assert said == ["one", "True", "True"], "it is imported from the image"
    return run


def test_an_edited_source_is_imported_as_it_is_now(imaged, tmp_path):
    source = tmp_path / LIBRARY / "part/inner.py"
    before = source.stat()
    source.write_text("WHAT = 'two'")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))  # Its size and its time are the same.
    assert imaged() == ["two", "True", "False"]
    time.sleep(0.1)
    assert imaged()[0] == "two"


def test_a_package_in_the_place_of_a_module_is_imported(imaged, tmp_path):
    folder = tmp_path / LIBRARY / "part/inner"
    folder.mkdir()
    (folder / "__init__.py").write_text("WHAT = 'package'")
    assert imaged() == ["package", "False", "False"]


@pytest.mark.parametrize("damage", [b"", b"1 00000000\nx", None])
def test_a_damaged_image_is_none(imaged, tmp_path, damage):
    image = tmp_path / ".buildgraph/image"
    content = image.read_bytes()
    image.write_bytes(content[:-9] if damage is None else damage)
    assert imaged() == ["one", "True", "False"]
    assert imaged() == ["one", "True", "True"], "it is written anew"
