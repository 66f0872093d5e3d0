"""Modules: node_modules from package-lock.json, and that from package.json, by the npm of the managed node."""

import json
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text, write_text

from . import Modules, Node, filelist, lockfile, npm, scripts
from .lockfile import read_json

FOLDER = "node_modules"
INSTALLED = f"{FOLDER}/.package-lock.json"  # npm's own record of what it installed
SHOWN = 3
RESTORE = f"Restore it with 'git checkout -- {lockfile.FILE}', or delete it and run 'doit node:lock'."


def install(modules: Modules) -> str:
    """Make node_modules equal to the lock, run the install scripts that are allowed, write the stamp last; return what to say."""
    package, locked = read_json("package.json"), read_json(lockfile.FILE)
    lockfile.refuse_shrinkwrap()
    lockfile.refuse_drift(package, locked)
    lockfile.refuse_format(locked)
    lockfile.refuse_absent_digests(locked, RESTORE)
    allowed = scripts.allowed(package)
    Path(modules.stamp).unlink(missing_ok=True)
    count = len(locked.get("packages", {}))
    print(f"npm is installing {count} packages", end="\r", flush=True)  # To be overwritten by the next line.
    npm.run_from_cache(modules.node, "install", lockfile.FILE, "ci", "--ignore-scripts")
    if allowed:
        npm.run(
            modules.node, "run install scripts", "package.json", "rebuild", "--ignore-scripts=false", *allowed
        )
    installed = read_json(INSTALLED) if Path(INSTALLED).exists() else {}
    made = json.loads(Path(modules.node.stamp).read_text(encoding="utf-8"))
    made = {name: made[name] for name in ("node", "npm", "platform", "libc")}
    filelist.write(FOLDER, modules.record, (modules.stamp,))
    write_text(modules.stamp, json.dumps(made | lockfile.summary(installed)) + "\n")
    return scripts.sentence(scripts.unlisted(package, installed))


def repair(modules: Modules) -> str:
    """Install anew if any file of node_modules is not what was installed; return what was found."""
    found = filelist.changed(FOLDER, modules.record, (modules.stamp,))
    if not found:
        return "node_modules: every file is as npm installed it"
    install(modules)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"reinstalled, since edited, added or deleted: {', '.join(found[:SHOWN])}{more}"


def lock(node: Node) -> str:
    """Write package-lock.json from package.json, keeping the versions that still fit; return what to say.

    Without a lock npm would take what lies in node_modules for what is locked, and that has no digests: `npm update` begins from nothing.
    """
    package = read_json("package.json")
    lockfile.refuse_shrinkwrap()
    path = Path(lockfile.FILE)
    former = read_people_text(path) if path.exists() else None
    if former is not None and not lockfile.is_in_conflict(former):
        lockfile.refuse_absent_digests(read_json(lockfile.FILE), RESTORE)
    verb = "update" if former is None else "install"
    npm.run(node, "lock", "package.json", verb, "--package-lock-only", "--ignore-scripts")
    try:
        locked = read_json(lockfile.FILE)
        lockfile.refuse_absent_digests(locked, "Ask who runs the registry for one that tells digests.")
    except BuildError:
        _put_back(path, former)
        raise
    return scripts.sentence(scripts.unlisted(package, locked))


def _put_back(path: Path, former: str | None) -> None:
    if former is None:
        path.unlink(missing_ok=True)
    else:
        write_text(path, former)
