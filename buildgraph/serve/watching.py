"""Watching: what changes below the watched paths, also when the paths themselves come, go and are replaced.

The system's notifications follow a folder as the inode that it was when they began, and end without a word when it is gone. So each top-most folder is followed
by a thread of its own, which begins anew with the folder that has taken its place, and then hands on all files of it: who replaced it has perhaps changed
any. A path that is not there is waited for. A single file is looked at: it is replaced by most programs that write it.

Where the system refuses (its limits of watched folders are a matter of the machine and of all programs that run there), the same folders are looked at
again and again; that, and any other end of a watch, is said.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DEBOUNCE_MILLISECONDS = 80  # an editor's save is several events
STEP_MILLISECONDS = 20
LOOK_SECONDS = 0.25  # how often a path is looked at that is a file, or not there, or may have been replaced
POLL_MILLISECONDS = 300
AGAIN = "Run 'doit serve' again to follow changes."

# inotify(7): what the kernel says, the limit that is reached, and a value that suffices for large checkouts.
LIMITS = (("watch limit", "max_user_watches", 524288), ("Too many open files", "max_user_instances", 1024))

Identity = tuple[int, ...]


@dataclass(frozen=True)
class Watch:
    """What is followed, until when, and where changes and sentences go."""

    roots: tuple[str, ...]
    has_ended: threading.Event
    changed: Callable[[list[str]], None]
    say: Callable[[str], None]

    def start(self) -> None:
        """Follow every top-most path in a thread of its own."""
        for root in topmost(self.roots):
            threading.Thread(target=self.follow, args=(root, _identity(root)), daemon=True).start()

    def follow(self, root: str, known: Identity) -> None:
        """Hand on what changes below a path until the end; say so if that is no longer possible."""
        try:
            for paths in changes(root, known, self.has_ended, self.say):
                self.changed(paths)
        except Exception as error:
            self.say(f"changes of '{root}' are not followed any more: {error}. {AGAIN}")


def topmost(roots: Iterable[str]) -> list[str]:
    """Return the paths that lie in no other one."""
    plain = sorted({root.rstrip("/") for root in roots})
    return [root for root in plain if not any(root.startswith(f"{other}/") for other in plain)]


def changes(
    root: str, known: Identity, has_ended: threading.Event, say: Callable[[str], None]
) -> Iterator[list[str]]:
    """Yield the paths that changed, below a folder or of a file, whatever becomes of it meanwhile."""
    is_polling, is_new = False, False
    while not has_ended.is_set():
        was_folder = os.path.isdir(root)
        if was_folder:
            try:
                yield from _until_replaced(root, known, has_ended, is_polling, is_new)
            except FileNotFoundError:  # it went just now
                pass
            except Exception as error:  # watchfiles tells some of the system's errors as its own
                if is_polling:
                    raise
                say(_refused(root, error))
                is_polling, is_new = True, True
                continue
        else:
            has_ended.wait(LOOK_SECONDS)
        found = _identity(root)
        if was_folder or found != known:  # another folder may have the inode of the one that went
            known, is_new = found, True
            if not os.path.isdir(root):
                yield [root]


def _until_replaced(
    root: str, known: Identity, has_ended: threading.Event, is_polling: bool, is_new: bool
) -> Iterator[list[str]]:
    """Yield what changes below a folder while it is the same one; first all that is there, if it has replaced another."""
    import watchfiles

    for batch in watchfiles.watch(
        root,
        watch_filter=None,
        debounce=DEBOUNCE_MILLISECONDS,
        step=STEP_MILLISECONDS,
        rust_timeout=int(LOOK_SECONDS * 1000),
        yield_on_timeout=True,
        stop_event=has_ended,
        raise_interrupt=False,
        force_polling=is_polling or None,
        poll_delay_ms=POLL_MILLISECONDS,
    ):
        if is_new:  # only now is it followed: what was written before is not lost between
            yield [root, *_below(root)]
            is_new = False
        if batch:
            yield list(_with_contents(batch))
        if _identity(root) != known or (watchfiles.Change.deleted, os.path.abspath(root)) in batch:
            return


def _with_contents(batch: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Yield the changed paths; of a new folder its files, too, which were perhaps there before it was followed."""
    import watchfiles

    for kind, path in batch:
        yield path
        if kind == watchfiles.Change.added and os.path.isdir(path):
            yield from _below(path)


def _below(folder: str) -> Iterator[str]:
    return (os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)


def _identity(root: str) -> Identity:
    """Return what tells a folder or a state of a file from another one, nothing if there is none."""
    try:
        found = os.stat(root)
    except OSError:
        return ()
    if os.path.isdir(root):
        return (found.st_dev, found.st_ino)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _refused(root: str, error: Exception) -> str:
    """Return what to tell of a system that does not notify."""
    instead = f"'{root}' is looked at every {POLL_MILLISECONDS / 1000:g} s instead"
    for said, limit, enough in LIMITS:
        if said in str(error):
            name = f"fs.inotify.{limit}"
            return (
                f"the system's limit of watched files is reached ({name} is {_limit(limit)}); {instead}. "
                f"To raise it: 'sudo sysctl {name}={enough}'."
            )
    return f"the system does not tell what changes ({error}); {instead}."


def _limit(name: str) -> str:
    """Return the limit that holds: a user namespace may have a lower one (proc(5))."""
    found = []
    for path in (f"/proc/sys/fs/inotify/{name}", f"/proc/sys/user/{name.replace('max_user', 'max_inotify')}"):
        try:
            found.append(int(Path(path).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return str(min(found)) if found else "not known"
