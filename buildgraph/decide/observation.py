"""Observation: what a task depends on and has made, as it is now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from buildgraph.decide.plan import Plan
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError
from buildgraph.exclusions import divided
from buildgraph.layout import is_exact, is_pattern, shown
from buildgraph.observe.digests import ABSENT, FOLDER, of_output
from buildgraph.observe.facts import Facts
from buildgraph.observe.identity import identity
from buildgraph.rules.values import Rule
from buildgraph.suggest import did_you_mean

NO_FILE = frozenset((ABSENT, FOLDER))
NOWHERE = "> nothing"
"""How the digest of a link ends that leads to no file, or to itself."""


def observe(
    rule: Rule, words: Sequence[str], recorded: Trace | None, facts: Facts, environ: Mapping[str, str]
) -> Trace:
    """Return the task's trace as it would be recorded now; raise if an input is missing."""
    return Trace(
        identity=identity(rule, words, environ, facts),
        inputs=inputs_of(rule, facts),
        discovered=_digests(recorded.discovered, facts.digest) if recorded else {},
        folders=_digests(recorded.folders, facts.listing) if recorded else {},
        outputs={path: of_output(facts.digest(path)) for path in outputs_of(rule, facts)},
    )


def _digests(paths: Iterable[str], digest: Callable[[str], str]) -> dict[str, str]:
    return {path: digest(path) for path in paths} if paths else {}


def inputs_of(rule: Rule, facts: Facts) -> dict[str, str]:
    """Return path → digest of the declared inputs."""
    found = {}
    has_others = False
    for declared in rule.inputs:
        if is_exact(declared):
            digest = found[declared] = facts.digest(declared)
            if digest in NO_FILE or digest[:5] == "link ":
                _refuse(declared, digest, rule)
        else:
            has_others = True
            for path in facts.expand(declared):
                found[path] = facts.digest(path)
    if has_others and rule.outputs:
        for path in outputs_of(rule, facts):
            found.pop(path, None)
    return found


def outputs_of(rule: Rule, facts: Facts) -> list[str]:
    """Return the files that the declared outputs stand for now, and the exact ones whether they exist or not."""
    found = []
    for declared in rule.outputs:
        if is_exact(declared):
            found.append(declared)
        else:
            found.extend(facts.expand(declared, follows=False))
    return found


def refuse_unordered(plan: Plan, task: str, observed: Trace, facts: Facts) -> None:
    """Raise if a link among the inputs leads to what a task makes that need not have run before this one."""
    for path in facts.links.keys() & {*observed.inputs, *observed.discovered}:
        place, rule = facts.links[path], plan.rules[task]
        maker = plan.maker(place)
        if maker not in (None, task) and path not in rule.judges and maker not in plan.ancestors(task):
            what = f"the input '{path}' is '{place}', which '{maker}' makes, through a link"
            raise BuildError(what, rule.where, f"Name '{place}' among the inputs, too.")


def unmatched(rule: Rule, facts: Facts) -> list[str]:
    """Return a sentence for each pattern or tree among the inputs that stands for no file."""
    found = []
    for declared in rule.inputs:
        if not is_exact(declared) and not facts.expand(declared):
            found.append(f"the input '{shown(declared)}' matches no file{_why_none(declared)}")
    return found


def _why_none(declared: str) -> str:
    if divided(declared)[1]:
        return " that its exclusions leave over"
    if is_pattern(declared) and os.path.lexists(shown(declared)):
        return " (a file has this very name: write it as a plain text)"
    return ""


def _refuse(path: str, digest: str, rule: Rule) -> None:
    """Raise if a path whose digest is not that of a file cannot be an input; one that is judged may be absent."""
    if digest.endswith(FOLDER):
        what = "a link to a folder" if digest != FOLDER else "a folder"
        raise BuildError(
            f"the input '{path}' is {what}", rule.where, f"Write '{path}/' for all files below it."
        )
    if path in rule.judges:
        return
    if digest.endswith(NOWHERE):
        raise BuildError(
            f"the input '{path}' is a link that leads nowhere", rule.where, "Point it at a file."
        )
    if digest != ABSENT:
        return
    folder, _, _ = path.rpartition("/")

    try:
        names = os.listdir(folder or ".")
    except OSError:
        names = []
    near = did_you_mean(path, [f"{folder}/{name}" if folder else name for name in names])
    raise BuildError(f"the input '{path}' does not exist, and no task makes it", rule.where, near)
