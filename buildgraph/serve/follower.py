"""Follower: events of the system for a set of folders, handed on as hints; whether something changed is decided by content (`digests`).

Each folder is watched by itself, not those below it: environments and packages are left out, and what is watched is exactly what is known. A
hint of None asks for a look at everything: after each new beginning (what happened between two watches brought no event), and again and again
where the system brings none at all. The watch ends and begins anew when the folders are others, also when one of the same name has taken the place of
another (a checkout deletes and makes folders, and the system watches the one that went), and when it fails: on a file name that is not UTF-8, `watchfiles` raises.
It is not asked to overlook folders that may not be read: it would overlook as well that the system has no watch left.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from .limits import refused
from .paths import identity

DEBOUNCE_MILLISECONDS = 60
STEP_MILLISECONDS = 10  # a save is complete once nothing has happened for so long
IDLE_MILLISECONDS = 500
POLL_SECONDS = 0.3
PROBE_SECONDS = 1.0  # how long the first event may take before it is believed that none come
MOST_FAILURES = 20  # in a row, each with less than PROBE_SECONDS of watching in between
PROBE = ".serve-probe-{}.tmp"
Hint = Callable[[list[str] | None], None]


class Follower:
    """A thread that hands on hints until it is closed."""

    def __init__(self, folders: Iterable[str], hint: Hint, say: Callable[[str], None]) -> None:
        self.folders = set(folders)
        self.hint = hint
        self.say = say
        self.is_closed = False
        self.is_outdated = False
        self.has_heard = threading.Event()
        self.has_begun = threading.Event()
        self.is_polling = False
        self._probed = ""
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def follow(self, folders: Iterable[str]) -> None:
        """Watch these folders from now on."""
        wanted = set(folders)
        if wanted != self.folders:
            self.folders = wanted
            self.is_outdated = True

    def close(self) -> None:
        """Hand on nothing more, and leave no probe: a thread may not get to its end when the process does."""
        self.is_closed = True
        with self._writing:
            self._remove_probe()

    def is_set(self) -> bool:
        """Tell `watchfiles`, which takes this object for an event, to end this watch."""
        return self.is_closed or self.is_outdated

    def probe(self, folder: str) -> None:
        """Look at everything again and again if a file that is written brings no event."""
        threading.Thread(target=self._probe, args=(folder,), daemon=True).start()

    def _probe(self, folder: str) -> None:
        self.has_begun.wait(10)
        try:
            with self._writing:
                if self.is_closed:
                    return
                self._probed = os.path.join(folder, PROBE.format(os.getpid()))
                with open(self._probed, "w", encoding="ascii") as file:
                    file.write("Does an event come? It is deleted at once.\n")
        except OSError:  # nothing can be written there, so nothing changes there either
            return
        self.has_heard.wait(PROBE_SECONDS)
        with self._writing:
            self._remove_probe()
        if not self.has_heard.wait(PROBE_SECONDS):
            self._poll_from_now_on("this file system brings no events")

    def _remove_probe(self) -> None:
        with suppress(OSError):
            if self._probed:
                os.unlink(self._probed)

    def _poll_from_now_on(self, why: str) -> None:
        if not self.is_polling and not self.is_closed:
            self.is_polling = True
            self.say(f"changes are looked for every {POLL_SECONDS:g} s: {why}")
            threading.Thread(target=self._poll, daemon=True).start()

    def _poll(self) -> None:
        while not self.is_closed:
            self.hint(None)
            time.sleep(POLL_SECONDS)

    def _run(self) -> None:
        failures = 0
        while not self.is_closed:
            began = time.monotonic()
            try:
                self.is_outdated = False  # first: folders that are named from here on are not missed
                self._watch(sorted(self.folders))
                failures = 0
            except FileNotFoundError:
                failures += 1
            except Exception as error:
                failures = failures + 1 if time.monotonic() - began < PROBE_SECONDS else 1
                if limit := refused(error):
                    self._poll_from_now_on(limit)
                    return
            if failures:
                self.hint(None)
                time.sleep(min(0.01 * failures, 0.2))
            if failures > MOST_FAILURES:
                self._poll_from_now_on("watching them fails again and again")
                return

    def _watch(self, folders: list[str]) -> None:
        from watchfiles._rust_notify import RustNotify

        there = [folder for folder in folders if _is_watchable(folder)]
        # The last word would have it pass over what may not be read, and over any other error, too: that a limit is reached.
        known, names = {folder: identity(folder) for folder in tops(folders)}, set(folders)
        with RustNotify(there, False, False, 0, False, False) as notify:
            self.has_begun.set()
            self.hint(None)
            while not self.is_set():
                found = notify.watch(DEBOUNCE_MILLISECONDS, STEP_MILLISECONDS, IDLE_MILLISECONDS, self)
                paths = [path for _, path in found] if isinstance(found, set) else []
                if paths:
                    self.has_heard.set()
                    self.hint(paths)
                if not names.isdisjoint(paths) or any(identity(each) != was for each, was in known.items()):
                    return


def tops(folders: Iterable[str]) -> list[str]:
    """Return the folders that lie in none of the others: of those below, what happens to them is heard of in the one above."""
    names = set(folders)
    return [folder for folder in names if os.path.dirname(folder) not in names or folder == os.sep]


def _is_watchable(folder: str) -> bool:
    return os.path.isdir(folder) and os.access(folder, os.R_OK) and _is_text(folder)


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
