"""Auditing: held results compared with those of a run of everything, and for each that is another one the facts that its trace lacked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from . import store
from .contexts import of_test
from .facts import Fact

SHOWN = 3


def contradictions(
    folder: str, audited: Mapping[str, str], ran: Mapping[str, str], written: Iterable[str]
) -> Iterator[str]:
    """Yield a sentence for each test that would have been reused, and whose outcome is another one."""
    segments = [store.read(folder, name) for name in written]
    for nodeid, outcome in sorted(ran.items()):
        if nodeid not in audited:
            continue
        old = store.read(folder, audited[nodeid])
        held = old.results[nodeid][0]
        if held != outcome:
            missing = sorted(_subjects(segments, nodeid) - _subjects([old], nodeid))
            yield f"'{nodeid}' would have counted as {held}, and {outcome}: {_sentence(missing)}"


def _subjects(segments: Iterable[store.Segment], nodeid: str) -> set[tuple[str, str]]:
    """Return the kinds and keys of the facts of a test."""
    facts: set[Fact] = set()
    for segment in segments:
        if nodeid in segment.results:
            facts |= segment.facts_of(segment.closure(of_test(nodeid)))
    return {(kind, key) for kind, key, _ in facts if kind != "words"}


def _sentence(missing: list[tuple[str, str]]) -> str:
    if not missing:
        return "no fact was missing, so it depends on something that nobody hears of"
    named = ", ".join(f"{kind} '{key}'" for kind, key in missing[:SHOWN])
    return f"its trace lacked {named}" + (f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else "")
