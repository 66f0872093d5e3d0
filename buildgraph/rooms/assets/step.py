"""Step: one thing that is made of others, as its task says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from buildgraph.rules.command import Command, code

MODULE = "buildgraph.rooms.assets"
CODE = code("assets")
WORKER = "buildgraph/rooms/assets/worker.mjs"
SCRIPTS = "buildgraph/rooms/assets/*.mjs"


@dataclass(frozen=True)
class Step:
    """What it is called, what it reads and makes, the command between, and the steps that come before it for their files."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    command: Command
    after: tuple[str, ...] = ()

    def said(self, inputs: Iterable[str] = ()) -> dict[str, Any]:
        """Return all but the name as keywords of a rule, or of a check if it makes nothing, that reads these inputs, too."""
        made = {"outputs": self.outputs} if self.outputs else {}
        return {"inputs": [*inputs, *self.inputs], "command": self.command, "after": self.after, **made}


def by_node(node: str, *words: str, **more: Any) -> Command:
    """Return the command of a step that node runs; all of them are served by one process."""
    return Command([node, WORKER, *words], tools=[SCRIPTS], worker=2, **more)


def by_python(*words: str, **more: Any) -> Command:
    """Return the command of a step that Python runs."""
    return Command(["python", "-m", MODULE, *words], tools=CODE, worker=3, **more)
