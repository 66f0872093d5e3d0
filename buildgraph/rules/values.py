"""Values: what a rule, a check and a service are, frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from buildgraph.errors import BuildError
from buildgraph.fields import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


PYTHON = "python"
"""The program that is the tools environment's interpreter; every other one is a path of the checkout."""


class Rule(Value):
    """What is made: outputs from inputs by a command."""

    command: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    inherit: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    discovers: str | None = None
    may_be_empty: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    """The folders that it fills beyond its outputs: an environment, of which the outputs are but the marks."""
    options: tuple[str, ...] = ()
    network: bool = False
    cached: bool = False
    tells: bool = False
    """True if its results are kept where all checkouts of a user find them; no part of the identity."""
    always: bool = False
    foreground: bool = False
    worker: int = 0
    """So many words of the command are a program that can serve several tasks; the rest is one request. 0 if it cannot."""
    arguments: bool | tuple[str, ...] = False
    """True if words of any kind can follow, or the names of those that can."""
    explains: tuple[tuple[str, str], ...] = ()
    """Words that can follow, and what they mean, for the task's help."""
    topic: str = ""
    opens: str | None = None
    """The file that a person looks at, of what it makes."""
    address: str = ""
    """Where a service listens, `HOST:PORT`: nothing is built if that is taken, and what fails before it starts is shown there."""
    where: str = ""

    owns_the_terminal = False
    """True for a kind of which every task does."""
    done = "made"
    """What a run says of one that has ended well; nothing of what has spoken for itself on the terminal."""

    @classmethod
    def of(cls, values: Mapping[str, object] | Iterable[tuple[str, object]]) -> Self:
        """Return the rule with these values; a frozen class's own way, a call for each value, is half of what a rule costs."""
        self = object.__new__(cls)
        vars(self).update(values)
        return self

    @property
    def is_recorded(self) -> bool:
        """True if a success is remembered, so that a second run has nothing to do."""
        return not self.always


class Check(Rule):
    """What is verified: a command whose success on these inputs is remembered."""

    done = "passed"


class Run(Rule):
    """What is done when it is asked for: a command that owns the terminal, every time; never remembered."""

    owns_the_terminal = True
    done = ""

    @property
    def is_recorded(self) -> bool:
        return False


class Service(Rule):
    """What runs: a command that ends when the user ends it; never remembered."""

    owns_the_terminal = True
    done = ""

    @property
    def is_recorded(self) -> bool:
        return False


class Action:
    """The action that doit sees; the engine runs the rule itself."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    def __call__(self) -> None:
        raise BuildError(f"'{self}' was started by another doit", "dodo.py", "Run 'python3 dodo.py'.")

    def __repr__(self) -> str:
        return " ".join(self.words)
