"""Revival: a server that ends while a command needs it is started again, and the person is told.

Who holds a lease looks whether the guardian still holds its lock: with the server, its guardian ends, and the other way round. Several commands may look; the
mutex lets one start the server, and the others find it running.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from buildgraph.errors import BuildError
from buildgraph.locking import is_held

from .folder import ServerFolder
from .lease import running

LOOK_SECONDS = 0.5
MOST = 3  # times within a minute; a server that ends again and again has a reason that another start does not fix
WITHIN_SECONDS = 60.0


@contextlib.contextmanager
def kept_running(
    server: ServerFolder, guardian: Sequence[str], told: Mapping[str, object], say: Callable[[str], None]
) -> Iterator[None]:
    """Start the server again whenever it ends during a block of code."""
    has_ended = threading.Event()
    thread = threading.Thread(target=_keep, args=(server, guardian, told, say, has_ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()


def _keep(
    server: ServerFolder,
    guardian: Sequence[str],
    told: Mapping[str, object],
    say: Callable[[str], None],
    has_ended: threading.Event,
) -> None:
    revived: list[float] = []
    while not has_ended.wait(LOOK_SECONDS):
        if is_held(server.guardian_lock):
            continue
        revived = [*(each for each in revived if time.monotonic() - each < WITHIN_SECONDS), time.monotonic()]
        if len(revived) > MOST:
            say(
                f"{server.title} ended {len(revived)} times within a minute and is not started again. See '{server.log}'."
            )
            return
        try:
            found = running(server, guardian)
        except BuildError as error:
            say(f"{server.title} ended and could not be started again: {error}")
            return
        if found != told:
            say(f"{server.title} ended and answers at another address now. Run the command again.")
            return
        say(f"{server.title} ended and was started again. What it said is in '{server.log}'.")
