"""Folder: where one server keeps its things, below the checkout's state folder."""

from pathlib import Path

from buildgraph.locking import is_held

SERVICES = Path(".buildgraph/services")


class ServerFolder:
    """The files of one server; a room says in which folder they are, and what the server is called."""

    title = "the server"

    @property
    def folder(self) -> Path:
        """Return the folder of everything that belongs to this server."""
        raise NotImplementedError

    @property
    def data(self) -> Path:
        """Return the folder of its data."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Return the server's log."""
        return self.folder / "server.log"

    @property
    def state(self) -> Path:
        """Return the guardian's word: where the server answers, or the reason why it does not."""
        return self.folder / "state.json"

    @property
    def guardian_lock(self) -> Path:
        """Return the lock that the guardian holds while it lives."""
        return self.folder / "guardian.lock"

    @property
    def mutex(self) -> Path:
        """Return the lock under which leases are taken and the server is stopped."""
        return self.folder / "mutex"

    @property
    def leases(self) -> Path:
        """Return the folder of the leases."""
        return self.folder / "leases"

    def is_leased(self) -> bool:
        """Tell whether some command still needs the server."""
        return any(is_held(path) for path in self.leases.glob("*"))

    def forget_leases(self) -> None:
        """Delete the leases of ended commands; only under the mutex, where nobody is about to lock a new one."""
        for path in self.leases.glob("*"):
            if not is_held(path):
                path.unlink(missing_ok=True)
