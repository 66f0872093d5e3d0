"""Node: a node and an npm of our own, and the packages of package-lock.json. Nothing of the host's node is used.

Theory of operation. Node's official builds are carried by wheels, so the hashed requirements file of one group pins them for
every platform. pip downloads the wheel and refuses other bytes; only then is it unpacked, laid out as the mirror that
nodeenv knows (a `file:` address), and nodeenv builds `.nodeenv` from it (`runtime`). nodeenv itself checks no digest and
would read the `setup.cfg` of the current folder, which `--config-file=` prevents. npm installs from package-lock.json,
which carries the digests of its packages, with all install scripts off (`modules`).
"""

import os
from dataclasses import dataclass

MODULE = "buildgraph.rooms.node"
CODE = "buildgraph/rooms/node/*.py"  # an input of its tasks, where the library lies in the checkout


@dataclass(frozen=True)
class Node:
    """Name the lock that pins node and the folder it is laid out in."""

    lock: str
    folder: str = ".nodeenv"

    @property
    def program(self) -> str:
        """Return the node executable, relative to the checkout."""
        return f"{self.folder}/Scripts/node.exe" if os.name == "nt" else f"{self.folder}/bin/node"

    @property
    def npm(self) -> str:
        """Return npm's entry point, a script for `program`: no shell and no link is needed to start it."""
        lib = f"{self.folder}/Scripts" if os.name == "nt" else f"{self.folder}/lib"
        return f"{lib}/node_modules/npm/bin/npm-cli.js"

    @property
    def stamp(self) -> str:
        """Return the file that says which node was laid out; written last."""
        return f"{self.folder}/node.json"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what the runtime task makes."""
        return (self.stamp, self.program, self.npm)


@dataclass(frozen=True)
class Modules:
    """Name what npm installs and the stamp that says for which platform."""

    inputs: tuple[str, ...] = ("package.json", "package-lock.json", ".npmrc")
    stamp: str = "node_modules/.installed.json"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what the modules task makes: the stamp and every package's own description."""
        return (
            self.stamp,
            "node_modules/.package-lock.json",
            "node_modules/*/package.json",
            "node_modules/@*/*/package.json",
        )


def runtime_command(node: Node) -> list[str]:
    """Return the command that lays out node from its lock."""
    return ["python", "-m", MODULE, "runtime", f"--folder={node.folder}", f"--lock={node.lock}"]


def modules_command(node: Node, modules: Modules) -> list[str]:
    """Return the command that makes node_modules equal to package-lock.json."""
    return [
        "python",
        "-m",
        MODULE,
        "modules",
        f"--folder={node.folder}",
        f"--lock={node.lock}",
        f"--stamp={modules.stamp}",
    ]


def lock_command(node: Node) -> list[str]:
    """Return the command that writes package-lock.json from package.json."""
    return ["python", "-m", MODULE, "lock", f"--folder={node.folder}", f"--lock={node.lock}"]
