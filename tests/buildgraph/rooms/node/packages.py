"""A small npm registry, and packages in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from buildgraph.rooms.node import Modules, Node

from . import release
from .server import Server

# npm starts an install script in the package's folder and says in INIT_CWD where it was started itself.
MARK = 'require("fs").writeFileSync(require("path").join(process.env.INIT_CWD, "ran-" + process.env.npm_package_name), "")\n'
MODULES = Modules(Node("node.txt", "node.json"), inputs=("package.json", "package-lock.json"))
DODO = """
from buildgraph import check, rule
from buildgraph.rooms import node

NODE = node.Node("node.txt", "node.json")
MODULES = node.Modules(NODE, inputs=("package.json", "package-lock.json"))
DOIT_CONFIG = {"default_tasks": ["node"]}


def task_node():
    return rule(inputs=[NODE.stamp, *MODULES.inputs], outputs=MODULES.outputs, command=MODULES.install)
"""


def describe(dependencies: dict[str, str], **more: object) -> None:
    """Write a package.json that asks for these, and for what only some platforms have."""
    optional = {"for-linux": "1.0.0", "for-mac": "1.0.0"}
    text = {"private": True, "dependencies": dependencies, "optionalDependencies": optional, **more}
    Path("package.json").write_text(json.dumps(text))


@dataclass(frozen=True)
class Registry:
    """Publish packages at a server, as npm asks for them."""

    server: Server
    locked: dict[str, dict] = field(default_factory=dict)

    def publish(
        self,
        name: str,
        version: str = "1.0.0",
        is_marking: bool = False,
        files: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        """Add the only version of a package; a marking one has an install script that leaves a file `ran-<name>`."""
        described: dict[str, object] = {"name": name, "version": version, **more}
        files = {"package/index.js": f"module.exports = '{name}'\n", **(files or {})}
        if is_marking:
            described["scripts"] = {"postinstall": "node mark.js"}
            files["package/mark.js"] = MARK
        content = release.tarball({"package/package.json": json.dumps(described), **files})
        self.server.answers[self.tarball(name, version)] = content
        place = f"{self.server.url}{self.tarball(name, version)}"
        dist = {"tarball": place, "integrity": release.sha512(content)}
        manifest = described | {"dist": dist} | ({"hasInstallScript": True} if is_marking else {})
        kept = {
            name: manifest[name]
            for name in ("version", "hasInstallScript", "os", "cpu", "peerDependencies")
            if name in manifest
        }
        self.locked[f"node_modules/{name}"] = {
            **kept,
            "integrity": dist["integrity"],
            "optional": "os" in more,
        }
        packument: Mapping = {"name": name, "dist-tags": {"latest": version}, "versions": {version: manifest}}
        self.server.answers[f"/{name}"] = json.dumps(packument).encode()

    def lock(self) -> None:
        """Write the package-lock.json of all packages, as npm does."""
        package = json.loads(Path("package.json").read_text())
        text = {"lockfileVersion": 3, "requires": True, "packages": {"": package, **self.locked}}
        Path("package-lock.json").write_text(json.dumps(text))

    @staticmethod
    def tarball(name: str, version: str = "1.0.0") -> str:
        """Return the path of a package's archive."""
        return f"/{name}/-/{name}-{version}.tgz"
