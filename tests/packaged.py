"""The library as a wheel, and checkouts elsewhere that have it so: without a network, by the backend that the locks pin."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

from buildgraph.bootstrap import tools_folder

ROOT = Path(__file__).parents[1]
BACKEND = "import sys, hatchling.build; hatchling.build.build_wheel(sys.argv[1]); hatchling.build.build_sdist(sys.argv[1])"
HEAD = """
import glob, os, sys
try:
    from buildgraph import bootstrap
except ImportError:
    sys.path += glob.glob(os.path.join(glob.escape(os.path.dirname(os.path.abspath(__file__))), "requirements", "buildgraph-*.whl"))
    from buildgraph import bootstrap
bootstrap.hand_over(__file__, __name__)
"""


def built(sources: Path, into: Path) -> Path:
    """Build wheel and sdist of a copy of the library's sources and return the wheel's path."""
    into.mkdir(parents=True, exist_ok=True)
    # -P: the folder of the sources has modules with names of the standard library's.
    command = [sys.executable, "-P", "-c", BACKEND, str(into)]
    subprocess.run(
        command, cwd=sources, env={"SOURCE_DATE_EPOCH": "315532800"}, check=True, capture_output=True
    )
    return next(into.glob("*.whl"))


def copied(into: Path, edits: Mapping[str, str] | None = None) -> Path:
    """Copy the library's sources and append texts to some of them."""
    shutil.copytree(ROOT / "buildgraph", into, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in (edits or {}).items():
        with (into / path).open("a") as file:
            file.write(text)
    return into


class Adopter:
    """A repository elsewhere that has the library as a folder or as a wheel beside its locks."""

    def __init__(self, folder: Path, dodo: str) -> None:
        self.folder = folder
        (folder / "requirements").mkdir(parents=True)
        (folder / "dodo.py").write_text(HEAD + textwrap.dedent(dodo))

    def with_folder(self, sources: Path) -> Adopter:
        """Copy the library into the checkout."""
        self._lock("")
        shutil.copytree(sources, self.folder / "buildgraph", dirs_exist_ok=True)
        return self

    def with_wheel(self, wheel: Path) -> Adopter:
        """Name a wheel in the lock of the tools, in the place of another one."""
        requirements = self.folder / "requirements"
        for old in requirements.glob("buildgraph-*.whl"):
            old.unlink()
        shutil.copy(wheel, requirements)
        version = wheel.name.split("-")[1]
        self._lock(
            f"buildgraph=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
        )
        return self

    def _lock(self, own: str) -> None:
        (self.folder / "requirements/build.txt").write_text(
            f"# the tools\n{own}others==1 --hash=sha256:{'0' * 64}\n"
        )
        self._make_tools()

    def _make_tools(self) -> None:
        """Make the environment of the tools as `bootstrap` would, of what the tests' own environment has."""
        folder = Path(tools_folder(str(self.folder)))
        venv.create(folder, symlinks=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
        (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
        for wheel in (self.folder / "requirements").glob("buildgraph-*.whl"):
            zipfile.ZipFile(wheel).extractall(packages)

    def doit(self, *words: str) -> str:
        """Run dodo.py by a Python that has no package, and return what it says."""
        python = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
        command = [str(python), "-s", "dodo.py", *words]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, env={"HOME": str(self.folder)}
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def made(self) -> dict[str, str]:
        """Return path → digest of everything that was made."""
        files = (path for path in (self.folder / "made").rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }
