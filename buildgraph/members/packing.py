"""Packing: a member's wheel and sdist, the same bytes from every checkout.

The member is copied, so that neither its place, nor its files' times and modes, nor what lies about in it can show; its build
backend then works in the copy, in a fixed time, zone, mask and hash seed. What comes out is judged by twine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from buildgraph.errors import BuildError

from . import Locked, Member, bounds
from .contents import refuse_wheel

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


def build(member: Member, python: str, locked: Locked, into: str) -> None:
    """Build the wheel and the sdist of a member into a folder; raise BuildError if its backend or twine refuse, or if its metadata differs from the locks."""
    with tempfile.TemporaryDirectory(prefix="member-") as folder:
        files = _built(member, python, Path(folder))
        check = [os.path.abspath(python), "-m", "twine", "--no-color", "check", "--strict", *map(str, files)]
        run(check, folder, f"twine refuses what '{member.name}' is built to", member.project)
        metadata = bounds.metadata_of(next(file for file in files if file.suffix == ".whl"))
        bounds.refuse_other(member, locked, metadata)
        Path(into).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, Path(into, file.name))
    print("\n".join(file.name for file in files))
    if member.kind == "library" and (names := sorted(set(bounds.without_lower(metadata)))):
        print(f"published without a lower bound: {', '.join(names)}")


def build_wheel(member: Member, python: str, into: Path) -> Path:
    """Build the wheel of a member into a folder, the same bytes as with its sdist; return its path."""
    with tempfile.TemporaryDirectory(prefix="member-") as folder:
        (wheel,) = (file for file in _built(member, python, Path(folder)) if file.suffix == ".whl")
        return Path(shutil.copyfile(wheel, into / wheel.name))


def _built(member: Member, python: str, folder: Path) -> list[Path]:
    """Build a copy of a member in a folder; return its wheel and its sdist."""
    copy, made = folder / member.name, folder / "made"
    shutil.copytree(member.folder, copy, ignore=_left_out(member.folder), ignore_dangling_symlinks=True)
    level(copy)
    words = ["-m", "build", "--no-isolation", f"--outdir={made}", str(copy)]
    run([os.path.abspath(python), *words], str(folder), f"'{member.name}' cannot be built", member.project)
    files = sorted(made.iterdir())
    for file in files:
        if file.suffix == ".whl":
            refuse_wheel(file, member.project)
    return files


def _left_out(top: str) -> Callable[[str, list[str]], set[str]]:
    """Return what says which names of a folder are not copied."""
    above, below = shutil.ignore_patterns(*LEFT_OUT_ON_TOP), shutil.ignore_patterns(*LEFT_OUT)

    def ignored(folder: str, names: list[str]) -> set[str]:
        return (above if os.fspath(folder) == top else below)(folder, names)

    return ignored


def level(folder: Path) -> None:
    """Give everything below a folder, and itself, one time and one of two modes."""
    for path in _below(folder):
        is_program = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if is_program else 0o644)
        os.utime(path, (EPOCH, EPOCH))


def _below(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*"), reverse=True)
    yield folder


def run(words: list[str], folder: str, what: str, where: str, more: Mapping[str, str] | None = None) -> None:
    """Run a program in a folder in a fixed environment, with `more` in it; if it fails, tell its last lines and raise BuildError."""
    environment = (
        {name: os.environ[name] for name in INHERITED if name in os.environ} | FIXED | dict(more or {})
    )
    done = subprocess.run(
        words, cwd=folder, env=environment, umask=0o022, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        sys.stderr.write("".join(f"{line}\n" for line in lines[-ERROR_LINES:]))
        hint = "The lines above come from the program itself: correct what they name."
        raise BuildError(what, where, hint)
