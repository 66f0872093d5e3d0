"""Observation: what a task depends on and has made, as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from buildgraph.decide.staleness import Trace
from buildgraph.decide.suggest import did_you_mean
from buildgraph.errors import BuildError
from buildgraph.layout import is_pattern, is_tree
from buildgraph.observe.digests import ABSENT, FOLDER
from buildgraph.observe.facts import Facts
from buildgraph.observe.identity import identity
from buildgraph.rules import Rule

NOWHERE = "> nothing"
"""How the digest of a link ends that leads to no file, or to itself."""


def observe(
    rule: Rule, words: Sequence[str], recorded: Trace | None, facts: Facts, environ: Mapping[str, str]
) -> Trace:
    """Return the task's trace as it would be recorded now; raise if an input is missing."""
    return Trace(
        identity=identity(rule, words, environ, facts),
        inputs=inputs_of(rule, facts),
        discovered={path: facts.digest(path) for path in recorded.discovered} if recorded else {},
        folders={folder: facts.listing(folder) for folder in recorded.folders} if recorded else {},
        outputs={path: facts.digest(path) for path in outputs_of(rule, facts)},
    )


def inputs_of(rule: Rule, facts: Facts) -> dict[str, str]:
    """Return path → digest of the declared inputs."""
    found = {}
    for declared in rule.inputs:
        if not is_pattern(declared) and not is_tree(declared):
            digest = facts.digest(declared)
            if digest in (ABSENT, FOLDER) or digest.endswith(NOWHERE):
                _refuse(declared, digest, rule)
            found[declared] = digest
            continue
        for path in facts.expand(declared):
            found[path] = facts.digest(path)
    if found and not rule.outputs:
        return found
    own = outputs_of(rule, facts) if any(is_pattern(path) or is_tree(path) for path in rule.inputs) else ()
    for path in own:
        found.pop(path, None)
    return found


def outputs_of(rule: Rule, facts: Facts) -> list[str]:
    """Return the files that the declared outputs stand for now, and the exact ones whether they exist or not."""
    found = []
    for declared in rule.outputs:
        if is_pattern(declared) or is_tree(declared):
            found.extend(facts.expand(declared))
        else:
            found.append(declared)
    return found


def _refuse(path: str, digest: str, rule: Rule) -> None:
    if digest == FOLDER:
        raise BuildError(
            f"the input '{path}' is a folder", rule.where, f"Write '{path}/' for all files below it."
        )
    if digest.endswith(NOWHERE):
        raise BuildError(
            f"the input '{path}' is a link that leads nowhere", rule.where, "Point it at a file."
        )
    import os

    folder, _, _ = path.rpartition("/")

    try:
        names = os.listdir(folder or ".")
    except OSError:
        names = []
    near = did_you_mean(path, [f"{folder}/{name}" if folder else name for name in names])
    raise BuildError(f"the input '{path}' does not exist, and no task makes it", rule.where, near)
