"""Procfile: the programs of a service, one a line, `NAME: words`. No shell reads them: only `$PORT` stands for something."""

from __future__ import annotations

import re
import shlex

from buildgraph.errors import BuildError

from . import Member

LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):\s*(\S.*)")
SHELL = re.compile(r"[|&;<>()`*?\[\]{}~#!\\\n]|\$(?!PORT\b)")
"""What a shell would take for something else than text (POSIX, 2.2 and 2.6)."""
APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def programs(folder: str, package: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the names and the words of the programs of a service, none if it has no Procfile; raise BuildError for what only a shell understands."""
    path = f"{folder}/Procfile"
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"it cannot be read: {error}", path, "Make it a text file in UTF-8.") from None
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, words = _read(line.strip(), f"{path}, line {number}")
            if name in found:
                raise BuildError(f"there are two programs '{name}'", f"{path}, line {number}", "Rename one.")
            found[name] = words
    if "web" not in found:
        hint = f"Write: web: waitress-serve --listen=0.0.0.0:$PORT --call {package}.app:application"
        raise BuildError("no line begins with 'web:'", path, hint)
    return tuple(found.items())


def application(member: Member) -> str:
    """Return what the program `web` serves, as `doit serve` takes it: `module:callable`, with "()" where it is a factory."""
    words = dict(member.programs)["web"]
    if not APPLICATION.fullmatch(words[-1]):
        what = f"the words of 'web' end with '{words[-1]}', which is not an application"
        hint = f"Let them end as in '--call {member.package}.app:application'."
        raise BuildError(what, f"{member.folder}/Procfile", hint)
    return f"{words[-1]}()" if "--call" in words else words[-1]


def _read(line: str, where: str) -> tuple[str, tuple[str, ...]]:
    found = LINE.fullmatch(line)
    if not found:
        raise BuildError(f"'{line}' is not a program", where, "Write 'NAME: words'.")
    if syntax := SHELL.search(found[2]):
        what = f"'{syntax[0]}' has a meaning for a shell, and no shell reads this"
        raise BuildError(what, where, "Move what it does into the program.")
    try:
        return found[1], tuple(shlex.split(found[2]))
    except ValueError:
        raise BuildError("a quotation has no end", where, "Close it.") from None
