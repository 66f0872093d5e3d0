"""A proof: what of an earlier certificate's state was as it had it, when the run began and the checkout's lock was held.

It is of that moment. What a run sees later may be otherwise: then it is asked whether a task that was taken for
fresh relies on it, and if one does, nothing new is certified; the earlier certificate lets the next run look at that task.
"""

from __future__ import annotations

from collections.abc import Mapping

from buildgraph.observe import folders
from buildgraph.observe.facts import Facts
from buildgraph.observe.stamps import Stamp
from buildgraph.proof import contents
from buildgraph.proof.untouched import Moved


class Proof:
    """The state of a certificate, compared with what is there now; what has moved is in `moved` and nowhere else."""

    def __init__(self, state: contents.Part, environ: Mapping[str, str]) -> None:
        variables, _, links, absent, listed, _ = state
        paths = contents.moved(state)
        now = {folder: _now(folder, before) for folder, before in listed}
        self.folders = {
            folder: now[folder] for folder, before in listed if _names(now[folder]) == _names(before)
        }
        self.variables = {
            name for name, value in variables if folders.fingerprint(environ.get(name)) == value
        }
        self.moved = Moved(paths, now.keys() - self.folders, {name for name, _ in variables} - self.variables)
        self.files = contents.Files(state)
        self.links = {path: stamp for path, stamp in links if path not in paths}
        self.absent = set(absent) - paths

    def differing(self, facts: Facts) -> Moved:
        """Return what was as the certificate has it, and has been seen otherwise since."""
        paths = {path for path, seen in facts.seen.items() if self._stamp(path) not in (None, seen.stamp)}
        others = {
            folder
            for folder, listing in facts.scanned.items()
            if folder in self.folders and _names(self.folders[folder]) != _names(listing)
        }
        return Moved(paths - self.moved.paths, others)

    def _stamp(self, path: str) -> Stamp | None:
        """Return the stamp that the certificate has of a path, an empty one if nothing was there, None if it says nothing of it."""
        return self.files.get(path) or self.links.get(path) or (() if path in self.absent else None)


def _now(folder: str, before: tuple | None) -> tuple | None:
    """Return a folder's listing; one that its stamp proves need not be read, one that cannot be read is not taken for another's."""
    try:
        return before if folders.is_as(folder, before) else folders.listing(folder)
    except OSError:
        return ((), ())


def _names(listing: tuple | None) -> tuple | None:
    return listing and listing[1]
