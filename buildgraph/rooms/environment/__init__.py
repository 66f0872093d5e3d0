"""Environment: `.venv`, where editors look, kept equal to the locked groups.

Theory of operation. What is installed is read from the `*.dist-info` folders, what is wanted from the hashed files; the
difference (`plan`) is removed and installed, nothing else is touched (`install`). The graph records the RECORD files as
outputs, so a package that was installed, removed or damaged by hand makes the task stale. An environment that was moved
or made by another Python is made anew, because its scripts name the old place.
"""

import os
import sys
from dataclasses import dataclass

MODULE = "buildgraph.rooms.environment"
CODE = "buildgraph/rooms/environment/*.py"  # an input of its tasks, where the library lies in the checkout


@dataclass(frozen=True)
class Environment:
    """Name an environment's folder and the hashed files whose union it holds."""

    files: tuple[str, ...]
    folder: str = ".venv"
    launchers: tuple[
        tuple[str, str], ...
    ] = ()  # programs that run a script of the checkout: ("doit", "dodo.py")

    @property
    def python(self) -> str:
        """Return the interpreter, relative to the checkout."""
        return f"{self.folder}/Scripts/python.exe" if os.name == "nt" else f"{self.folder}/bin/python"

    def program(self, name: str) -> str:
        """Return an installed program, relative to the checkout."""
        return f"{self.folder}/Scripts/{name}.exe" if os.name == "nt" else f"{self.folder}/bin/{name}"

    @property
    def stamp(self) -> str:
        """Return the file that says where and by which Python the environment was made, and what it holds."""
        return f"{self.folder}/environment.json"

    @property
    def records(self) -> str:
        """Return the pattern of the installed packages' RECORD files."""
        if os.name == "nt":
            return f"{self.folder}/Lib/site-packages/*.dist-info/RECORD"
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return f"{self.folder}/lib/python{version}/site-packages/*.dist-info/RECORD"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what the task makes: the stamp and every installed package's RECORD."""
        return (self.stamp, self.records)

    @property
    def place(self) -> dict[str, str]:
        """Return the environment variable that makes the checkout's own path part of the task's identity."""
        return {"VIRTUAL_ENV": os.path.abspath(self.folder)}


def sync_command(environment: Environment) -> list[str]:
    """Return the command that makes the environment equal to its files."""
    launchers = (f"--launcher={name}={script}" for name, script in environment.launchers)
    return ["python", "-m", MODULE, f"--folder={environment.folder}", *launchers, *environment.files]
