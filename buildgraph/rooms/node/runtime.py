"""Runtime: from verified archives to `.nodeenv`.

The temporary files have a fixed place in the checkout, whose lock is held: what a killed run left is removed by the next.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text
from buildgraph.layout import STATE

from . import Node, mirror, pin, platforms, sources

WORK = Path(STATE, "node")


def lay_out(node: Node) -> str:
    """Make the node folder anew and return what it holds, in words."""
    pinned, platform = pin.of(node), platforms.here()
    what = f"node {pinned.node} for '{platform.name}'"
    source, files = sources.obtain(sources.sources(node, pinned, platform), what, node.pin)
    print(f"unpacking {what}", end="\r", flush=True)  # To be overwritten by the next line.
    _remove(WORK)
    try:
        mirror.write(source.kind, files, pinned.node, platform.name, WORK)
        _remove(Path(node.folder))
        _run_nodeenv(node, pinned.node)
    except OSError as error:
        raise BuildError(
            f"cannot lay out node: {error.strerror or error}",
            node.folder,
            "Free space and run 'doit node' again.",
        ) from None
    finally:
        _remove(WORK)
    _verify(node, pinned)
    made = {
        "node": pinned.node,
        "npm": pinned.npm,
        "platform": platform.name,
        "libc": platforms.libc(),
        "source": source.kind,
        "digests": [file.digest for file in source.files],
    }
    write_text(node.stamp, json.dumps(made) + "\n")
    return f"{what}, from {source.name}"


def _run_nodeenv(node: Node, version: str) -> None:
    """Let nodeenv build the folder; an empty `--config-file` keeps it from reading `setup.cfg` of the current folder."""
    command = [
        sys.executable, "-m", "nodeenv", "--config-file=", "--mirror", WORK.absolute().as_uri(),
        "--node", version, "--prebuilt", os.path.abspath(node.folder),
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
        raise BuildError(f"nodeenv failed: {last}", node.folder, "Run 'doit node' again.")


def _verify(node: Node, pinned: pin.Pin) -> None:
    """Raise where what was laid out is not what the pin names."""
    command = [str(Path(node.program).absolute()), "--version"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        found = said.stdout.strip() or said.stderr.strip()
    except OSError as error:
        found = str(error.strerror)
    if found != f"v{pinned.node}":
        raise BuildError(
            f"node says '{found}', not 'v{pinned.node}'",
            node.program,
            f"Delete '{node.folder}' and run 'doit node' again; if it stays, this platform cannot run that node.",
        )
    package = Path(node.npm).parents[1] / "package.json"
    npm = json.loads(package.read_text(encoding="utf-8"))["version"]
    if npm != pinned.npm:
        raise BuildError(f"npm is {npm}, not {pinned.npm}", str(package), "Run 'doit node:pin'.")


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
