"""Packing: a member's wheel and sdist, the same bytes from every checkout.

The member is copied, so that neither its place, nor its files' times and modes, nor what lies about in it can show; its build
backend then works in the copy, in a fixed time, zone, mask and hash seed. What comes out is judged by twine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from buildgraph.errors import BuildError

from . import Member

EPOCH = 1580601600
"""2020-02-02, the time of every file that is packed; hatchling's own, too (https://reproducible-builds.org/specs/source-date-epoch/)."""
FIXED = {
    "SOURCE_DATE_EPOCH": str(EPOCH),
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
INHERITED = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE")
LEFT_OUT = ("__pycache__", "*.pyc", "*.egg-info")
LEFT_OUT_ON_TOP = (*LEFT_OUT, "build", "dist", ".*")
"""What tools leave; below the top a folder of one of the last three names is the member's own."""
ERROR_LINES = 20


def build(member: Member, python: str, into: str) -> None:
    """Build the wheel and the sdist of a member into a folder; raise BuildError if its backend or twine refuse."""
    with tempfile.TemporaryDirectory(prefix="member-") as folder:
        copy = Path(folder, member.name)
        shutil.copytree(member.folder, copy, ignore=_left_out(member.folder), ignore_dangling_symlinks=True)
        _level(copy)
        made = Path(folder, "made")
        words = ["-m", "build", "--no-isolation", f"--outdir={made}", str(copy)]
        _run([os.path.abspath(python), *words], folder, f"'{member.name}' cannot be built", member)
        files = sorted(made.iterdir())
        check = [os.path.abspath(python), "-m", "twine", "--no-color", "check", "--strict", *map(str, files)]
        _run(check, folder, f"twine refuses what '{member.name}' is built to", member)
        Path(into).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, Path(into, file.name))
    print("\n".join(file.name for file in files))


def _left_out(top: str) -> Callable[[str, list[str]], set[str]]:
    """Return what says which names of a folder are not copied."""
    above, below = shutil.ignore_patterns(*LEFT_OUT_ON_TOP), shutil.ignore_patterns(*LEFT_OUT)

    def ignored(folder: str, names: list[str]) -> set[str]:
        return (above if os.fspath(folder) == top else below)(folder, names)

    return ignored


def _level(folder: Path) -> None:
    """Give everything below a folder, and itself, one time and one of two modes."""
    for path in _below(folder):
        is_program = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if is_program else 0o644)
        os.utime(path, (EPOCH, EPOCH))


def _below(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*"), reverse=True)
    yield folder


def _run(words: list[str], folder: str, what: str, member: Member) -> None:
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | FIXED
    done = subprocess.run(
        words, cwd=folder, env=environment, umask=0o022, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        sys.stderr.write("".join(f"{line}\n" for line in lines[-ERROR_LINES:]))
        hint = "The lines above come from the program itself: correct what they name."
        raise BuildError(what, member.project, hint)
