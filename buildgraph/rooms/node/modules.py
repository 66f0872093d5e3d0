"""Modules: node_modules from package-lock.json, by the npm of the managed node."""

import json
import os
import platform
import re
import subprocess
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import Node

QUIET = ("--no-audit", "--no-fund", "--no-progress", "--loglevel=error")


def install(node: Node, stamp: str) -> None:
    """Make node_modules equal to the lock, with no install script run, and write the stamp last."""
    package = _read("package.json")
    lock = _read("package-lock.json")
    _refuse_drift(package, lock)
    done = _npm(node, "ci", "--ignore-scripts", "--prefer-offline", *QUIET)
    if done.returncode:
        raise BuildError(
            f"npm could not install: {_reason(done.stdout)}", "package-lock.json", _hint(done.stdout)
        )
    made = {
        "node": json.loads(Path(node.stamp).read_text(encoding="utf-8"))["node"],
        "platform": f"{platform.system()} {platform.machine()}".lower(),
        "packages": len(lock.get("packages", {})) - 1,
    }
    write_text(stamp, json.dumps(made) + "\n")


def lock(node: Node) -> None:
    """Write package-lock.json from package.json, keeping the versions that still fit."""
    _read("package.json")
    done = _npm(node, "install", "--package-lock-only", "--ignore-scripts", *QUIET)
    if done.returncode:
        raise BuildError(f"npm could not lock: {_reason(done.stdout)}", "package.json", _hint(done.stdout))


def _npm(node: Node, *arguments: str) -> subprocess.CompletedProcess[str]:
    # npm starts helpers by the name `node`: they must find this one, and no other.
    path = os.pathsep.join([str(Path(node.program).parent.absolute()), os.environ.get("PATH", "")])
    command = [str(Path(node.program).absolute()), str(Path(node.npm).absolute()), *arguments]
    return subprocess.run(
        command,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _read(path: str) -> dict:
    """Parse a JSON file; raise BuildError with line and column."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BuildError(f"there is no '{path}'", "", f"Restore it with 'git checkout -- {path}'.") from None
    except json.JSONDecodeError as error:
        raise BuildError(
            f"'{path}' is not JSON: {error.msg}",
            f"{path}, line {error.lineno}, column {error.colno}",
            "Correct it there.",
        ) from None


def _refuse_drift(package: dict, lock: dict) -> None:
    """Raise where package.json asks for something that the lock does not record."""
    recorded = lock.get("packages", {}).get("", {})
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        asked, locked = package.get(kind, {}), recorded.get(kind, {})
        for name in sorted({*asked, *locked}):
            if asked.get(name) != locked.get(name):
                raise BuildError(
                    f"'{name}' is {asked.get(name, 'absent')} in package.json and {locked.get(name, 'absent')} in the lock",
                    "package-lock.json",
                    "Run 'doit node:lock' and commit what it changes.",
                )


def _reason(output: str) -> str:
    lines = [re.sub(r"^npm (error|ERR!) ?", "", line) for line in output.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("code ", "A complete log", "npm warn"))]
    return (lines or ["it said nothing"])[0].rstrip(".")


def _hint(output: str) -> str:
    if "EINTEGRITY" in output:
        return "A package does not have the digest of the lock, so nothing of it was installed; find out why before going on."
    return "Check the network and npm's configuration, and run the command again."
