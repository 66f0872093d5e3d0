"""Locked: the texts of all lock files for a resolution, and the pins that the next one starts from."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text, write_text

from . import Locks
from .render import is_foreign, render_constraints, render_graph
from .status import Status, dated, derive, options

if TYPE_CHECKING:
    from .resolve import Resolution


def refuse_edited(locks: Locks, status: Status) -> None:
    """Raise if a file holds somebody's words that would be lost; the place is the first line that differs from what was written."""
    foreign = [path for path in status.edited if is_foreign(read_people_text(path))]
    if foreign:
        named = " and ".join(f"'{path}'" for path in foreign)
        raise BuildError(
            f"{named} would be replaced, and `doit locks` did not write {'it' if len(foreign) == 1 else 'them'}",
            locks.folder,
            "'doit locks:adopt' takes over the pins of another tool's files; 'doit locks --rewrite' pins anew.",
        )
    if status.edited:
        first, named = status.edited[0], " ".join(status.edited)
        line = first_difference(read_people_text(first), status.derived.get(first, ""))
        what = "; ".join(f"'{path}' is not what `doit locks` wrote" for path in status.edited)
        raise BuildError(
            f"{what}: it was edited by hand",
            f"{first}, line {line}" if line else locks.folder,
            f"'git checkout -- {named}' brings it back; put the change into the '.in' file of that group, then run 'doit locks --rewrite'.",
        )


def first_difference(found: str, wanted: str) -> int:
    """Return the number of the first line that is another one, 0 if it is not known what was wanted."""
    pairs = zip_longest(found.splitlines(), wanted.splitlines())
    return next((number for number, (old, new) in enumerate(pairs, 1) if old != new), 0) if wanted else 0


def pins_of(status: Status) -> str:
    """Return the present pins as the constraints that a resolver starts from."""
    return render_constraints({}, status.entries.values())


def files_of(
    locks: Locks, status: Status, resolution: "Resolution", old: Mapping[str, str]
) -> dict[str, str]:
    """Return the text of every lock file for a resolution; inputs that `old` knows keep their time.

    The constraints are the last: whatever was written before them is derived again from what they still say.
    """
    files, _ = derive(locks, status.sources, resolution.entries, resolution.pins)
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    header = {**options(locks), **dated(status.sources, old, time)}
    files[locks.graph] = render_graph(resolution.pins.values())
    files[locks.constraints] = render_constraints(header, resolution.entries.values())
    return files


def write(files: Mapping[str, str]) -> list[str]:
    """Write the files, in their order, and return the paths of those that differed."""
    written = []
    for path, text in files.items():
        try:
            written += [path] if write_text(path, text) else []
        except OSError as error:
            hint = "Put it right and run the command again: it continues from what has been written."
            raise BuildError(f"it cannot be written: {error.strerror}", path, hint) from None
    return written
