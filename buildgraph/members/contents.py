"""Contents: what may be in a file that is shipped, judged by the names and the bytes that are in it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path, PurePosixPath

from buildgraph.caches import user_cache
from buildgraph.errors import BuildError

from . import UNUSED
from .bundled import Bundle

NEVER = (*UNUSED, "tests")
"""Folders of the checkout that are never shipped."""
SECRETS = (".pem", ".key", ".p12", ".pfx", ".keystore")
DEPENDENCIES, BOOT = ".deps/", (".bootstrap/", "__pex__/", "PEX-INFO", "__main__.py")
"""How pex lays a bundle out: packages, what starts it, and everything else is the service's own."""
SHORTEST = 2  # folders deep: '/app' may be said in any text


def refuse_foreign(made: Path, bundle: Bundle) -> None:
    """Raise BuildError if a bundle holds what is never shipped. What is in its packages was judged when they were packed, or is not ours."""
    places = _places(made.parent)
    with zipfile.ZipFile(made) as archive:
        for name in archive.namelist():
            is_ours = not name.startswith((DEPENDENCIES, *BOOT))
            if is_ours:
                refuse_name(name, bundle.output)
            if is_ours or name in BOOT or ".dist-info/" in name:
                content = archive.read(name)
                for place in places:
                    if os.fsencode(place) in content:
                        what = f"'{name}' names a folder of this machine, '{place}'"
                        raise BuildError(what, bundle.output, "Take it out: it is another one elsewhere.")


def refuse_wheel(wheel: Path, where: str) -> None:
    """Raise BuildError if a wheel holds what is never shipped."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            refuse_name(name, where)


def refuse_name(name: str, where: str) -> None:
    """Raise BuildError for the name of a file that is never shipped: a test, what is only for us, a hidden file, a key."""
    path, hint = PurePosixPath(name), "Move it out of what is packed."
    for part in path.parts[:-1]:
        if part in NEVER:
            raise BuildError(f"'{name}' would be shipped, and '{part}/' never is", where, hint)
    if any(part.startswith(".") for part in path.parts):
        raise BuildError(f"'{name}' would be shipped, and it is hidden", where, hint)
    if path.suffix in SECRETS:
        raise BuildError(f"'{name}' would be shipped, and it may be a secret", where, hint)


def _places(work: Path) -> list[str]:
    """Return the folders of this machine that a file could name by accident; `work` is where it was made."""
    said = {os.getcwd(), os.path.realpath("."), user_cache(os.environ)}
    return [*(each for each in sorted(said) if len(Path(each).parts) > SHORTEST), os.fspath(work)]
