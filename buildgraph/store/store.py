"""The store of one run: what is asked of it and told to it; whatever is wrong with it costs a sentence and no build.

A key names an entry. For a rule that discovers inputs it names the sets of paths that its command has discovered lately (`choices`);
their digests, as they are here and now, together with the key name the entry, so that a file that has come, gone or changed, and a folder
that lists otherwise, lead to another one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from buildgraph.caches import user_cache
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError
from buildgraph.fields import Value
from buildgraph.observe.facts import Facts
from buildgraph.rules.values import Rule
from buildgraph.store import blobs, entries
from buildgraph.store.entries import Choice, Entry, File
from buildgraph.store.keys import key_among
from buildgraph.store.place import CHOICES, ENTRIES, Place, remove

DIGEST_LENGTH = 64
"""What is not a file has another digest."""


class Found(Value):
    """An entry, where it is, and what it was told by: the discovered inputs and folders with their digests here."""

    entry: Entry
    name: str
    discovered: dict[str, str]
    folders: dict[str, str]


class Store:
    """The store, for all threads of a run."""

    def __init__(self, environ: Mapping[str, str], scratch: str) -> None:
        """Open the user's store; `scratch` is a folder of the checkout that is there."""
        self.umask = 0
        self.has_news = False
        """True if something was kept."""
        self._place: Place | None = None
        self._notices: list[str] = []
        self._lock = threading.Lock()
        self._has_told = False
        self._is_closed = False
        """True if nothing can be kept."""
        try:
            self.umask = _umask(scratch)
            self._place = Place.open(user_cache(environ))
        except OSError as error:
            self._cannot_keep(error)
        except BuildError as error:
            self._notices.append(f"note: the store of results is not used: {error}")

    @property
    def place(self) -> Place | None:
        """The folder, None if there is none to be had."""
        return self._place

    def find(self, rule: Rule, key: str, facts: Facts) -> Found | None:
        """Return the result that a rule's command would have here, None if it is not known."""
        if self._place is None:
            return None
        if not rule.discovers:
            return self._entry(self._place, rule, key, {}, {})
        for choice in entries.decode_choices(self._place.read(CHOICES, key) or b""):
            try:
                discovered = {path: facts.digest(path) for path in choice.inputs}
                folders = {path: facts.listing(path) for path in choice.folders}
            except BuildError:  # What cannot be read is told when the command reads it.
                continue
            name = key_among(key, discovered, folders)
            if found := self._entry(self._place, rule, name, discovered, folders):
                blobs.use(self._place.path(CHOICES, key))
                return found
        return None

    def keep_file(self, path: str, digest: str) -> File | None:
        """Keep the content of an output and return what an entry says of it, None if that cannot be."""
        content = digest.removesuffix("x")
        if self._place is None or self._is_closed or len(content) != DIGEST_LENGTH:
            return None
        self.has_news = True
        try:
            found = blobs.keep(self._place, path, content)
            return None if found is None else File(content, *found)
        except BuildError:  # The output has become unreadable.
            return None
        except OSError as error:
            self._cannot_keep(error)
            return None

    def keep(self, key: str, rule: Rule, trace: Trace, files: Mapping[str, File], seconds: float) -> None:
        """Keep a result whose files are kept already."""
        if self._place is None or self._is_closed:
            return
        name = key_among(key, trace.discovered, trace.folders) if rule.discovers else key
        content = entries.encode(Entry(dict(files), round(seconds, 4)))
        try:
            self._place.note(len(content))
            self._place.write(ENTRIES, name, content)
            if rule.discovers:
                self._remember(self._place, key, Choice(tuple(trace.discovered), tuple(trace.folders)))
        except OSError as error:
            self._cannot_keep(error)

    def damaged(self, task: str, found: Found) -> None:
        """Say once a run that what was found was damaged, and forget it."""
        self.forget(found)
        with self._lock:
            if not self._has_told:
                self._has_told = True
                self._notices.append(
                    f"note: the kept result of '{task}' was damaged; it is removed, and the command runs"
                )

    def forget(self, found: Found) -> None:
        """Remove an entry that leads to nothing."""
        if self._place is not None:
            remove(self._place.path(ENTRIES, found.name))

    def notices(self) -> list[str]:
        """Return what is to be said, each sentence once."""
        with self._lock:
            said, self._notices = self._notices, []
        return said

    def end(self) -> None:
        """Make room, if what was kept is too much."""
        if self.has_news and self._place is not None and not self._is_closed:
            from buildgraph.store.eviction import make_room

            try:
                make_room(self._place)
            except OSError as error:
                self._cannot_keep(error)

    def _entry(
        self, place: Place, rule: Rule, name: str, discovered: dict[str, str], folders: dict[str, str]
    ) -> Found | None:
        data = place.read(ENTRIES, name)
        if data is None:
            return None
        entry = entries.decode(data)
        if entry is None:
            remove(place.path(ENTRIES, name))
            return None
        blobs.use(place.path(ENTRIES, name))
        return Found(entry, name, discovered, folders) if entries.fits(rule, entry) else None

    def _remember(self, place: Place, key: str, choice: Choice) -> None:
        before = entries.decode_choices(place.read(CHOICES, key) or b"")
        if before[:1] != [choice]:
            others = [each for each in before if each != choice]
            kept = [choice, *others][: entries.MOST_CHOICES]
            place.write(CHOICES, key, entries.encode_choices(kept))

    def _cannot_keep(self, error: OSError) -> None:
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                where = f" '{error.filename}'" if error.filename else ""
                self._notices.append(
                    f"note: the store of results cannot be written{where}: {error.strerror}; this run keeps nothing there"
                )


def _umask(scratch: str) -> int:
    """Return the umask by the mode of a new file: to ask for it the usual way changes it, for all threads."""
    path = os.path.join(scratch, "+umask")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o777))
    mode = os.lstat(path).st_mode
    os.unlink(path)
    return 0o777 & ~mode
