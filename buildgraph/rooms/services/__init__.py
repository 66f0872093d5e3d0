"""Services: any program with a port, a data folder and a readiness question, which runs only while a command needs it.

Theory of operation. A service is started as PostgreSQL is (`buildgraph.leasing`): commands share it, the last one out ends it, a killed
command leaves nothing behind, and one that ends under a command is started again. It gets a free port of this machine and a folder below the checkout, so two checkouts
never meet. It runs when it answers its question, not when its port is open: `ask` is sent, and the answer has to begin with `answer`.

The alternatives that lost: a port by convention (another checkout has it), a container for each (the engine is not on every machine),
waiting for a line of the log (it is said before the program answers, or in other words by the next release).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from buildgraph.errors import BuildError
from buildgraph.leasing import DEVELOPMENT, with_commands
from buildgraph.rules.command import Command, code
from buildgraph.rules.word import to_word

MODULE = "buildgraph.rooms.services"
CODE = code("services", "act", "leasing")
SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT")


@dataclass(frozen=True)
class Service:
    """Name a program, the words that start it, how it says that it is ready, and the variables through which programs learn its address.

    `{port}`, `{host}`, `{data}` and `{root}` (the checkout) stand for themselves in `command` and `variables`. Of `command` the first word is a path, "python" for
    the tools environment's, or a program of the machine.
    """

    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    ask: str = ""
    """What is sent to the port; "" where the program speaks first, as a mail server does."""
    answer: str = ""
    """How the answer begins; "" where an open port is enough."""
    stop: str = "SIGTERM"
    environment: Mapping[str, str] = field(default_factory=dict)
    """More variables of the program itself; of the user's it has the path and the places of temporary files only."""

    def __post_init__(self) -> None:
        """Raise BuildError for a service that could not be started, or ended."""
        if not self.name or set(self.name) - set("abcdefghijklmnopqrstuvwxyz0123456789-"):
            raise BuildError(
                f"'{self.name}' cannot be the name of a service",
                "",
                "It names a folder: take small letters, digits and '-'.",
            )
        if not self.command:
            raise BuildError(
                f"the service '{self.name}' has no command", "", "Write the words that start it."
            )
        if not any("{port}" in word for word in (*self.command, *self.environment.values())):
            hint = "Two checkouts run at once, so each gets a port of its own: write '{port}' where the program is told it."
            raise BuildError(f"the service '{self.name}' is not told its port", "", hint)
        if self.stop not in SIGNALS:
            raise BuildError(
                f"'{self.stop}' does not end the service '{self.name}'",
                "",
                f"Name one of: {', '.join(SIGNALS)}.",
            )

    def beside(self, *commands: Sequence[str]) -> Command:
        """Return a command that runs others, one after the other, while the service runs; its data stay."""
        return self._around(commands, DEVELOPMENT)

    def for_tests(self, *commands: Sequence[str]) -> Command:
        """Return a command that runs others as `beside` does, with another instance that starts without data."""
        return self._around(commands, "tests")

    def _around(self, commands: Sequence[Sequence[str]], server: str) -> Command:
        words = ["python", "-m", MODULE, to_word(self), f"--server={server}"]
        return with_commands(Command(words, tools=CODE), commands)
