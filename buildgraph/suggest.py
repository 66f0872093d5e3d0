"""Suggestions: the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

COMMANDS = (
    *("run", "list", "why", "help", "clean", "forget"),
    *("graph", "trace", "inputs", "affected", "audit", "verify", "completion"),
)
"""The commands of the command line, with which tasks are named; those first that are asked for most."""

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("start", "dev", "runserver", "up", "server"), ("serve",)),
    **dict.fromkeys(("fmt", "format", "black"), ("reformat", "format")),
    **dict.fromkeys(("migrate", "upgradedb", "initdb"), ("db", "db:upgrade")),
    **dict.fromkeys(("makemigrations", "migration", "revision"), ("db:revision",)),
    **dict.fromkeys(("dbshell", "psql"), ("db:shell",)),
    **dict.fromkeys(("install", "sync", "venv", "setup"), ("env",)),
    **dict.fromkeys(("lock", "compile", "pin"), ("locks",)),
    **dict.fromkeys(("console", "repl", "ipython"), ("shell",)),
    **dict.fromkeys(("pytest", "check"), ("test",)),
    **dict.fromkeys(("ls", "tasks", "targets"), ("list",)),
    **dict.fromkeys(("rm", "clobber", "distclean", "purge"), ("clean",)),
    **dict.fromkeys(("explain", "status"), ("why",)),
}
"""What other tools (make, npm, just, Django, cargo) call it → what it is called here, if there is such a task or command."""


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for the nearest of `names`, or "" if none is near."""
    from difflib import get_close_matches

    known = list(names)
    letters = sorted(word)
    near = [name for name in ELSEWHERE.get(word, ()) if name in known]
    near += [name for name in known if sorted(name) == letters]
    near += get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else ""
