"""Command: an argument list that carries what it needs, so that `dodo.py` says inputs, outputs and command, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

LIBRARY = "buildgraph"
"""Where the library lies in the checkout."""


def code(room: str, *more: str) -> tuple[str, ...]:
    """Return the library's code that a room's command runs: the room, what every room stands on, and more folders of it."""
    folders = ("", "rules/", "rooms/", f"rooms/{room}/", *(f"{folder}/" for folder in more))
    return tuple(f"{LIBRARY}/{folder}*.py" for folder in folders)


class Command(list):
    """Words, with the tools, the environment, the inherited variables and the network that they need."""

    def __init__(
        self,
        words: Iterable[str],
        tools: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
        inherit: Iterable[str] = (),
        network: bool = False,
    ) -> None:
        super().__init__(words)
        self.tools = tuple(tools)
        self.environment = dict(environment or {})
        self.inherit = tuple(inherit)
        self.network = network


def around(words: Iterable[str], *commands: Sequence[str], tools: Iterable[str] = ()) -> Command:
    """Return the command of these words, which needs what the commands need that it starts, and tools of its own."""
    carrying = [command for command in commands if isinstance(command, Command)]
    return Command(
        words,
        tools=dict.fromkeys([*tools, *(tool for command in carrying for tool in command.tools)]),
        environment={name: text for command in carrying for name, text in command.environment.items()},
        inherit=dict.fromkeys(name for command in carrying for name in command.inherit),
        network=any(command.network for command in carrying),
    )
