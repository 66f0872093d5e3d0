"""Leftovers: outputs of rules that are gone or renamed.

The ledger says which task wrote which content where. A path that its task no longer claims is handed to the
task that claims it now; if none does, the file is deleted as long as its content is what was written. A file
that git tracks is kept: it came with the branch that was checked out, even if a task wrote it first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from buildgraph.act.ownership import claims, delete, set_aside, state_of
from buildgraph.layout import is_exact
from buildgraph.observe.listings import expand
from buildgraph.observe.tracked import tracked
from buildgraph.record.ledger import Ledger
from buildgraph.rules.values import Rule

Maker = Callable[[str], str | None]
"""Returns the task that makes a file, None if none does."""


def remove(ledger: Ledger, rules: Mapping[str, Rule], maker: Maker) -> list[str]:
    """Delete what removed and renamed rules left; return a sentence for each file."""
    said: list[str] = []
    _interrupted(ledger, rules, maker, said.append)
    unclaimed = {task: _unclaimed(owned, rules.get(task)) for task, owned in ledger.owned.items()}
    left = {}
    for task, paths in unclaimed.items():
        for path in paths:
            digests = ledger.owned[task][path]
            heir = maker(path)
            if heir is not None and heir in rules:
                for digest in digests:
                    ledger.own(heir, {path: digest})
            elif heir is None and state_of(path, digests) == "ours":
                left[path] = task
    for path in sorted(left.keys() - tracked(left, said.append)) if left else ():
        delete(path)
        said.append(f"removed '{path}', which '{left[path]}' had made and nothing makes any more")
    for task, paths in unclaimed.items():  # A run that dies before this finds them again.
        if paths:
            ledger.disown(task, paths)
        if task not in rules and task in ledger.traces:
            ledger.forget(task)
    return said


def _unclaimed(owned: Mapping[str, object], rule: Rule | None) -> list[str]:
    """Return the paths that a rule owned and does not claim any more."""
    return [path for path in owned if rule is None or not claims(rule, path)]


def _interrupted(ledger: Ledger, rules: Mapping[str, Rule], maker: Maker, say: Callable[[str], None]) -> None:
    """Set aside what killed commands wrote in place where nothing writes any more: nobody can tell whose it is.

    What git tracks is no such thing: it came with the branch, or somebody has taken it for what it should be.
    """
    suspects = set()
    for task, in_place in ledger.running.items():
        for path, before in _written(in_place).items():
            ours = ledger.owned.get(task, {}).get(path, ())
            if maker(path) is None and state_of(path, (before, *ours)) == "other":
                suspects.add(path)
    for path in sorted(suspects - tracked(suspects, say)) if suspects else ():
        set_aside(path, say)
    for task, in_place in list(ledger.running.items()):
        rule = rules.get(task)
        if rule is None or not any(path in rule.outputs for path in in_place):
            ledger.forget(task)


def _written(in_place: Mapping[str, str]) -> dict[str, str]:
    """Return path → what was there before, of all that a killed command may have written."""
    found = {path: digest for path, digest in in_place.items() if is_exact(path)}
    for declared in in_place.keys() - found.keys():
        for path in expand(declared, follows=False):
            found.setdefault(path, "")
    return found
