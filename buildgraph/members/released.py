"""Released: which members can be published, by what they are built and tested, and the command that does it. No file is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from buildgraph.rules.command import Command
from buildgraph.rules.verbs import option
from buildgraph.rules.word import to_word

from . import CODE, MODULE, Locked, Member

PARTS = ("patch", "minor", "major")
OPTIONS = (
    option("index", "", "where it is uploaded to: an address, or a name in ~/.pypirc"),
    option("part", "", "which number of the version is raised: patch, minor or major"),
)
LOGIN = ("USERNAME", "PASSWORD", "CERT", "CLIENT_CERT", "NON_INTERACTIVE")
AUTHOR = (
    "AUTHOR_NAME",
    "AUTHOR_EMAIL",
    "COMMITTER_NAME",
    "COMMITTER_EMAIL",
    "CONFIG_GLOBAL",
    "CONFIG_SYSTEM",
)
INHERITED = (*(f"TWINE_{name}" for name in LOGIN), *(f"GIT_{name}" for name in AUTHOR))
"""How twine is given a login other than by ~/.pypirc or a keyring, and git the name of who commits."""


@dataclass(frozen=True)
class Publishable:
    """A shared library: what it was tested with, and the command that tests it."""

    member: Member
    locked: Locked
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Releases:
    """The members that can be published, by name, the other ones, and the interpreter that has build, twine and their build backends."""

    python: str
    publishable: Mapping[str, Publishable]
    others: tuple[str, ...] = ()

    @property
    def command(self) -> Command:
        """Return the command that publishes one of them."""
        doc = "Publish a shared library: `doit release NAME --index=URL`."
        words = ["python", "-m", MODULE, "release", to_word(self)]
        return Command(
            words, tools=CODE, inherit=INHERITED, network=True, arguments=True, options=OPTIONS, doc=doc
        )
