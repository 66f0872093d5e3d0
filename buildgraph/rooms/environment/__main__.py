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
from .plan import plan, wanted


def main(argv: list[str]) -> None:
    """Bring the environment up to date and write its stamp last."""
    parser = argparse.ArgumentParser(prog="environment")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--launcher", action="append", default=[], help="NAME=SCRIPT")
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
    todo = plan(installed(python), wants, damaged(python, ours))
    if todo:
        print(f"removing {len(todo.remove)}, installing {len(todo.install)} of {len(wants)} packages")
        apply(todo, python)
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
