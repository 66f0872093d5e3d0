"""Served: the services as `doit serve` runs them: each by a supervisor of its own, which follows the service's code and that of the libraries it uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from buildgraph.errors import BuildError
from buildgraph.rules.command import Command
from buildgraph.rules.verbs import option, service

from . import Member, Members
from .procfile import Program

FIRST_PORT = 8001
WEB = "web"
APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True)
class Services:
    """Name what serves (`serve.command`), what makes the command of an installed module (an `Environment`), and files that all services stand on."""

    members: Members
    serve: Callable[..., Command]
    program: Callable[..., Command]
    ground: tuple[str, ...] = ()

    @property
    def commands(self) -> dict[str, Command]:
        """Return name → command of each service, at any address: what `serve.command` takes as `apart`."""
        return {each.name: self._command(each) for each in self.members.services}

    def tasks(
        self, needs: Sequence[str], around: Callable[[Command], Command] = lambda command: command
    ) -> Iterator[dict]:
        """Yield the task that serves each service by itself: `doit serve:NAME`; `around` adds what runs meanwhile, a database."""
        for place, each in enumerate(self.members.services):
            host = option("host", "127.0.0.1", "the address to listen at")
            port = option("port", FIRST_PORT + place, "the port")
            command = self._command(each, tasks=needs, bind="{host}:{port}", options=[host, port])
            doc = f"Serve {each.name} by itself; follow each change."
            yield service(basename=f"serve:{each.name}", needs=needs, command=around(command), doc=doc)

    def _command(
        self, member: Member, bind: str = "127.0.0.1:0", **more: Sequence[str] | Sequence[dict]
    ) -> Command:
        others = [program for program in member.programs if program.process != WEB]
        return self.serve(
            application(member),
            self._program(member, member.package),
            bind=bind,
            code=[each.path for each in self.members.reached([member.name])],
            ground=self.ground,
            beside={program.process: self._other(member, program) for program in others},
            **more,
        )

    def _other(self, member: Member, program: Program) -> Command:
        """Return the command of another program of a service, by the interpreter of the environment."""
        if not program.module:
            what = f"the program '{program.process}' does not begin with 'python -m'"
            raise BuildError(what, program.where, "So it is found wherever it is installed.")
        return self._program(member, program.module, *program.words)

    def _program(self, member: Member, *words: str) -> Command:
        return self.program(*words, inherit=member.settings, network=True)


def application(member: Member) -> str:
    """Return what the program `web` serves, as `doit serve` takes it: `module:callable`, with "()" where it is a factory."""
    program = next(each for each in member.programs if each.process == WEB)
    last = program.words[-1] if program.words else str(program)
    if not APPLICATION.fullmatch(last):
        what = f"the words of 'web' end with '{last}', which is not an application"
        hint = f"Let them end as in '--call {member.package}.app:application'."
        raise BuildError(what, program.where, hint)
    return f"{last}()" if "--call" in program.words else last
