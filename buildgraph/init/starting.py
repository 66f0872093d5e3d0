"""Starting: `python -m buildgraph init FOLDER`, or without it in the top folder of a repository."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.init import found, written

HERE = Path(__file__).parents[2]
"""Where the library lies: a checkout, an environment's packages, or a wheel."""
IN_TOOLS = f"{os.sep}.buildgraph{os.sep}tools{os.sep}"


def is_wanted(argv: list[str]) -> bool:
    """Tell whether a command line asks for `init`: of a Python that already runs a graph, it is a task's name."""
    return argv[:1] == ["init"] and IN_TOOLS not in f"{sys.prefix}{os.sep}"


def main(argv: list[str]) -> int:
    """Write what a repository needs to be built here; return the exit code."""
    try:
        made = start(_folder(argv))
    except BuildError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for path in made:
        print(f"wrote   {path}")
    print("Read dodo.py, and what it says at its end. Then run it there: python3 dodo.py")
    return 0


def start(root: Path) -> list[str]:
    """Write all files, and return their paths; raise BuildError, before anything is written, if one is there."""
    library, seeds = wheel(), seed_texts()
    plan = written.decided(found.look(root), root)
    files = written.files(plan, root, library, seeds)
    for path in files:
        if path != ".gitignore" and (root / path).exists():
            raise BuildError(
                f"'{path}' is there already, and nothing is overwritten",
                "",
                "Move it away, or write what you need by hand: docs/adopting.md.",
            )
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        data = content.encode("utf-8") if isinstance(content, str) else content
        (root / path).write_bytes(data)
    return list(files)


def wheel() -> Path:
    """Return the wheel of this library: the one that it was started from, or the one that its checkout has built."""
    if HERE.is_file():
        return HERE
    built = sorted((HERE / "dist").glob("buildgraph-*.whl"))
    if not built:
        what = "a repository takes the library as a wheel, and this is a checkout that has not built one"
        raise BuildError(what, str(HERE), "Run 'python3 dodo.py library' there, then this command again.")
    return built[-1]


def seed_texts() -> Mapping[str, str]:
    """Return the files that a repository begins with, by their names."""
    if HERE.is_file():
        with zipfile.ZipFile(HERE) as archive:
            return {name: archive.read(f"buildgraph/init/{name}").decode("utf-8") for name in written.SEEDS}
    return {name: (HERE / "buildgraph/init" / name).read_text("utf-8") for name in written.SEEDS}


def _folder(argv: list[str]) -> Path:
    """Return the repository that the words name, which is the current folder if they name none."""
    folder = Path(*argv[1:2])
    if len(argv) > 2 or not folder.is_dir():
        what = f"init takes the folder of a repository, and '{' '.join(argv[1:])}' is not one"
        hint = "Run 'python -m buildgraph init FOLDER', or without it in the repository."
        raise BuildError(what, "", hint)
    return folder
