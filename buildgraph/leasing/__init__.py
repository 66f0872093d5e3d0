"""Leasing: a server that runs only while commands need it.

Theory of operation. A command that needs a server holds a lease: a locked file, freed by the operating system however the command ends (`lease`). The
first lease starts a guardian, a process that is the server's only parent (`guardian`); it says where the server answers, and ends it when
no lease is left. So commands share a server, the last one out ends it, and a killed command leaves nothing behind. Who holds a lease starts the server again
if it ends (`revival`). What a server is and when it answers is known to the rooms.
"""

from buildgraph.rules.command import Command, around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

THEN = "--then"  # stands between the commands that run while the server does
DEVELOPMENT = "development"  # the server whose data stay; each run of the tests has another


def with_commands(own: Command, commands: "Sequence[Sequence[str]]") -> Command:
    """Return a room's own command with the commands that it runs, one after the other, while its server does."""
    return around(
        [*own, "--", *joined(commands)],
        *commands,
        **{name: vars(own)[name] for name in ("tools", "inherit", "options")},
    )


def joined(commands: "Iterable[Sequence[str]]") -> list[str]:
    """Return commands as one list of words, `THEN` between them."""
    return [word for command in commands for word in (THEN, *command)][1:]


def split(words: list[str]) -> tuple[list[str], list[list[str]]]:
    """Return the words before the first `--`, and the commands that are joined after it."""
    own, after = _cut(words, "--")
    commands = []
    while after:
        command, after = _cut(after, THEN)
        commands.append(command)
    return own, commands


def _cut(words: list[str], mark: str) -> tuple[list[str], list[str]]:
    end = words.index(mark) if mark in words else len(words)
    return words[:end], words[end + 1 :]
