"""Recorder: the stack of contexts of this process, and what each was charged with since it was last asked.

Everything that hears of something (audit hook, imports, tracer, pytest) tells it here. After a fork the child's recorder begins empty: what it hands back is
what ran in the child.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from . import distributions
from .arcs import Pair
from .blocks import MODULE, Block
from .contexts import SESSION, Context, of_module
from .digests import Digests
from .facts import Now
from .paths import Paths
from .ran import Table
from .responsible import OURS
from .tracing import Tracer
from .unread import Rules, unread_by


class Recorder:
    """Charges the context on top of the stack."""

    def __init__(self, paths: Paths, digests: Digests) -> None:
        self.paths = paths
        self.digests = digests
        self.environment = dict(os.environ)  # as it was before anything could change it
        self.now = Now(paths, digests, self.environment)
        self.stack = [SESSION]
        self.unread: Rules = {}
        self.written: set[str] = set()
        self._quiet: set[int] = set()  # threads in which what is heard is our own doing
        self.closed: list[str] = []  # fixtures whose finalizers have run
        self.children: list[tuple[str, str]] = []  # contexts, and where what they have started tells
        self.starting: set[int] = set()  # threads that start a process which will tell
        self.before_taking: list[Callable[[], None]] = []
        self.pid = os.getpid()
        self._news: dict[str, Context] = {}
        self._sources: dict[str, tuple[Block, ...]] = {}
        self.ran = Table()
        self._tracer = Tracer(paths.root, self._add_arcs)

    def start(self) -> None:
        """Begin with the session's context."""
        self._tracer.start()
        self._tracer.switch(SESSION)

    def stop(self) -> None:
        """Hear nothing any more."""
        self.pid = 0
        self._tracer.stop()

    def forked(self) -> None:
        """Begin anew in a child process."""
        self.pid = os.getpid()
        self._news = {}
        self.closed = []
        self.children = []
        self.ran.begin()

    @property
    def top(self) -> Context:
        """Return the context that is charged."""
        return self.context(self.stack[-1])

    def context(self, label: str) -> Context:
        """Return what is new in a context."""
        found = self._news.get(label)
        if found is None:
            found = self._news[label] = Context()
        return found

    @contextmanager
    def charged(self, label: str) -> Iterator[None]:
        """Charge a context meanwhile; in another thread than the main one, only let the top use it."""
        if threading.current_thread() is not threading.main_thread() or not self.pid:
            self.top.uses.add(label)
            self.context(label).uses.add(self.stack[-1])
            yield
            return
        self.stack.append(label)
        self.context(label)
        self._tracer.switch(label)
        try:
            yield
        finally:
            self.stack.pop()
            if self.pid:
                self._tracer.switch(self.stack[-1])

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hear nothing meanwhile."""
        thread = threading.get_ident()
        was_quiet = thread in self._quiet
        self._quiet.add(thread)
        try:
            yield
        finally:
            if not was_quiet:
                self._quiet.discard(thread)

    @property
    def is_busy(self) -> bool:
        """Tell whether what this thread does is the recorder's own doing."""
        return threading.get_ident() in self._quiet

    def note(self, kind: str, key: str) -> None:
        """Charge the top with a fact as it is at this moment."""
        top = self.top
        if (kind, key) not in top.heard:
            top.heard.add((kind, key))
            with self.quiet():
                top.facts.add(self.now.fresh(kind, key))

    def note_once(self, kind: str, key: str) -> None:
        """Charge the top with a fact that does not change while a process runs."""
        with self.quiet():
            self.top.facts.add((kind, key, self.now.value(kind, key)))

    def note_installed(self, path: str) -> None:
        """Charge the top with the distributions that a path is of; with all of them for the folder of all."""
        with self.quiet():
            real = self.paths.real(path)
            names = distributions.owners(real)
            if real in distributions.folders():
                self.note_once("distributions", "")
            for name in names:
                self.note_once("distribution", name)

    def note_anything(self, label: str) -> None:
        """Charge a context with all that a process can read into which nobody sees."""
        keys = {"tree": unread_by(label, self.unread), "environ": "", "distributions": ""}
        with self.quiet():
            self.context(label).facts |= {
                (kind, key, self.now.value(kind, key)) for kind, key in keys.items()
            }

    def source(self, key: str, is_new: bool = False) -> tuple[Block, ...]:
        """Return the blocks of a source as it was when it was imported."""
        if is_new or key not in self._sources:
            with self.quiet():
                self._sources[key] = self.digests.blocks(self.paths.path(key))
        return self._sources[key]

    def was_imported(self, key: str) -> bool:
        """Tell whether the import of a source was heard of."""
        return key in self._sources

    def flush(self) -> None:
        """Take from the tracer what ran until now: a child must not tell it again."""
        with self.quiet():
            self._tracer.flush()

    def take(self) -> dict[str, Context]:
        """Return what is new in all contexts, and forget it."""
        self.flush()
        for prepare in self.before_taking:
            prepare()
        links = {key: to for key, to in self.paths.links.items() if key not in self.written}
        self.context(SESSION).facts.update(("link", key, to) for key, to in links.items())
        self.paths.links.clear()
        news, self._news = self._news, {}
        return {label: each for label, each in news.items() if each.facts or each.uses or each.arcs}

    def adopt(self, contexts: dict[str, list], ran: list, closed: list[str], numbers: dict[int, int]) -> None:
        """Take over what a child has told; `numbers` are its arcs' numbers, where they are others here."""
        with self.quiet():
            self.ran.adopt(ran, lambda key: self.digests.blocks(self.paths.path(key)), numbers)
        for label, plain in contexts.items():
            each = Context.from_plain(plain)
            each.arcs = {numbers.get(number, number) for number in each.arcs} if numbers else each.arcs
            self.context(label).add(each)
        self.closed += closed

    def take_closed(self) -> list[str]:
        """Return which fixtures have ended, and forget it."""
        closed, self.closed = self.closed, []
        return closed

    def _add_arcs(self, label: str, files: Mapping[str, Collection[Pair]]) -> None:
        context = self.context(label)
        for path, arcs in files.items():
            key = self.paths.key(path)
            blocks = self.source(key) if self.paths.is_project(key) else ()
            if not blocks:
                continue
            numbers = self.ran.numbers(key, blocks, arcs)
            owners = self.ran.owners_of(numbers)
            context.arcs |= numbers
            module = of_module(key)
            if module == label:  # It depends on the body by its names.
                owners = {owner for owner in owners if self.ran.owners[owner].name != MODULE}
            context.facts.update(map(self.ran.facts.__getitem__, owners))
            if module == label:
                continue
            context.uses.add(module)
            if label.startswith("test:") or path.startswith(
                OURS
            ):  # What the recorder keeps is not the tests'.
                continue
            if any(self.ran.owners[owner].keeps for owner in owners):
                # It ran before the tests were forked, and may have left something behind (a cache, a registry) that a user
                # of the module finds.
                self.context(module).uses.add(label)
