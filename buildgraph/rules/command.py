"""Command: an argument list that carries what it needs, so that `dodo.py` says inputs, outputs and command, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIBRARY = "buildgraph"
"""Where the library lies in the checkout."""


def code(room: str, *more: str) -> tuple[str, ...]:
    """Return the library's code that a room's command runs: the room, what every room stands on, and more folders of it."""
    folders = ("", "rules/", "rooms/", f"rooms/{room}/", *(f"{folder}/" for folder in more))
    return tuple(f"{LIBRARY}/{folder}*.py" for folder in folders)


class Command(list):
    """Words, and what goes with them wherever they are used: each is said as a verb's keyword of the same name says it.

    `doc` is the sentence of a task that is named after its command, by `basename=`.
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        tools: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
        inherit: Iterable[str] = (),
        network: bool = False,
        foreground: bool = False,
        worker: int = 0,
        discovers: str | None = None,
        cached: bool = False,
        tells: bool = False,
        options: Iterable[Mapping] = (),
        arguments: bool | Iterable[str] = False,
        fills: Iterable[str] = (),
        address: str = "",
        doc: str | None = None,
    ) -> None:
        super().__init__(words)
        self.tools = tuple(tools)
        self.environment = dict(environment or {})
        self.inherit = tuple(inherit)
        self.network = network
        self.foreground = foreground
        self.worker = worker
        self.discovers = discovers
        self.cached = cached
        self.tells = tells
        self.options = tuple(options)
        self.arguments = arguments
        self.fills = tuple(fills)
        self.address = address
        self.doc = doc

    def __call__(self, *words: str, **instead: Any) -> Command:
        """Return this command with more words, and other things that it carries."""
        return Command([*self, *words], **{**vars(self), **instead})


def around(words: Iterable[str], *commands: Sequence[str], **more: Any) -> Command:
    """Return the command of these words, which needs what the commands need that it starts, and more of its own.

    What the command line adds goes to the last one, so its options, its arguments and its sentence are this one's, too.
    """
    own = Command(words, **more)
    carrying = [own, *(command for command in commands if isinstance(command, Command))]
    last = carrying[-1] if commands and carrying[-1] is commands[-1] else own
    return own(
        tools=dict.fromkeys(tool for command in carrying for tool in command.tools),
        environment={name: text for command in carrying for name, text in command.environment.items()},
        inherit=dict.fromkeys(name for command in carrying for name in command.inherit),
        network=any(command.network for command in carrying),
        foreground=any(command.foreground for command in carrying),
        options=own.options if last is own else (*own.options, *last.options),
        arguments=own.arguments or last.arguments,
        address=next((command.address for command in carrying if command.address), ""),
        doc=own.doc or last.doc,
    )
