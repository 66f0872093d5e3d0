"""Sync: an environment made to hold exactly what its hashed files say."""

import json
import os
import shutil
import sys
import venv
from pathlib import Path

from packaging.markers import default_environment

from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import Environment, launcher, parked, paths
from .facts import branch, damaged, installed
from .install import apply
from .plan import Plan, built, plan, wanted

SHOWN = 8  # packages named in a line


def sync(environment: Environment, deep: bool = False) -> None:
    """Make the environment hold what the files say, and every package be as its RECORD says; `deep` compares digests, too."""
    python = Path(environment.python).absolute()
    made = {"place": str(python.parent.parent), "python": sys.version, "base": sys.base_prefix}
    here = {name: str(value) for name, value in default_environment().items()}
    wheels = built(_wheels(environment), Path(environment.wheels).parent)
    wants = wanted((_read(path) for path in environment.files), here, wheels)
    now = {**made, "branch": branch(), "holds": parked.name_of(made, (each.line for each in wants.values()))}
    is_back = _prepare(environment, made, now)
    ours = {python.with_name(name) for name in environment.launchers}

    def find() -> Plan:
        return plan(installed(python), wants, damaged(python, ours, deep))

    # One that is back was whole when it was parked, and costs its names only: this is what a switch of branches waits for.
    todo = plan(installed(python), wants) if is_back and not deep else find()
    if todo:
        print(
            f"removing {len(todo.remove)}, installing {len(todo.install)} of {len(wants)} packages: {_named(todo)}",
            flush=True,
        )
        _write_stamp(environment, {**now, "holds": ""})
        apply(find, python, _with_wheels(environment))
        _refuse_difference(environment, find())
    else:
        print(f"'{environment.folder}' holds the {len(wants)} packages of the locks")
    paths.write(python, environment.paths)
    _write_stamp(environment, now)
    for name, script in environment.launchers.items():
        launcher.write(python, name, script)


def _with_wheels(environment: Environment) -> list[str]:
    """Return the folders of its files in which wheels lie, too."""
    folders = {Path(path).absolute().parent for path in environment.files}
    return sorted(str(folder) for folder in folders if any(folder.glob("*.whl")))


def _refuse_difference(environment: Environment, left: Plan) -> None:
    """Raise if the installers have said that all is well, and it is not."""
    if left:
        raise BuildError(
            f"'{environment.folder}' still differs from the locks: {_named(left)}",
            "",
            f"Delete '{environment.folder}' and try again.",
        )


def _named(todo: Plan) -> str:
    """Name the packages of a plan, the first few of them."""
    names = sorted({*todo.remove, *(package.name for package in todo.install)})
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _prepare(environment: Environment, made: dict[str, str], now: dict[str, str]) -> bool:
    """Have an environment made like this at its place: the one there, or one parked as `now`, or an empty one.

    Return True if it was parked. On another branch the one there is parked; on the same it is changed, since nobody goes back to what a lock was.
    """
    folder, before = Path(environment.folder), _stamp(environment)
    is_ours = made.items() <= before.items() and os.path.exists(environment.python)
    holds = before.get("holds", "")
    if is_ours and (
        holds == now["holds"] or (before.get("branch") == now["branch"] and not parked.is_there(now["holds"]))
    ):
        return False
    can_be_parked = parked.is_name(holds) and before.get("place") == made["place"]
    if not (can_be_parked and parked.park(folder, holds)) and is_ours:
        return False
    is_back = parked.is_there(now["holds"])
    if is_back:
        _clear(folder)
        parked.take(folder, now["holds"])
        print(f"'{folder}' is the one that was parked")
    else:
        _create(folder)
        _write_stamp(environment, {**now, "holds": ""})
    parked.prune()
    return is_back


def _stamp(environment: Environment) -> dict[str, str]:
    """Return what the stamp says, nothing if it does not read."""
    try:
        found = json.loads(Path(environment.stamp).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_stamp(environment: Environment, told: dict[str, str]) -> None:
    write_text(environment.stamp, json.dumps(told, indent=1) + "\n")


def _create(folder: Path) -> None:
    """Make an empty environment from the interpreter under the tools environment."""
    _clear(folder)
    # The tools environment is one itself: its base interpreter makes the new one.
    builder = venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt")
    builder.create(folder)


def _clear(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _wheels(environment: Environment) -> dict[str, dict[str, str]]:
    """Return the list of the wheels that are installed in place of archives."""
    if not environment.wheels:
        return {}
    try:
        found: dict[str, dict[str, str]] = json.loads(Path(environment.wheels).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BuildError(
            f"there is no list of built wheels, '{environment.wheels}'",
            "",
            "Run the task that builds the wheels.",
        ) from None
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(f"there is no '{path}'", "", "Run 'doit locks'.") from None
