"""Instance: one of a checkout's instances of a service, and the lease by which a command keeps it running."""

import contextlib
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildgraph import passing
from buildgraph.errors import BuildError
from buildgraph.leasing.folder import SERVICES, ServerFolder
from buildgraph.leasing.lease import lease
from buildgraph.leasing.revival import kept_running
from buildgraph.rules.word import to_word

from . import Service

HOST = "127.0.0.1"
PLACE = re.compile(r"\{(port|host|data|root)\}")


@dataclass(frozen=True)
class Instance(ServerFolder):
    """The folder of one instance."""

    server: str
    service: Service

    @property
    def title(self) -> str:  # type: ignore[override] # what is a constant of other servers
        """Return what the service is called in sentences."""
        return f"'{self.service.name}'"

    @property
    def folder(self) -> Path:
        """Return the folder of everything that belongs to this instance."""
        return SERVICES / f"{self.service.name}-{self.server}"

    @property
    def guardian(self) -> list[str]:
        """Return the words that start its guardian."""
        return [f"{__package__}.guardian", self.server, to_word(self.service)]

    @property
    def definition(self) -> str:
        """Return a digest of how the service is defined: an instance that runs by another one is not this service."""
        return hashlib.sha256(to_word(self.service).encode()).hexdigest()

    def filled(self, text: str, port: int) -> str:
        """Return a text with what stands for the places of this instance."""
        places = {"port": str(port), "host": HOST, "data": str(self.data.absolute()), "root": os.getcwd()}
        return PLACE.sub(lambda found: places[found[1]], text)


@contextlib.contextmanager
def serving(instance: Instance) -> Iterator[dict[str, str]]:
    """Have the service run for a block of code, and give the variables that say where."""
    passing.show(f"starting {instance.title}")
    with lease(instance, instance.guardian) as told:
        passing.clear()
        _refuse_other_definition(instance, told)
        with kept_running(instance, instance.guardian, told, lambda text: _say(instance, text)):
            variables = instance.service.variables.items()
            yield {name: instance.filled(text, int(told["port"])) for name, text in variables}


def _refuse_other_definition(instance: Instance, told: dict[str, Any]) -> None:
    if told["definition"] != instance.definition:
        raise BuildError(
            f"{instance.title} runs as it was defined before",
            str(instance.folder),
            "End the commands that use it, and run this one again.",
        )


def _say(instance: Instance, text: str) -> None:
    passing.clear()
    print(f"{instance.service.name}: {text}", file=sys.stderr, flush=True)
