"""Names: what entries are called, and where folders may be published."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from buildgraph.errors import BuildError

PLACE = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*")
MADE = ("css", "js")
"""The places of what is compiled."""
MANIFEST = "manifest.json"


def names_of(sources: Sequence[str]) -> dict[str, str]:
    """Return name -> source: its name without an ending, with as many of its folders before it as tell it from the others: "admin-site".

    Raise BuildError for two that would have one name all the same.
    """
    parts = {source: PurePosixPath(source).with_suffix("").parts for source in sources}
    names: dict[str, str] = {}
    for source, own in parts.items():
        others = [each for other, each in parts.items() if other != source]
        count = next(
            (n for n in range(1, len(own) + 1) if all(each[-n:] != own[-n:] for each in others)), len(own)
        )
        name = "-".join(own[-count:])
        if other := names.get(name):
            what = f"the entries '{other}' and '{source}' would both be called '{name}'"
            raise BuildError(what, "", "Rename one of them.")
        names[name] = source
    return names


def check_place(place: str) -> str:
    """Return the place of a folder in the result; raise BuildError for one that hides what is compiled, or is not inside."""
    if place.partition("/")[0] in (*MADE, MANIFEST) or not PLACE.fullmatch(place):
        raise BuildError(
            f"'{place}' cannot be the place of what is published",
            "",
            "Take a name that is neither 'css' nor 'js', without '.' before it: 'images'.",
        )
    return place
