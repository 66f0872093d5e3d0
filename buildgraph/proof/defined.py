"""Defined: how the graph of a command line came to be known, by loading `dodo.py` or from where it was stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from buildgraph.decide.plan import Plan
from buildgraph.fields import Value, fresh
from buildgraph.observe.loading import Loading
from buildgraph.proof import contents, stored
from buildgraph.proof.evidence import Evidence


class Defined(Value, frozen=False):
    """The notes of what defined the graph, and what the command line's certificate still says."""

    argv: Sequence[str]
    loading: Loading
    evidence: Evidence | None = None
    config: Mapping[str, object] = fresh(dict)
    """What DOIT_CONFIG says."""
    asked: Mapping[str, object] = fresh(dict)
    """What the options of the command and the settings of doit ask of the run."""
    interpreter: tuple[str, str] = ("", "")
    """The Python that runs the graph, and its environment."""

    @property
    def current(self) -> Evidence | None:
        """The evidence, if its graph is the graph."""
        return self.evidence if self.evidence is not None and self.evidence.is_current else None

    @property
    def is_stored(self) -> bool:
        """True if the graph is taken from where it was stored."""
        return self.current is not None

    def take(self, evidence: Evidence | None) -> None:
        """Take what the certificate says; if its definitions hold, note what was read when the stored graph was loaded."""
        self.evidence = evidence
        if evidence is None or not evidence.is_current:
            return
        variables, _, _, _, folders, questions = evidence.definitions
        self.config = evidence.stored.config
        self.loading.files = contents.files_of(evidence.definitions)
        self.loading.absent = contents.absent_of(evidence.definitions)
        self.loading.folders = dict(folders)
        self.loading.variables = {name for name, _ in variables}
        self.loading.questions = {(name, arguments): answer for name, arguments, answer in questions}

    def graph(self, plan: Plan) -> str:
        """Return the name of the stored graph, storing it if need be; an empty one if it cannot be stored."""
        if (current := self.current) is not None:
            return current.graph
        return stored.store(self.config, plan, self.asked, self.interpreter)
