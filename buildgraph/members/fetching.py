"""Fetching: the locked wheels of hashed files, each compared with its digests whenever it is used, kept for all checkouts of a user.

A wheel is kept under the digest of what pins it and of the Python that it was chosen for. One that is damaged is fetched anew;
the folder can be deleted. `.venv` would hold the same packages, but as they are now: what a person changed there would be shipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.markers import default_environment
from packaging.utils import parse_wheel_filename

from buildgraph import installers, personal, pinned
from buildgraph.caches import user_cache
from buildgraph.errors import BuildError
from buildgraph.pinned import Pinned

PIP = ("--quiet", "--no-input", "--disable-pip-version-check")
EXACT = ("--no-deps", "--require-hashes", "--only-binary=:all:")


def wheels_of(locks: Iterable[str], built: str = "") -> list[Path]:
    """Return the wheels that hashed files pin for this Python; `built` lists those that were built from locked archives.

    They are verified, and lie where other checkouts find them too. Raise BuildError if one cannot be had.
    """
    here = {name: str(value) for name, value in default_environment().items()}
    files = [Path(path) for path in locks]
    pins = {each.name: each for file in files for each in pinned.read(_text(file), here)}
    found = _of_archives(pins, built)
    rest = [pin for name, pin in sorted(pins.items()) if name not in found]
    found |= {pin.name: wheel for pin in rest if (wheel := _kept(pin))}
    missing = [pin for pin in rest if pin.name not in found]
    if missing:
        found |= _downloaded(missing, sorted({str(file.absolute().parent) for file in files}))
    return [found[name] for name in sorted(found)]


def folder() -> Path:
    """Return where this user's locked wheels are."""
    return Path(user_cache(os.environ), "locked")


def _place(pin: Pinned) -> Path:
    told = f"{pin.line}\n{sys.implementation.cache_tag} {sysconfig.get_platform()}"
    return folder() / hashlib.sha256(told.encode()).hexdigest()


def _kept(pin: Pinned) -> Path | None:
    """Return the wheel of a pin if it is there and as it should be."""
    wheels = list(_place(pin).glob("*.whl"))
    return wheels[0] if len(wheels) == 1 and _is_of(wheels[0], pin.digests) else None


def _downloaded(pins: Sequence[Pinned], folders: Sequence[str]) -> dict[str, Path]:
    """Download wheels by pip, which compares their digests, and keep them."""
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder(), prefix=".new-") as name:
        lines = Path(name, "locked.txt")
        said = [f"--find-links {Path(each).as_uri()}" for each in folders if any(Path(each).glob("*.whl"))]
        lines.write_text("".join(f"{line}\n" for line in [*said, *(pin.line for pin in pins)]), "utf-8")
        made = Path(name, "made")
        words = [sys.executable, "-m", "pip", "download", *PIP, *EXACT, f"--dest={made}", "-r", str(lines)]
        installers.say(f"fetching {len(pins)} wheels")
        done = installers.run(words, personal.environment())
        if done.returncode:
            what = f"the locked wheels could not be fetched: {installers.reason(done.stdout)}"
            raise BuildError(what, "", "What was fetched before is kept; run the command again.")
        wheels = {str(parse_wheel_filename(each.name)[0]): each for each in made.iterdir()}
        return {pin.name: _keep(pin, wheels[pin.name], Path(name)) for pin in pins}


def _keep(pin: Pinned, wheel: Path, work: Path) -> Path:
    """Put a wheel where it is kept, in the place of a damaged one; of two that come at once one stays."""
    if not _is_of(wheel, pin.digests):
        raise BuildError(f"'{wheel.name}': {installers.OTHER_BYTES}", "", "Run the command again.")
    new, place = work / pin.name, _place(pin)
    new.mkdir()
    wheel.rename(new / wheel.name)
    if place.exists() and not _kept(pin):
        os.replace(place, work / f"{pin.name}-damaged")
    if not place.exists():
        try:
            os.replace(new, place)
        except OSError:
            if not _kept(pin):  # Another one has put it there just now.
                raise
    return place / wheel.name


def _of_archives(pins: dict[str, Pinned], built: str) -> dict[str, Path]:
    """Return the wheels that were built from locked archives, of the releases that are pinned."""
    if not built:
        return {}
    told = json.loads(_text(Path(built)))
    found = {}
    for name, said in told.items():
        wheel = Path(built).parent / said["file"]
        if name in pins and pins[name].version == said["version"]:
            if not _is_of(wheel, [f"sha256:{said['sha256']}"]):
                raise BuildError(f"'{wheel}' is not what was built", built, "Build the wheels again.")
            found[name] = wheel
    return found


def _is_of(path: Path, digests: Sequence[str]) -> bool:
    """Tell whether a file has one of these digests, each `algorithm:…`."""
    for algorithm in {digest.partition(":")[0] for digest in digests}:
        with open(path, "rb") as file:
            if f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}" in digests:
                return True
    return False


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise BuildError(f"there is no '{path.as_posix()}'", "", "Run 'doit locks'.") from None
