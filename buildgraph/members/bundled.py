"""Bundled: what goes into the one file of a service that is deployed, and the command that makes it. No file is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from buildgraph.rules.command import Command
from buildgraph.rules.word import to_word

from . import CODE, MODULE, Member, Members

FOLDER = "bundles"
PROCFILE = "Procfile"
DEPLOYMENTS = "infra"
"""Where what deploys the packages of the top folder lies; that of a member lies in its own."""


@dataclass(frozen=True)
class Bundle:
    """A service as one file: the hashed files whose wheels it holds, the members that it holds as wheels, and what it starts.

    Either its `procfile` says that, on the line `web`, or it is a `module`. `contents` are files of the checkout, or patterns of them, that it holds as
    they are, and `placed` folders that lie elsewhere in it. `wheels` lists the wheels that were built from locked archives.
    """

    name: str
    locks: tuple[str, ...]
    members: tuple[Member, ...] = ()
    procfile: str = ""
    module: str = ""
    contents: tuple[str, ...] = ()
    placed: Mapping[str, str] = field(default_factory=dict)
    wheels: str = ""

    @property
    def output(self) -> str:
        """Return the file."""
        return f"{FOLDER}/{self.name}.pex"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return what is read."""
        folders = (f"{member.folder}/" for member in self.members)
        files = (each for each in (self.procfile, self.wheels) if each)
        return (*self.locks, *folders, *files, *self.contents, *self.placed)

    @property
    def deployment(self) -> str:
        """Return the folder of its Dockerfile and its Procfile."""
        return self.procfile.removesuffix(f"/{PROCFILE}") if self.procfile else f"{DEPLOYMENTS}/{self.name}"

    def command(self, python: str) -> Command:
        """Return the command that makes the file; `python` has pex, and what builds the members."""
        words = ["python", "-m", MODULE, "bundle", to_word(self), python, self.output]
        return Command(
            words, tools=CODE, network=True, doc=f"Make one file of {self.name} that only needs Python."
        )


@dataclass(frozen=True)
class Deployments:
    """The bundles whose Dockerfiles and Procfiles are checked, and the Python that they are made for, "" where none is named."""

    bundles: tuple[Bundle, ...]
    python: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return what is read."""
        read: dict[str, None] = {}
        for bundle in self.bundles:
            read |= dict.fromkeys((f"{bundle.deployment}/*file", *bundle.locks))
            read |= dict.fromkeys(member.project for member in bundle.members)
        return tuple(read)

    def check(self, python: str) -> Command:
        """Return the command that checks them; `python` has what the locks say."""
        doc = "Check that images and Procfiles start bundles, and nothing else."
        return Command([python, "-m", MODULE, "deployment", to_word(self)], tools=CODE, doc=doc)


def bundle_of(members: Members, member: Member, lock: str) -> Bundle:
    """Return the bundle of a service among the members, whose hashed file is `lock`."""
    held = members.reached([member.name])
    return Bundle(member.name, (lock,), held, procfile=f"{member.folder}/{PROCFILE}")
