"""Starting: `python -m buildgraph init FOLDER`, or without it in the top folder of a repository."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_bytes
from buildgraph.init import found, hidden, written

HERE = Path(__file__).parents[2]
"""Where the library lies: a checkout, an environment's packages, or a wheel."""
HELP = """usage: python -m buildgraph init [FOLDER]

Look at a repository, the current folder if none is named, and write the dodo.py with which it is built, the files that this needs next to its
requirements, and lines of .gitignore. Nothing is overwritten. What could not be decided is said at the end of dodo.py."""
IN_TOOLS = f"{os.sep}.buildgraph{os.sep}tools{os.sep}"


def is_wanted(argv: list[str]) -> bool:
    """Tell whether a command line asks for `init`: of a Python that already runs a graph, it is a task's name."""
    return argv[:1] == ["init"] and IN_TOOLS not in f"{sys.prefix}{os.sep}"


def main(argv: list[str]) -> int:
    """Write what a repository needs to be built here; return the exit code."""
    if set(argv[1:]) & {"-h", "--help"}:
        print(HELP)
        return 0
    try:
        root = _folder(argv)
        made, remarks = start(root)
    except (BuildError, OSError) as error:
        if isinstance(error, OSError):
            what = f"cannot read '{error.filename}': {error.strerror}"
            error = BuildError(what, "", "Nothing was written. Mend it, then run the command again.")
        sys.stderr.write(f"error: {error}\n")
        return 1
    for path in made:
        print(f"wrote   {path}")
    for remark in remarks:
        print(f"note    {remark}")
    print("Read dodo.py, and what it says at its end. Then run it there: python3 dodo.py")
    return 0


def start(root: Path) -> tuple[list[str], list[str]]:
    """Write all files, and return their paths and what a person has to know; raise BuildError, before anything is written, if one is there."""
    library, seeds = wheel(), seed_texts()
    plan = written.decided(found.look(root), root)
    contents = {
        path: _encoded(path, text) for path, text in written.files(plan, root, library, seeds).items()
    }
    _refuse_present(root, [path for path in contents if path != ".gitignore"])
    for path in contents:
        _refuse_place(root, path)
    _write(root, contents)
    return list(contents), [*plan.found.elsewhere, *hidden.remarks(root, written.committed(plan, contents))]


def _encoded(path: str, text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("utf-8", "surrogateescape" if path == ".gitignore" else "strict")
    except UnicodeEncodeError:
        raise BuildError("the name of a file or folder is not UTF-8", path, "Give it another name.") from None


def _refuse_present(root: Path, paths: Iterable[str]) -> None:
    """Raise BuildError that names all of these files that are there."""
    if there := [f"'{path}'" for path in paths if os.path.lexists(root / path)]:
        what = f"there is already {', '.join(there)}, and nothing is overwritten"
        raise BuildError(
            what, "", "Move away what is there, or write what you need by hand: docs/adopting.md."
        )


def _refuse_place(root: Path, path: str) -> None:
    """Raise BuildError for a file whose place is not a folder of the repository itself."""
    place = root / path
    real = place.parent.resolve()
    is_own = real == root.resolve() or root.resolve() in real.parents
    is_usual = place.parent.is_dir() or not os.path.lexists(place.parent)
    if place.is_symlink() or place.is_dir() or not is_own or not is_usual:
        what = f"'{path}' cannot be written: a link leads away from there, or it is not what its name says"
        raise BuildError(what, "", "Move what is there, or write what you need by hand: docs/adopting.md.")


def _write(root: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files, or none: what was written before an error or an interrupt is taken back."""
    ignored = root / ".gitignore"
    before = ignored.read_bytes() if ignored.is_file() else None
    done: list[Path] = []
    try:
        for path, data in contents.items():
            done.append(root / path)
            done[-1].parent.mkdir(parents=True, exist_ok=True)
            write_bytes(str(root / path), data)
    except BaseException as error:
        for each in done:
            each.unlink(missing_ok=True)
        if before is not None:
            write_bytes(str(ignored), before)
        if isinstance(error, OSError):
            what = f"cannot write '{done[-1] if done else root}': {error.strerror}"
            raise BuildError(what, "", "Nothing was written. Mend it, then run the command again.") from None
        raise


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
