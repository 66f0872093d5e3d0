"""Evidence: what the last certificate of a command line still says when it does not hold.

It says two things. As long as its definitions hold, `dodo.py` need not run: the graph that it defined was stored. And of each
task that it covers it says that with these files and this record in the ledger it was fresh; that remains so for a task
whose definition is unchanged, of which the ledger has told nothing since, and of whose paths none has moved. If the engine
itself has moved, it says nothing: another engine may look at more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import buildgraph
from buildgraph.decide.plan import Plan
from buildgraph.decide.words import select
from buildgraph.fields import Value
from buildgraph.proof import certificate, contents, stored
from buildgraph.proof.stored import Stored
from buildgraph.record.ledger import Mark


class Evidence(Value):
    """A certificate that was read, with the graph that its definitions defined."""

    definitions: contents.Part
    state: contents.Part
    mark: Mark
    graph: str
    selection: Sequence[str]
    stored: Stored
    is_current: bool
    """True if its definitions hold, so that its graph is the graph."""

    def changed(self, plan: Plan) -> set[str]:
        """Return the tasks of a newly loaded plan that it does not cover: new ones, and those that are defined otherwise."""
        if self.is_current:
            return set()
        before = self.stored.plan
        select(before, self.selection, None)
        covered = set(before.ordered())
        return {name for name in plan.graph if name not in covered or not self.stored.has(plan, name)}


def read(argv: Sequence[str], python: str = "") -> Evidence | None:
    """Return what the certificate of the command line says, None if there is none or it says nothing any more.

    A `python` is the one of the tools environment, asked for by a process that is not it: what is not of that one, or whose definitions
    have moved, says nothing then.
    """
    try:
        (text, definitions, state, mark, graph, selection), is_same = certificate.noted(argv)
        is_current = text is not None and is_same
        is_evidence = is_current or (not python and _is_of_this_engine(definitions))
        found = stored.read(graph) if is_evidence else None
    except certificate.NONE:
        return None
    if found is None:
        return None
    # Another Python would define the same graph, and another graph would be stored.
    executable, prefix = found.interpreter
    is_by_this = executable == python if python else (executable, prefix) == (sys.executable, sys.prefix)
    is_current = is_current and is_by_this and found.is_placed
    return Evidence(definitions, state, mark, graph, selection, found, is_current)


def read_latest(python: str = "") -> Evidence | None:
    """Return what the certificate that was written last says, of whatever command line: its graph is that of all."""
    try:
        with open(contents.newest()[-1], "rb") as file:
            words = certificate.checked(file.read())[0]
    except (IndexError, *certificate.NONE):
        return None
    return read(words, python)


def last_graph() -> Plan | None:
    """Return the graph that was stored last, whether it is the graph still or not; None if there is none."""
    try:
        with open(contents.newest()[-1], "rb") as file:
            *_, graph, _ = certificate.checked(file.read())
        found = stored.read(graph)
    except (IndexError, *certificate.NONE):
        return None
    return None if found is None else found.plan


def _is_of_this_engine(definitions: contents.Part) -> bool:
    """Tell whether the files of the engine and the interpreter are those of the definitions, and where they were."""
    moved, folders = contents.moved(definitions), engine()
    unmoved = contents.files_of(definitions).keys() - moved
    return {sys.executable, buildgraph.__file__} <= unmoved and not any(
        path.startswith(folders) for path in moved
    )


def engine() -> tuple[str, ...]:
    """Return the folders of this library and of doit, which is not imported for it."""
    from importlib.util import find_spec

    places = (buildgraph.__file__, getattr(find_spec("doit"), "origin", None))
    return tuple(os.path.dirname(place) + os.sep for place in places if place)
