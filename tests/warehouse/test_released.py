"""What is released is the folder `warehouse/` alone: nothing of the build graph or of its development server is needed or in it."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

from webtest import TestApp

import warehouse

SOURCES = Path(warehouse.__file__).parent
RESERVED = "__serve__"  # the development server's path, which each of its pages names
IMPORT_ALL = """import importlib, importlib.util, pkgutil, sys
assert importlib.util.find_spec("buildgraph") is None
import warehouse
for module in pkgutil.walk_packages(warehouse.__path__, "warehouse."):
    if module.name not in ("warehouse.__main__", "warehouse.migrations.env"):
        importlib.import_module(module.name)
print(sum(name.startswith("warehouse") for name in sys.modules))
"""


def test_the_application_runs_where_the_build_graph_is_not(tmp_path: Path):
    copytree(SOURCES, tmp_path / "warehouse", ignore=ignore_patterns("__pycache__"))
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


def test_no_file_names_the_development_server():
    files = [path for path in SOURCES.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    found = [path for path in files if RESERVED.encode() in path.read_bytes()]

    assert len(files) > 100
    assert found == []


def test_no_page_names_the_development_server(app: TestApp):
    for path in ("/", "/simple/", "/nothing/"):
        assert RESERVED not in app.get(path, status="*").text
