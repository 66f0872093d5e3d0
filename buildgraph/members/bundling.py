"""Bundling: a service as one file, made by pex from locked wheels, wheels of members and files of the checkout; the same bytes everywhere.

What could differ is taken away before pex sees it, as before a member is packed: places, times, modes, environment. pex resolves nothing and reaches
no index: each wheel is given to it, with its version, and it refuses what is not whole.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from packaging.utils import parse_wheel_filename

from buildgraph.errors import BuildError

from . import fetching, packing, preamble, procfile
from .bundled import Bundle
from .contents import refuse_foreign
from .procfile import Program

PORT = "8000"
"""Where a service listens if nothing sets PORT."""
PREFIX = "bundle-"
PLACES = ("/tmp", "/var/tmp")  # noqa: S108 (a folder of our own is made in it)
OPTIONS = ("--no-pypi", "--no-emit-warnings", "--max-install-jobs=0")
"""The last one has a first start unpack by as many processes as the machine has use for: a second less of five."""


def make(bundle: Bundle, python: str, output: str) -> None:
    """Make the file of a bundle; raise BuildError for what cannot be had, built or shipped."""
    program = _program(bundle)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=_workplace()) as name:
        work = Path(name)
        wheels, sources, made = work / "wheels", work / "sources", work / f"{bundle.name}.pex"
        wheels.mkdir()
        for wheel in fetching.wheels_of(bundle.locks, bundle.wheels):
            shutil.copyfile(wheel, wheels / wheel.name)
        for member in bundle.members:
            packing.build_wheel(member, python, wheels)
        _take(bundle, sources)
        head = work / "preamble.py"
        head.write_text(_preamble(bundle), "utf-8")
        words = [
            *(os.path.abspath(python), "-m", "pex", *OPTIONS, f"--pex-root={work / 'root'}"),
            *(f"--python-shebang=/usr/bin/env python{_python()}", f"--preamble-file={head}"),
            *(f"--pre-resolved-dists={wheels}", f"--sources-directory={sources}"),
            *(*_started(program, wheels), f"--output-file={made}", *_requirements(wheels)),
        ]
        packing.run(
            words,
            name,
            f"'{bundle.name}' cannot be bundled",
            bundle.procfile or bundle.output,
            {"PEX_IGNORE_RCFILES": "true", "TMPDIR": name},
        )
        refuse_foreign(made, bundle)
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, output)
        Path(output).chmod(0o755)
        print(f"{bundle.output}: {made.stat().st_size / 1e6:.1f} MB, {len(_requirements(wheels))} packages")


def _workplace() -> str:
    """Return the folder of temporary files, or another one if pex cannot work there: it takes paths for addresses, which are ASCII."""
    usual = tempfile.gettempdir()
    for place in (usual, *PLACES):
        if place.isascii() and os.access(place, os.W_OK | os.X_OK):
            return place
    what = f"pex cannot work in '{usual}', which has letters that no address has"
    raise BuildError(what, "", "Set TMPDIR to a folder in plain letters.")


def _program(bundle: Bundle) -> Program:
    if bundle.module:
        return Program("web", bundle.module, "", (), bundle.output)
    try:
        text = Path(bundle.procfile).read_text("utf-8")
    except FileNotFoundError:
        hint = "Write what the bundle starts as 'web: program word …'."
        raise BuildError(f"there is no '{bundle.procfile}'", "", hint) from None
    return procfile.web(text, bundle.procfile)


def _take(bundle: Bundle, into: Path) -> None:
    """Copy the files of the checkout that a bundle holds as they are."""
    into.mkdir()
    for path in _matched(bundle.contents):
        _copy(path, into / path)
    for folder, place in bundle.placed.items():
        if not Path(folder).is_dir():
            raise BuildError(f"there is no '{folder}'", "", "Run the task that makes it.")
        for path in _matched([folder]):
            _copy(path, into / place / path.relative_to(folder))
    packing.level(into)


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


def _matched(patterns: Iterable[str]) -> list[Path]:
    """Return the files of patterns, trees (`folder/`) and paths, without those below what begins with `!`, hidden files and bytecode."""
    said = list(patterns)
    without = [Path(each[1:]) for each in said if each.startswith("!")]
    found = set()
    for each in said:
        if not each.startswith("!"):
            found |= {*Path().glob(f"{each}**/*" if each.endswith("/") else each)}
    return sorted(
        path
        for path in found
        if path.is_file()
        and not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
        and not any(path.is_relative_to(folder) for folder in without)
    )


def _python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _preamble(bundle: Bundle) -> str:
    name, system = Path(bundle.output).name, preamble.system()
    text = Path(preamble.__file__).read_text("utf-8")
    return f"{text}\n\nrefuse_other({name!r}, {_python()!r}, {system!r})\nfind_place({name!r})\nhush()\n"


def _started(program: Program, wheels: Path) -> list[str]:
    """Return pex's options for what a bundle starts, with the words that it is always given."""
    if program.module:
        entry = [f"--entry-point={program.module}"]
    else:
        entry = [f"--console-script={program.script}"]
    words = (f"--inject-args={shlex.quote(_placeholders(word))}" for word in program.words)
    port = [f"--inject-env=PORT={PORT}"] if "PORT" in procfile.variables(program) else []
    return [*entry, *words, *port]


def _placeholders(word: str) -> str:
    """Return a word as pex reads it (a format), with its variables as placeholders that are filled when the bundle starts."""
    literal = re.split(procfile.VARIABLE, word)
    parts = []
    for position in range(0, len(literal), 3):
        parts.append(literal[position].replace("{", "{{").replace("}", "}}"))
        if names := [name for name in literal[position + 1 : position + 3] if name]:
            parts.append(f"{{pex.env.{names[0]}}}")
    return "".join(parts)


def _requirements(wheels: Path) -> list[str]:
    """Return what pex is asked for: each wheel, by its name and version."""
    parsed = (parse_wheel_filename(wheel.name) for wheel in wheels.iterdir())
    return sorted(f"{name}=={version}" for name, version, *_ in parsed)
