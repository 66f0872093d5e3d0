"""Wheels: what locked releases offer only as source archives, built once into wheels that an environment installs.

Theory of operation. A group's file has the digest of the archive. The archive is fetched (`archives`) and compared with it
before anything of it is unpacked; it is built (`building`) by the locked build requirements, without network and with a
clean environment (`alone`), and the wheel is kept per user (`cache`) under everything that went into it: archive, build requirements,
Python, platform, compiler. Another checkout takes it from there. An environment installs it by its path and digest, and the path names
what it was made of, so a wheel that is made anew is installed anew.

The alternatives that lost: the installer's own builds (unlocked build requirements, from the network, in each environment),
and wheels put by hand where everybody fetches them (nobody knows what they were made of).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import rule
from buildgraph.rules.word import to_word

MODULE = "buildgraph.rooms.wheels"
CODE = code("wheels")


@dataclass(frozen=True)
class Wheels:
    """Name the packages to build, the hashed files that pin them, and what builds them.

    `builders` is the hashed file of the build requirements, `python` the interpreter of an environment that holds them.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    builders: str
    python: str
    folder: str = ".buildgraph/wheels"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the files that say which archives are built, and by what."""
        return (*self.files, self.builders)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the folder of the wheels, with their list."""
        return (f"{self.folder}/",)

    @property
    def list(self) -> str:
        """Return the file that an environment reads: each package's wheel with its digest."""
        return f"{self.folder}/wheels.json"

    @property
    def build(self) -> Command:
        """Return the command that has every wheel in the folder, built or out of the cache."""
        words = ["python", "-m", MODULE, to_word(self), *self.outputs]
        return Command(words, tools=CODE, network=True, doc="Build what is locked as a source archive only.")


def tasks(wheels: Wheels, inputs: Iterable[str] = (), name: str = "wheels") -> Iterator[dict]:
    """Yield the task that builds the wheels; the `inputs` are the stamp of the environment that holds the build requirements."""
    read = [*wheels.inputs, *inputs]
    yield rule(basename=name, inputs=read, outputs=wheels.outputs, command=wheels.build)
