"""Caching: what a run asks the store before the command of a cached rule starts, and tells it afterwards."""

from __future__ import annotations

from buildgraph.decide.staleness import Trace
from buildgraph.layout import STAGING
from buildgraph.running.session import make_folders
from buildgraph.store.dealing import Dealing
from buildgraph.store.keys import key_of
from buildgraph.store.store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.running.loop import Loop
    from buildgraph.running.session import Session


def deal(loop: Loop, session: Session, name: str, observed: Trace) -> tuple[Dealing, Trace]:
    """Return a stale task's dealing with the store, and its trace with what was looked at for it, so that a change since is seen.

    A forced run takes nothing; what it makes is kept.
    """
    if loop.store is None:
        make_folders(STAGING)
        loop.store = Store(loop.environ, STAGING)
    rule = loop.plan.rules[name]
    key = key_of(rule, observed, loop.store.umask)
    found = None if loop.settings.is_forced else loop.store.find(rule, key, session.facts)
    tell(loop)
    if found is not None and rule.discovers:
        observed = observed.replaced(
            discovered={**observed.discovered, **found.discovered},
            folders={**observed.folders, **found.folders},
        )
    return Dealing(loop.store, name, rule, key, observed, found), observed


def tell(loop: Loop) -> None:
    """Say what is wrong with the store."""
    if loop.store is not None:
        for sentence in loop.store.notices():
            loop.reporter.say(sentence)


def end(loop: Loop) -> None:
    """Let the store make room, and say what is wrong with it."""
    if loop.store is not None:
        loop.store.end()
        tell(loop)
