"""Environment: `.venv`, where editors look, kept equal to the locked groups.

Theory of operation. What is installed is read from the `*.dist-info` folders, what is wanted from the hashed files; the
difference (`plan`) is removed and installed, nothing else is touched (`install`). The graph records the RECORD files as
outputs, so a package that was installed, removed or damaged by hand makes the task stale. An environment that was moved
or made by another Python is made anew, because its scripts name the old place. What `.venv` was on another branch is
`parked`, and comes back with it.

The alternatives that lost: environments shared by checkouts in a cache of the user's (their scripts name one place, and an
edit in one would be an edit in all), and links into one (the same).
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import option, rule, run
from buildgraph.rules.word import to_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MODULE = "buildgraph.rooms.environment"
CODE = code("environment")


@dataclass(frozen=True)
class Environment:
    """Name an environment's folder and the hashed files whose union it holds."""

    files: tuple[str, ...]
    folder: str = ".venv"
    launchers: Mapping[str, str] = field(default_factory=dict)
    """Programs that run a script of the checkout: {"doit": "dodo.py"}."""
    paths: tuple[str, ...] = ()
    """Folders of the checkout to import from: the sources of local libraries."""

    wheels: str = ""
    """List of wheels that were built from locked archives, and are installed in their place."""

    @property
    def python(self) -> str:
        """Return the interpreter, relative to the checkout."""
        return f"{self.folder}/Scripts/python.exe" if os.name == "nt" else f"{self.folder}/bin/python"

    @property
    def stamp(self) -> str:
        """Return the file that says where and by which Python the environment was made, and what it holds."""
        return f"{self.folder}/environment.json"

    @property
    def records(self) -> str:
        """Return the pattern of the installed packages' RECORD files."""
        return f"{self.packages}/*.dist-info/RECORD"

    @property
    def packages(self) -> str:
        """Return the folder of the installed packages, relative to the checkout."""
        if os.name == "nt":
            return f"{self.folder}/Lib/site-packages"
        return f"{self.folder}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what the task makes: the stamp, every installed package's RECORD, and the list of paths if there are any."""
        return (self.stamp, self.records, *([f"{self.packages}/checkout.pth"] if self.paths else []))

    @property
    def place(self) -> dict[str, str]:
        """Return the environment variable that makes the checkout's own path part of the task's identity."""
        return {"VIRTUAL_ENV": os.path.abspath(self.folder)}

    @property
    def sync(self) -> Command:
        """Return the command that makes the environment equal to its files."""
        words = ["python", "-m", MODULE, to_word(self)]
        return Command(words, tools=CODE, environment=self.place, network=True, fills=[f"{self.folder}/"])

    @property
    def repair(self) -> Command:
        """Return the command that finds damaged packages and installs them anew."""
        deep = option("deep", False, "compare digests, too")
        return self.sync(fills=(), doc=f"Find and replace damaged packages of {self.folder}.", options=[deep])

    def __call__(self, module: str, *words: str, **more: "Any") -> Command:
        """Return the command that runs an installed module with words; `more` is what a `Command` carries."""
        return Command([self.python, "-m", module, *words], **more)


def tasks(environment: Environment, inputs: Iterable[str] = (), name: str = "env") -> Iterator[dict]:
    """Yield the task that makes an environment, and the one that repairs it; the `inputs` are read, too (the wheels that were built for it)."""
    doc = f"Make {environment.folder} hold exactly what the locks say."
    read = [*environment.files, *inputs]
    yield rule(basename=name, doc=doc, inputs=read, outputs=environment.outputs, command=environment.sync)
    yield run(basename=f"{name}:repair", needs=[name], command=environment.repair)
