"""Node: a node and an npm of our own, and the packages of package-lock.json. Nothing of the host's node is used.

Theory of operation. A committed file (`pin`) holds the versions of node and npm and, per platform, the digest of what each
source has of them: nodejs.org or a mirror of it, the npm registry, the wheel of the Python lock (`sources`). The first source that
answers is taken. Its archive is verified before anything of it is unpacked (`cache`), laid out as the mirror that nodeenv knows, a
`file:` address (`mirror`), and nodeenv builds `.nodeenv` from it (`runtime`). nodeenv itself checks no digest and would read the
`setup.cfg` of the current folder, which `--config-file=` prevents. npm installs from package-lock.json, which carries the digests
of its packages, with install scripts off but for those that package.json allows (`modules`, `scripts`).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import rule, run
from buildgraph.rules.word import to_word

MODULE = "buildgraph.rooms.node"
CODE = code("node")


@dataclass(frozen=True)
class Node:
    """Name the lock that says which node, the file that pins its digests and the folder it is laid out in."""

    lock: str
    pin: str = "requirements/node.json"
    folder: str = ".nodeenv"

    @property
    def place(self) -> dict[str, str]:
        """Return the environment variable that makes the C library part of a task's identity."""
        from .platforms import libc

        return {"NODE_LIBC": libc()}

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
    def inputs(self) -> tuple[str, ...]:
        """Return what says which node is laid out."""
        return (self.lock, self.pin)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what laying it out makes."""
        return (self.stamp, self.program, self.npm)

    @property
    def install(self) -> Command:
        """Return the command that lays out node from what is pinned."""
        return self.command("runtime", self, f"Lay out node in {self.folder}.")(fills=[f"{self.folder}/"])

    @property
    def relock(self) -> Command:
        """Return the command that writes package-lock.json from package.json."""
        return self.command("lock", self, "Write package-lock.json from package.json.")

    @property
    def repin(self) -> Command:
        """Return the command that asks the sources for the digests of the node that the lock names."""
        return self.command("pin", self, "Ask node's sources for its digests and pin them.")

    def command(self, verb: str, value: "Node | Modules", doc: str | None = None) -> Command:
        """Return the command for a verb and the value that it works with."""
        words = ["python", "-m", MODULE, verb, to_word(value)]
        return Command(words, tools=CODE, environment=self.place, network=True, doc=doc)


@dataclass(frozen=True)
class Modules:
    """Name the node whose npm installs, what it installs, and the stamp that says for which platform."""

    node: Node
    inputs: tuple[str, ...] = ("package.json", "package-lock.json", ".npmrc")
    stamp: str = "node_modules/.installed.json"
    record: str = "node_modules/.files.json"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what installing makes: the stamp, the record of all files, every package's own description."""
        return (
            self.stamp,
            self.record,
            "node_modules/.package-lock.json",
            "node_modules/**/package.json",
        )

    @property
    def install(self) -> Command:
        """Return the command that makes node_modules equal to package-lock.json."""
        return self.node.command("modules", self, "Install the packages of package-lock.json.")(
            fills=["node_modules/"]
        )

    @property
    def repair(self) -> Command:
        """Return the command that looks into every file of node_modules and installs anew what was edited."""
        return self.node.command("repair", self, "Find edited files of node_modules and reinstall them.")


def tasks(node: Node, modules: Modules, name: str = "node") -> Iterator[dict]:
    """Yield the two steps that make node and npm's packages, and the tasks that repair, lock and pin them."""
    yield rule(name="runtime", inputs=node.inputs, outputs=node.outputs, command=node.install)
    inputs = [node.stamp, *modules.inputs]
    yield rule(name="modules", inputs=inputs, outputs=modules.outputs, command=modules.install)
    yield run(basename=f"{name}:repair", needs=[name], command=modules.repair)
    yield run(basename=f"{name}:lock", needs=[f"{name}:runtime"], command=node.relock)
    yield run(basename=f"{name}:pin", command=node.repin)
