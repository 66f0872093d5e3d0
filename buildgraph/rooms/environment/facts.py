"""Facts: which packages an environment holds, read from its `*.dist-info` folders without starting its Python."""

import base64
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from buildgraph.address import normal

QUOTE = '"'


def site_packages(python: Path) -> Path:
    """Return the folder of installed packages that belongs to an environment's interpreter."""
    top = python.parent.parent
    found = sorted(top.glob("lib/python3*/site-packages"))
    return found[-1] if found else top / "Lib" / "site-packages"


def installed(python: Path) -> dict[str, str]:
    """Return name -> version of every installed package, or the address that it was installed from (PEP 610)."""
    return {
        name: _address(info) or info.name.removesuffix(".dist-info").partition("-")[2]
        for name, info in _infos(python)
    }


def _infos(python: Path) -> Iterator[tuple[str, Path]]:
    """Yield each installed package's name and `*.dist-info` folder."""
    for info in site_packages(python).glob("*.dist-info"):
        yield canonicalize_name(info.name.partition("-")[0]), info


def _record(info: Path) -> list[str] | None:
    """Return the lines of a package's RECORD, None if it has none that can be read."""
    try:
        return (info / "RECORD").read_text("utf-8").splitlines()
    except OSError:
        return None


def _address(info: Path) -> str:
    try:
        return normal(str(json.loads((info / "direct_url.json").read_text("utf-8"))["url"]))
    except FileNotFoundError:
        return ""
    except (ValueError, KeyError, TypeError):
        return "an unknown address"


def branch() -> str:
    """Return the branch that is checked out, as git names it; an empty text for none, or without git."""
    try:
        folder = Path(".git")
        if folder.is_file():  # A worktree's points to where its state is (gitrepository-layout).
            folder = Path(folder.read_text("utf-8").removeprefix("gitdir:").strip())
        kind, _, name = (folder / "HEAD").read_text("utf-8").partition(" ")
    except (OSError, UnicodeDecodeError):
        return ""
    return name.strip() if kind == "ref:" else ""


def damaged(python: Path, ours: Collection[Path] = (), deep: bool = False) -> set[str]:
    """Return the names of packages with a file missing or of another size than RECORD says (PEP 376).

    Files of `ours` were replaced on purpose. `deep` compares digests as well: it reads every file.
    """
    folder = str(site_packages(python))
    replaced = {os.fspath(path) for path in ours}
    found = set()
    for name, info in _infos(python):
        lines = _record(info)
        if lines is None or not all(_is_whole(folder, line, replaced, deep) for line in lines):
            found.add(name)
    return found


def make_removable(python: Path, names: Collection[str]) -> None:
    """Remove what installers leave of packages: bytecode, and what says that one is installed but not what belongs to it.

    Python takes bytecode for that of a module of the same size and the same second (PEP 3147), which the next release's
    may have.
    """
    folder = site_packages(python)
    for name, info in _infos(python):
        if name not in names:
            continue
        lines = _record(info)
        if lines is None:
            shutil.rmtree(info)
            continue
        for line in lines:
            head, _, tail = line.partition(",")[0].strip(QUOTE).rpartition("/")
            if tail.endswith(".py"):
                for level in ("", ".opt-1", ".opt-2"):
                    code = f"{tail[:-3]}.{sys.implementation.cache_tag}{level}.pyc"
                    (folder / head / "__pycache__" / code).unlink(missing_ok=True)


def remove_infos(python: Path, names: Collection[str]) -> None:
    """Remove what says that packages are installed: an installer that was killed leaves some of it that none can remove."""
    for name, info in _infos(python):
        if name in names:
            shutil.rmtree(info)


def _is_whole(folder: str, line: str, replaced: Collection[str], deep: bool) -> bool:
    """Tell whether one RECORD line (`path,sha256=…,size`) describes a file as it is; bytecode is not checked."""
    path, _, rest = line.rpartition(",sha256=")
    digest, _, size = rest.rpartition(",")
    if not path or not size.isdigit() or path.endswith(".pyc"):
        return True
    file = f"{folder}/{path.strip(QUOTE)}"
    if path.startswith("..") and os.path.normpath(file) in replaced:
        return True
    try:
        return os.stat(file).st_size == int(size) and not (deep and _digest(file) != digest)
    except OSError:
        return False


def _digest(file: str) -> str:
    """Return a file's SHA-256 as RECORD writes it: urlsafe base64 without padding."""
    with open(file, "rb") as content:
        found = hashlib.file_digest(content, "sha256").digest()
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode()
