"""Small wheels and folders of them, which pip and uv take for an index: no network is needed."""

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def wheel(
    folder: Path,
    name: str,
    version: str,
    requires: Iterable[str] = (),
    python: str = "",
    body: str = "",
    urls: Mapping[str, str] | None = None,
    description: str = "",
) -> Path:
    """Write a wheel (PEP 427) of one module and return its path; equal arguments make equal bytes."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    metadata += [f"Requires-Python: {python}\n"] if python else []
    metadata += [f"Requires-Dist: {line}\n" for line in requires]
    metadata += [f"Project-URL: {label}, {url}\n" for label, url in (urls or {}).items()]
    extras = sorted(
        {line.partition("extra == ")[2].strip("'\" ") for line in requires if "extra == " in line}
    )
    metadata += [f"Provides-Extra: {extra}\n" for extra in extras]
    if description:
        metadata += [f"Summary: {description}\nDescription-Content-Type: text/markdown\n\n{description}\n"]
    files = {
        f"{module}.py": body or f"VERSION = {version!r}\n",
        f"{info}/METADATA": "".join(metadata),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items()]
    files[f"{info}/RECORD"] = "".join(record) + f"{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), text)
    return path


def locked(path: Path) -> str:
    """Return the hashed requirement of a wheel, as a lock holds it."""
    name, version, *_ = path.name.split("-")
    return (
        f"{name.replace('_', '-')}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
    )


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
