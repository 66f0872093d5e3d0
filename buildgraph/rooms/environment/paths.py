"""Paths: folders of the checkout that an environment's Python imports from, in a `.pth` file (Python's `site` module)."""

from collections.abc import Sequence
from pathlib import Path

from buildgraph.files import write_text

from .facts import site_packages

NAME = "checkout.pth"


def write(python: Path, folders: Sequence[str]) -> None:
    """Have the environment of this interpreter import from these folders, and from no others."""
    file = site_packages(python) / NAME
    if folders:
        write_text(file, "".join(f"{Path(folder).absolute()}\n" for folder in folders))
    else:
        file.unlink(missing_ok=True)
