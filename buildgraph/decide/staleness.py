"""Staleness: is a task to run, and why.

The decision compares two values, what the ledger traced when the task last succeeded and what is observed
now. Its reasons are its return value, one sentence each; no reason means fresh.
"""

from __future__ import annotations

from collections.abc import Mapping

from buildgraph.fields import Value, fresh
from buildgraph.layout import shown
from buildgraph.observe.digests import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHOWN = 12
"""Characters of a digest that a sentence shows."""
NO_SUCCESS = "it has no recorded success"


class Trace(Value):
    """What a task depended on and made: the same shape observed now and recorded at its last success."""

    identity: Mapping[str, Any]
    """What `observe/identity.py` returns."""
    inputs: Mapping[str, str]
    discovered: Mapping[str, str] = fresh(dict)
    folders: Mapping[str, str] = fresh(dict)
    outputs: Mapping[str, str] = fresh(dict)


def reasons(recorded: Trace | None, observed: Trace) -> list[str]:
    """Return why the task is stale, an empty list if it is fresh."""
    if recorded is None:
        return [NO_SUCCESS]
    if recorded == observed:
        return []
    return [
        *_identity(recorded.identity, observed.identity),
        *_files("input", recorded.inputs, observed.inputs),
        *_files("discovered input", recorded.discovered, observed.discovered),
        *(
            f"the listing of the folder '{folder}' changed"
            for folder in _differing(recorded.folders, observed.folders)
        ),
        *_files("output", recorded.outputs, observed.outputs),
    ]


def _identity(old: Mapping, new: Mapping) -> list[str]:
    found = []
    for part in _differing(old, new):
        before, after = old.get(part), new.get(part)
        if isinstance(before, dict) and isinstance(after, dict):
            found += [
                _of_tool(key, before.get(key), after.get(key))
                if part == "tool"
                else _change(f"{part} '{key}'", before.get(key), after.get(key))
                for key in _differing(before, after)
            ]
        elif part.startswith("declared"):
            found.append(
                _change(f"its {part}", *(list(map(shown, value or ())) for value in (before, after)))
            )
        elif part == "interpreter":
            found.append(_of_interpreter(before or "", after or ""))
        else:
            found.append(_change(f"its {part}", before, after))
    return found


def _of_tool(path: str, old: str | None, new: str | None) -> str:
    """Say what has become of a file of a tool."""
    return _change(f"the tool '{path}'", *(digest and digest[:SHOWN] for digest in (old, new)))


def _of_interpreter(old: str, new: str) -> str:
    """Say which version it had and has, or that only the packages installed with it changed."""
    before, after = (" ".join(said.split()[:2]) for said in (old, new))
    if before == after:
        return f"the packages of its interpreter ({after}) changed"
    return _change("its interpreter", before or None, after or None)


def _files(kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    found = []
    for path in _differing(old, new):
        before, after = old.get(path), new.get(path)
        if before is None:
            found.append(f"the {kind} '{path}' is new")
        elif after is None or after == ABSENT:
            found.append(f"the {kind} '{path}' is gone")
        elif before == ABSENT:
            found.append(f"the {kind} '{path}' has appeared")
        else:
            found.append(_change(f"the {kind} '{path}'", before[:SHOWN], after[:SHOWN]))
    return found


def _change(subject: str, old: object, new: object) -> str:
    return f"{subject} changed from {_shown(old)} to {_shown(new)}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _differing(old: Mapping, new: Mapping) -> list:
    return sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
