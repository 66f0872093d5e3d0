"""Modules: node_modules from package-lock.json, by the npm of the managed node."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import Modules, Node, filelist, npmrc, scripts

FOLDER = "node_modules"
INSTALLED = f"{FOLDER}/.package-lock.json"  # npm's own record of what it installed
SHOWN = 3
PATIENCE = {
    "fetch_timeout": "60000",
    "fetch_retries": "1",
}  # milliseconds; npm's own are five minutes, twice more
NOISE = ("code ", "syscall ", "errno ", "A complete log", "npm warn")  # lines of an error that say no reason
QUIET = ("--no-audit", "--no-fund", "--no-progress", "--loglevel=error")


def install(node: Node, modules: Modules) -> str:
    """Make node_modules equal to the lock, run the install scripts that are allowed, write the stamp last; return what to say."""
    package = _read("package.json")
    _refuse_drift(package, _read("package-lock.json"))
    allowed = scripts.allowed(package)
    Path(modules.stamp).unlink(missing_ok=True)
    _run(node, "install", "package-lock.json", "ci", "--ignore-scripts", "--prefer-offline", *QUIET)
    if allowed:
        _run(
            node, "run install scripts", "package.json", "rebuild", "--ignore-scripts=false", *QUIET, *allowed
        )
    installed = _read(INSTALLED) if Path(INSTALLED).exists() else {}
    made = json.loads(Path(node.stamp).read_text(encoding="utf-8"))
    made = {name: made[name] for name in ("node", "npm", "platform", "libc")}
    filelist.write(FOLDER, modules.record, (modules.stamp,))
    write_text(modules.stamp, json.dumps(made | {"packages": len(installed.get("packages", {}))}) + "\n")
    return scripts.sentence(scripts.unlisted(package, installed))


def repair(node: Node, modules: Modules) -> str:
    """Install anew if any file of node_modules is not what was installed; return what was found."""
    found = filelist.changed(FOLDER, modules.record, (modules.stamp,))
    if not found:
        return "node_modules: every file is as it was installed"
    install(node, modules)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"installed anew, since edited, added or deleted: {', '.join(found[:SHOWN])}{more}"


def lock(node: Node) -> str:
    """Write package-lock.json from package.json, keeping the versions that still fit; return what to say."""
    package = _read("package.json")
    _run(node, "lock", "package.json", "install", "--package-lock-only", "--ignore-scripts", *QUIET)
    return scripts.sentence(scripts.unlisted(package, _read("package-lock.json")))


def _run(node: Node, what: str, where: str, *arguments: str) -> None:
    done = _npm(node, *arguments)
    if done.returncode:
        raise BuildError(f"npm could not {what}: {_reason(done.stdout)}", where, _hint(done.stdout))


def _npm(node: Node, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(node.program).absolute()), str(Path(node.npm).absolute()), *arguments]
    return subprocess.run(
        command,
        env=_environment(node, os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _environment(node: Node, environ: Mapping[str, str]) -> dict[str, str]:
    """Return npm's environment: this node before any other by the name `node`, and less patience, if the user set none."""
    given = npmrc.settings(environ)
    patience = {
        f"npm_config_{name}": value for name, value in PATIENCE.items() if name.replace("_", "-") not in given
    }
    path = os.pathsep.join([str(Path(node.program).parent.absolute()), environ.get("PATH", "")])
    return {**environ, **patience, "PATH": path}


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
    lines = [line for line in lines if line and not line.startswith(NOISE)]
    return (lines or ["it said nothing"])[0].rstrip(".")


def _hint(output: str) -> str:
    if "ENOSPC" in output:
        return "Free space and run the command again."
    if "EINTEGRITY" in output:
        return "A package does not have the digest of the lock, so nothing of it was installed; find out why before going on."
    return "Check the network and npm's configuration, and run the command again."
