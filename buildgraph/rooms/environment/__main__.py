"""Command line of the environment: make a folder hold exactly what hashed files say."""

import argparse
import json
import os
import shutil
import sys
import venv
from pathlib import Path

from packaging.markers import default_environment

from buildgraph import command
from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import Environment, launcher
from .facts import damaged, installed
from .install import apply
from .plan import Plan, plan, wanted

SHOWN = 8  # packages named in a line


def main(argv: list[str]) -> None:
    """Make the environment hold what the files say, and every package be as its RECORD says."""
    parser = argparse.ArgumentParser(prog="environment")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--launcher", action="append", default=[], help="NAME=SCRIPT")
    parser.add_argument("--deep", action="store_true", help="compare digests, too, and not only sizes")
    parser.add_argument("files", nargs="+")
    given = parser.parse_args(argv)
    launchers = tuple(tuple(word.split("=", 1)) for word in given.launcher)
    environment = Environment(tuple(given.files), given.folder, launchers)
    python = Path(environment.python).absolute()
    made = {"place": str(python.parent.parent), "python": sys.version, "base": sys.base_prefix}
    if not _is_ours(environment, made):
        _create(Path(environment.folder))
        write_text(environment.stamp, json.dumps(made, indent=1) + "\n")
    wants = wanted((_read(path) for path in environment.files), default_environment())
    ours = {python.with_name(name) for name, _ in launchers}
    todo = plan(installed(python), wants, damaged(python, ours, given.deep))
    if todo:
        print(
            f"removing {len(todo.remove)}, installing {len(todo.install)} of {len(wants)} packages: {_named(todo)}"
        )
        apply(todo, python)
    else:
        print(f"'{environment.folder}' holds the {len(wants)} packages of the locks")
    left = plan(installed(python), wants)
    if left:
        names = ", ".join([*left.remove, *(package.name for package in left.install)])
        raise BuildError(
            f"'{environment.folder}' still differs from the locks: {names}",
            "",
            f"Delete '{environment.folder}' and try again.",
        )
    for name, script in launchers:
        launcher.write(python, name, script)


def _named(todo: Plan) -> str:
    """Name the packages of a plan, the first few of them."""
    names = sorted({*todo.remove, *(package.name for package in todo.install)})
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _is_ours(environment: Environment, made: dict[str, str]) -> bool:
    """Tell whether the environment was made here by this Python; scripts in a moved one name the old place."""
    try:
        found = json.loads(Path(environment.stamp).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return found == made and os.path.exists(environment.python)


def _create(folder: Path) -> None:
    """Make an empty environment from the interpreter under the tools environment."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
    # The tools environment is one itself: its base interpreter makes the new one.
    builder = venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt")
    builder.create(folder)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(f"there is no '{path}'", "", "Run 'doit locks'.") from None


if __name__ == "__main__":
    command.run(main)
