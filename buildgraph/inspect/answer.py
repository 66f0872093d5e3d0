"""Answer: what a stored graph says when it is asked, without doit."""

from __future__ import annotations

from collections.abc import Sequence

from buildgraph.decide.words import select
from buildgraph.proof.stored import Stored


def answer(command: str, words: Sequence[str], stored: Stored) -> int:
    """Carry out `list`, `why` or `inputs` for the tasks that the words select, and return the exit code."""
    plan = stored.plan
    if command == "list":
        from buildgraph.inspect.listing import show

        if words:
            select(plan, words, None)
        show(plan, bool(words), is_all=False, is_quiet=False)
        return 0
    from buildgraph.inspect.inputs import inputs
    from buildgraph.inspect.why import why
    from buildgraph.record.ledger import Ledger

    select(plan, words, stored.asked["default"])
    (why if command == "why" else inputs)(plan, Ledger())
    return 0
