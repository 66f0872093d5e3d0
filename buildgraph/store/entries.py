"""Entries: what is kept of a result, as checked JSON: path → content, size and mode, and how long its command took.

An entry names no value of a variable and no content of an input; its key is a digest. What it names is believed only as far as the rule's
outputs go: the folder is the user's own, and still no line in it may write elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from buildgraph.errors import BuildError
from buildgraph.fields import Value
from buildgraph.layout import canonical_path, is_exact
from buildgraph.observe.digests import of_bytes
from buildgraph.observe.listings import NEVER_ENTERED
from buildgraph.observe.real import RealPaths
from buildgraph.patterns import fixed_folder, matches
from buildgraph.rules.values import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_CHOICES = 8
"""So many sets of discovered inputs are remembered of one key, the last ones."""
HEX = frozenset("0123456789abcdef")


class File(Value):
    """One output."""

    digest: str
    size_bytes: int
    mode: int


class Entry(Value):
    """One result."""

    files: dict[str, File]
    seconds: float
    """How long the command took."""


class Choice(Value):
    """The names of what a command has discovered at one time."""

    inputs: tuple[str, ...]
    folders: tuple[str, ...]


def encode(entry: Entry) -> bytes:
    """Return an entry as bytes."""
    files = {path: [file.digest, file.size_bytes, file.mode] for path, file in entry.files.items()}
    return _checked({"files": files, "seconds": entry.seconds})


def decode(data: bytes) -> Entry | None:
    """Return the entry, None if it is not one."""
    try:
        said = _read(data)
        files = {path: _file(*row) for path, row in said["files"].items()}
        return Entry(files, float(said["seconds"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def encode_choices(choices: Iterable[Choice]) -> bytes:
    """Return a key's choices as bytes."""
    return _checked([[list(choice.inputs), list(choice.folders)] for choice in choices])


def decode_choices(data: bytes) -> list[Choice]:
    """Return a key's choices, none if they cannot be read."""
    try:
        return [
            Choice(
                tuple(map(canonical_path, inputs)),
                tuple([folder and canonical_path(folder) for folder in folders]),
            )
            for inputs, folders in _read(data)[:MOST_CHOICES]
        ]
    except (BuildError, ValueError, TypeError, RecursionError):
        return []


def fits(rule: Rule, entry: Entry) -> bool:
    """Tell whether the entry has all outputs of a rule and nothing else, each at a place of its own that is not reached through a link."""
    if not all(output in entry.files for output in rule.outputs if is_exact(output)):
        return False
    real = RealPaths()
    for path in entry.files:
        output = output_of(rule, path)
        if output is None or real.path(path) != path or not NEVER_ENTERED.isdisjoint(_below(output, path)):
            return False
    return True


def _below(output: str, path: str) -> list[str]:
    """Return the names of the folders between an output and a file of it: an output may itself lie in the state folder."""
    return path[len(fixed_folder(output)) :].split("/")[:-1]


def output_of(rule: Rule, path: str) -> str | None:
    """Return which output of a rule a path is or lies in, None if that is not one."""
    try:
        if canonical_path(path) != path or not is_exact(path):
            return None
    except BuildError:
        return None
    if path in rule.outputs:
        return path
    others = (output for output in rule.outputs if not is_exact(output))
    return next((output for output in others if matches(output, path)), None)


def _file(digest: Any, size_bytes: Any, mode: Any) -> File:
    is_right = isinstance(digest, str) and len(digest) == 64 and HEX.issuperset(digest)
    if not (
        is_right and type(size_bytes) is int and type(mode) is int and size_bytes >= 0 and 0 <= mode <= 0o777
    ):
        raise ValueError(digest)
    return File(digest, size_bytes, mode)


def _checked(said: object) -> bytes:
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")
    return of_bytes(text).encode("ascii") + b"\n" + text


def _read(data: bytes) -> Any:
    check, _, text = data.partition(b"\n")
    if of_bytes(text).encode("ascii") != check:
        raise ValueError(check)
    return json.loads(text)
