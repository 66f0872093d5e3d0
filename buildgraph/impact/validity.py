"""Validity: which held results still count, and why another one does not.

A fact is looked up once. A context does not hold if one of its facts does not, or one of the contexts that it uses. Uses may be cyclic: what does not hold spreads backwards
over them, so a cycle is as good as its worst member. Any trace of a test that holds is enough, whichever run it is of: going back to an old branch runs nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from . import store
from .bodies import Change, change_of
from .contexts import of_collection, of_module, of_test
from .facts import Fact, Now
from .readers import spread

FAILED = "failed"
FAR = 1_000  # steps of what runs for its coverage only


@dataclass
class Decision:
    """What is held: by test, the segments whose trace of it holds, with the outcomes."""

    segments: list[store.Segment]
    held: dict[str, list[tuple[store.Segment, str]]] = field(default_factory=dict)
    skippable: dict[str, list[str]] = field(default_factory=dict)
    last: dict[str, tuple[str, float]] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)  # tests, and how far they are from what changed
    renewed: dict[str, str] = field(default_factory=dict)  # tests that run for the coverage of a module

    def is_valid(self, nodeid: str) -> bool:
        """Tell whether a result can be reused; a failure never is, nor what has failed under the same facts."""
        outcomes = {outcome for _, outcome in self.held.get(nodeid, ())}
        return bool(outcomes) and FAILED not in outcomes and nodeid not in self.renewed

    def source(self, nodeid: str) -> store.Segment:
        """Return the segment that has the reused result: the newest in which no name changed, if there is one."""
        return self.held[nodeid][0][0]


def decide(segments: list[store.Segment], now: Now) -> Decision:
    """Compare all traces with what is true now; the newest segment comes first."""
    decision = Decision(segments)
    exact: set[tuple[str, str]] = set()
    for segment in segments:
        gone = lost(segment, now)
        loose = segment.users({number for number, fact in enumerate(segment.facts) if not now.holds(fact)})
        for nodeid, result in segment.results.items():
            if nodeid not in decision.last:
                decision.last[nodeid] = result
                decision.steps[nodeid] = gone.get(of_test(nodeid), 0)
            if of_test(nodeid) not in gone:
                decision.held.setdefault(nodeid, []).append((segment, result[0]))
                if of_test(nodeid) not in loose:
                    exact.add((nodeid, segment.name))
        for key, nodeids in segment.collected.items():
            if key not in decision.skippable and of_collection(key) not in gone:
                decision.skippable[key] = nodeids
    decision.held = {nodeid: _after_failures(each) for nodeid, each in decision.held.items()}
    for nodeid, traces in decision.held.items():
        traces.sort(key=lambda each: (nodeid, each[0].name) not in exact)
    decision.renewed = _renewed(decision, now)
    decision.steps |= dict.fromkeys(decision.renewed, FAR)
    decision.skippable = {
        key: nodeids
        for key, nodeids in decision.skippable.items()
        if nodeids and all(decision.is_valid(each) for each in nodeids)
    }
    return decision


def _renewed(decision: Decision, now: Now) -> dict[str, str]:
    """Return one test for each module whose body changed for no reader: it imports it, and so shows what runs of it now."""
    sources: dict[str, list[str]] = {}
    for nodeid in decision.held:
        if decision.is_valid(nodeid):
            sources.setdefault(decision.source(nodeid).name, []).append(nodeid)
    segments = [segment for segment in decision.segments if segment.name in sources]
    bodies = {
        (number, fact)
        for segment in segments
        for number, fact in enumerate(segment.facts)
        if fact[0] == "body"
    }
    stale = {fact[1] for _, fact in bodies if not now.holds(fact)}
    users: dict[str, set[str]] = {}
    for segment in segments if stale else ():
        known = {of_test(nodeid): nodeid for nodeid in sources[segment.name]}
        for number, fact in enumerate(segment.facts):
            if fact[0] == "body" and fact[1] in stale:
                using = {known[label] for label in segment.users({number}) & known.keys()}
                if using and now.holds(fact):
                    stale.discard(fact[1])
                users.setdefault(fact[1], set()).update(using)
    quickest = {key: min(users[key], key=lambda each: (decision.last[each][1], each)) for key in stale if users.get(key)}  # fmt: skip
    return {nodeid: key for key, nodeid in sorted(quickest.items())}


def _after_failures(traces: list[tuple[store.Segment, str]]) -> list[tuple[store.Segment, str]]:
    """Drop what is older than the newest trace that did not fail: a flaky failure counts until the test has passed again."""
    if traces[0][1] != FAILED:
        return [each for each in traces if each[1] != FAILED]
    return traces


def lost(segment: store.Segment, now: Now) -> dict[str, int]:
    """Return the contexts that do not hold, and how many steps each is from what changed."""
    wrong = {number for number, fact in enumerate(segment.facts) if not now.holds(fact)}
    if not wrong:
        return {}
    by_name = {number: change for number in wrong if (change := _change(segment.facts[number], now))}
    found = segment.users(wrong - by_name.keys())
    for users, readers in _readers(segment, now, by_name) if by_name else ():
        for label in users.keys() & readers:
            found[label] = min(found.get(label, readers[label]), readers[label])
    return found


def _change(fact: Fact, now: Now) -> Change | None:
    """Return which names of a module changed, if that is all."""
    return change_of(fact[2], now.value("body", fact[1])) if fact[0] == "body" else None


def _readers(
    segment: store.Segment, now: Now, by_name: Mapping[int, Change]
) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Yield for each module with changed names who uses it, and who mentions one of them: who is both can notice."""
    changes: dict[str, Change] = {}
    for number, change in by_name.items():
        key = segment.facts[number][1]
        changes[key] = change | changes[key] if key in changes else change
    numbers: dict[str, set[int]] = {}
    for number, (kind, key, _) in enumerate(segment.facts):
        if kind == "body":
            numbers.setdefault(key, set()).add(number)
    words = [frozenset(now.words(fact)) for fact in segment.facts]
    users = functools.cache(lambda key: segment.users(numbers[key]))
    modules = {of_module(key): key for key in numbers}

    def users_of(key: str) -> set[str]:
        return {modules[label] for label in users(key).keys() & modules}

    for key, changed in spread(changes, {key: now.body(key) for key in numbers}, users_of).items():
        readers = segment.users({number for number, each in enumerate(words) if not changed.isdisjoint(each)})
        yield users(key), readers


def why(decision: Decision, now: Now, nodeid: str) -> str:
    """Return one sentence: which fact has a test run, or that its result is reused."""
    if decision.is_valid(nodeid):
        segment = decision.source(nodeid)
        count = len(segment.facts_of(segment.closure(of_test(nodeid))))
        return f"{nodeid} is not run: it {segment.results[nodeid][0]}, and all its {count} facts hold."
    if any(outcome == FAILED for _, outcome in decision.held.get(nodeid, ())):
        return f"{nodeid} runs: it failed the last time, and failed tests always run again."
    if nodeid in decision.renewed:
        return f"{nodeid} runs: no result of it can differ, but it imports '{decision.renewed[nodeid]}', whose coverage changed."
    for segment in decision.segments:
        if nodeid in segment.results:
            found = sorted(
                fact for fact in segment.facts_of(segment.closure(of_test(nodeid))) if not now.holds(fact)
            )
            more = f" ({len(found) - 1} more facts do not hold)" if len(found) > 1 else ""
            return f"{nodeid} runs: {_sentence(_nearest(found), now)}{more}."
    return f"{nodeid} runs: no run of it is known."


def _nearest(facts: Iterable[Fact]) -> Fact:
    """Prefer what says most: a function before a module, and both before a listing."""
    order = (
        "block",
        "body",
        "file",
        "variable",
        "distribution",
        "exists",
        "stem",
        "configuration",
        "interpreter",
        "options",
    )
    return min(
        facts,
        key=lambda fact: (
            order.index(fact[0]) if fact[0] in order else len(order),
            "<module>" in fact[1],
            fact,
        ),
    )


def _sentence(fact: Fact, now: Now) -> str:
    kind, key, old = fact
    new = now.value(kind, key)
    if kind == "block":
        path, name = key.split("::", 1)
        what = f"the module's own code in '{path}'" if name == "<module>" else f"'{name}' in '{path}'"
        return f"{what} {'is gone' if new == 'absent' else 'changed'}"
    if kind == "body":
        return _sentence_of_body(key, change_of(old, new))
    if kind == "file":
        change = "is gone" if new == "absent" else "is new" if old == "absent" else "changed"
        return f"the file '{key}' {change}"
    if kind in ("exists", "stem"):
        return f"'{key}' was {old}, and is {new}"
    texts = {
        "listing": f"the names in the folder '{key}' changed",
        "variable": f"the environment variable '{key}' changed",
        "constants": f"a constant in '{key}' changed, and Hypothesis draws from them",
        "environ": "the environment changed, and a process of its own may read it",
        "distribution": f"the installed package '{key}' changed",
        "distributions": "the installed packages changed",
        "interpreter": f"Python was '{old}', and is '{new}'",
        "configuration": "the settings of pytest changed",
        "options": "the options of pytest changed",
        "tree": "a file changed, and a process of its own may read it",
    }
    return texts.get(kind, f"{kind} '{key}' changed")


def _sentence_of_body(key: str, change: Change | None) -> str:
    if change is None:
        return f"what importing '{key}' runs changed"
    for verb, names in (
        ("changed", change.changed),
        ("is gone", change.vanished),
        ("is new", change.appeared),
    ):
        if names:
            return f"'{min(names)}' in '{key}' {verb}, and what it runs may read that"
    return f"the order of the statements in '{key}' changed"
