"""Leftovers: outputs of rules that are gone or renamed.

The ledger says which task wrote which content where. A path that its task no longer claims is handed to the
task that claims it now; if none does, the file is deleted as long as its content is what was written. A file
that git tracks is kept: it came with the branch that was checked out, whoever wrote it first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from buildgraph.act.outputs import delete, is_owned, set_aside, state_of
from buildgraph.decide.edges import Producers
from buildgraph.record.ledger import Ledger
from buildgraph.rules import Rule

INDEX = ".git/index"


def remove(ledger: Ledger, rules: Mapping[str, Rule], producers: Producers) -> list[str]:
    """Delete what removed and renamed rules left; return a sentence for each file."""
    said: list[str] = []
    _interrupted(ledger, producers, said.append)
    index: bytes | None = None
    for task in list(ledger.owned):
        rule = rules.get(task)
        unclaimed = [path for path in ledger.owned[task] if rule is None or not is_owned(rule, path)]
        for path in unclaimed:
            digests = ledger.owned[task][path]
            heir = producers.of_file(path)
            if heir is not None:
                for digest in digests:
                    ledger.own(heir, {path: digest})
            elif state_of(path, digests) == "ours":
                index = _index() if index is None else index
                if path.encode("utf-8", "surrogateescape") + b"\0" not in index:
                    delete(path)
                    said.append(f"removed '{path}', which '{task}' had made and nothing makes any more")
        if unclaimed:
            ledger.disown(task, unclaimed)
        if rule is None and task in ledger.traces:
            ledger.forget(task)
    return said


def _interrupted(ledger: Ledger, producers: Producers, say: Callable[[str], None]) -> None:
    """Set aside what killed commands wrote in place where nothing writes any more: nobody can tell whose it is."""
    for task, in_place in list(ledger.running.items()):
        for path, before in in_place.items():
            ours = ledger.owned.get(task, {}).get(path, ())
            if producers.of_file(path) is None and state_of(path, (before, *ours)) == "other":
                set_aside(path, say)
        if not any(producers.of_file(path) == task for path in in_place):
            ledger.forget(task)


def _index() -> bytes:
    """Return git's index, in which a tracked path is followed by a zero byte (formats 2 and 3)."""
    try:
        with open(INDEX, "rb") as file:
            return file.read()
    except OSError:
        return b""
