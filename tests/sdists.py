"""Small source archives, and an installed package as a wheel again: what builds them needs no network either."""

import gzip
import importlib.metadata
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path


def sdist(folder: Path, name: str, version: str, files: Mapping[str, str], suffix: str = ".tar.gz") -> Path:
    """Write a source archive of these files and return its path; equal arguments make equal bytes."""
    top = f"{name.replace('-', '_')}-{version}"
    info = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    path = folder / f"{top}{suffix}"
    content = {f"{top}/{file}": text.encode() for file, text in {"PKG-INFO": info, **files}.items()}
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as packed:
            for file, data in content.items():
                packed.writestr(zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), data)
        return path
    with gzip.GzipFile(path, "wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for file, data in content.items():
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def repacked(folder: Path, name: str) -> Path:
    """Write the wheel of an installed package of pure Python, out of its files."""
    found = importlib.metadata.distribution(name)
    path = folder / f"{name}-{found.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in found.files or ():
            if (
                ".." not in file.parts
                and file.suffix != ".pyc"
                and file.name not in ("INSTALLER", "REQUESTED")
            ):
                archive.writestr(
                    zipfile.ZipInfo(str(file), (1980, 1, 1, 0, 0, 0)), found.locate_file(file).read_bytes()
                )
    return path
