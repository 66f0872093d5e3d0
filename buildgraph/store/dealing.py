"""A dealing: what one task has to do with the store, from the question before its command to what is kept after it.

The loop makes it and ends it; in between the task's thread fetches, or keeps what the command has made. What is fetched is whole and
verified in the staging folder before anything else is touched; from there it goes where the command would have written it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

from buildgraph.act.discovered import read_discovered
from buildgraph.act.ownership import move
from buildgraph.act.staging import Stage
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError
from buildgraph.fields import Value, fresh
from buildgraph.layout import STAGING, file_name_of, is_exact
from buildgraph.observe.facts import Seen
from buildgraph.rules.values import Rule
from buildgraph.store import blobs
from buildgraph.store.entries import File, output_of
from buildgraph.store.place import Place, remove
from buildgraph.store.store import Found, Store


class Dealing(Value, frozen=False):
    """One task's."""

    store: Store
    task: str
    rule: Rule
    key: str
    before: Trace
    """What the task depends on, as the decision saw it."""
    found: Found | None = None
    is_hit: bool = False
    """True if the outputs are the store's."""
    fetched: dict[str, str] = fresh(dict)
    """Output → where its verified content is."""
    files: dict[str, File] | None = None
    """What was kept of what the command has made; None if nothing is to be kept."""

    @property
    def seconds(self) -> float | None:
        """Return how long the command took whose outputs these are, None if it has run here."""
        return self.found.entry.seconds if self.is_hit and self.found else None

    def fetch(self) -> bool:
        """Bring all outputs, verified, and tell whether that went well; otherwise the command is to run."""
        if self.found is None or self.store.place is None:
            return False
        with suppress(OSError):  # There is no room for it, say. The command will tell.
            self.is_hit = self._is_fetched(self.store.place, self.found) and self._is_as_it_says(self.found)
        if not self.is_hit:
            for path in self.fetched.values():
                remove(path)
        return self.is_hit

    def put(self, stage: Stage) -> None:
        """Put what was fetched where the command would have written it."""
        for path, source in self.fetched.items():
            output = output_of(self.rule, path) or path
            target = path
            if output in stage.staged:
                target = (
                    stage.staged[output] + path[len(output) - 1 :]
                    if not is_exact(output)
                    else stage.staged[output]
                )
            try:
                move(source, target)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                move(source, target)

    def keep(self, outputs: Mapping[str, Seen], owned: Mapping[str, str]) -> None:
        """Keep what the command has made, if all of it is files, its own, and not reached through links."""
        if self.is_hit or self.store.place is None:
            return
        if outputs.keys() != owned.keys() or any(owned[path] != outputs[path].digest for path in owned):
            return
        files: dict[str, File] = {}
        for path, seen in outputs.items():
            file = self.store.keep_file(path, seen.digest)
            if file is None:
                return
            files[path] = file
        self.files = files

    def record(self, trace: Trace, seconds: float) -> None:
        """Let others find what was kept: nothing has moved while the command ran, and its success is on record."""
        if self.files is not None:
            self.store.keep(self.key, self.rule, trace, self.files, seconds)

    def _is_fetched(self, place: Place, found: Found) -> bool:
        """Fetch all files, and tell whether all were whole: of an entry that is damaged every damaged blob is removed at once."""
        is_damaged = is_gone = False
        waiting = f"{STAGING}/+{file_name_of(self.task)}"  # What tasks have there is never called so.
        for number, (path, file) in enumerate(found.entry.files.items()):
            self.fetched[path] = f"{waiting}+{number}"
            try:
                blobs.take(place, file.digest, file.size_bytes, self.fetched[path], file.mode)
            except blobs.Damaged:
                is_damaged = True
            except FileNotFoundError:  # Its room was needed for others.
                is_gone = True
        if is_damaged:
            self.store.damaged(self.task, found)
        elif is_gone:
            self.store.forget(found)
        return not (is_damaged or is_gone)

    def _is_as_it_says(self, found: Found) -> bool:
        """Tell whether what the command has said of what it discovered is what the result was found by."""
        if self.rule.discovers is None:
            return True
        try:
            inputs, folders = read_discovered(self.fetched[self.rule.discovers])
        except BuildError:
            return False
        rest = set(inputs).difference(self.before.inputs, found.entry.files)
        return rest == found.discovered.keys() and set(folders) == found.folders.keys()
