"""Servers: one for each interface, on the socket that the supervisor has bound; each can stop accepting at once and finish what it has.

`run` returns when the server was retired and has nothing to do any more. `retire` is called from another thread.
"""

from __future__ import annotations

import importlib.util
import socket
import time
from collections.abc import Callable
from typing import Protocol

from buildgraph.errors import BuildError

from .application import ASGI, WSGI

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any

    from waitress.channel import HTTPChannel

THREADS = 8  # requests at a time
MOST_CONNECTIONS = 1000  # most of them idle; beyond it none is accepted
POLL_SECONDS = 1.0
RETIRED_POLL_SECONDS = 0.005
FRESH_SECONDS = 0.04  # how long a connection that has sent nothing yet may still send its first request
GRACE_SECONDS = 3


class Server(Protocol):
    """What a worker does with an application."""

    def run(self, ready: Callable[[], None]) -> None:
        """Answer requests until retired; say when it listens."""

    def retire(self) -> None:
        """Accept nothing more from now on, finish, and let `run` return."""


def make(name: str, kind: str, application: Callable, listener: socket.socket) -> Server:
    """Return a server of this name, "" for the one of the application's interface."""
    name = name or {WSGI: "waitress", ASGI: "uvicorn"}[kind]
    if name not in SERVERS:
        raise BuildError(
            f"'{name}' is not a known server",
            "",
            f"Take one of {', '.join(SERVERS)}: '--server=...'.",
        )
    interface, factory = SERVERS[name]
    if interface != kind:
        other = "ASGI" if kind == ASGI else "WSGI"
        raise BuildError(f"{name} cannot serve this application, which speaks {other}")
    if importlib.util.find_spec(name) is None:
        raise BuildError(
            f"{name}, which serves {interface.upper()} applications, is not installed",
            "",
            f"Add '{name}' to the requirements.",
        )
    return factory(application, listener)


class Waitress:
    """waitress, with a loop that can be left once no connection has anything to do."""

    def __init__(self, application: Callable, listener: socket.socket) -> None:
        import logging

        from waitress.channel import HTTPChannel
        from waitress.server import BaseWSGIServer, create_server
        from waitress.task import WSGITask

        logging.getLogger("waitress.queue").setLevel(
            logging.ERROR
        )  # that a request waits is nothing to warn of
        server = self

        class Task(WSGITask):
            def build_response_header(self) -> bytes:
                if server.is_retired:
                    self.set_close_on_finish()
                return super().build_response_header()

        class Connection(HTTPChannel):
            task_class = Task

        self.is_retired = False
        self._sockets: dict = {}
        made = create_server(
            application,
            map=self._sockets,
            sockets=[listener],
            threads=THREADS,
            connection_limit=MOST_CONNECTIONS,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        assert isinstance(made, BaseWSGIServer)  # There is one socket.
        self.server = made
        self.server.channel_class = Connection

    def run(self, ready: Callable[[], None]) -> None:
        """Answer requests until retired."""
        from waitress.wasyncore import loop

        ready()
        while not self.is_retired or self.server.active_channels:
            if self.is_retired:
                self._close_idle()
            seconds = RETIRED_POLL_SECONDS if self.is_retired else POLL_SECONDS
            loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)
        self.server.task_dispatcher.shutdown()

    def retire(self) -> None:
        """Accept nothing more."""
        self.server.accepting = False
        self.is_retired = True
        self.server.pull_trigger()

    def _close_idle(self) -> None:
        active: Any = self.server.active_channels  # by their descriptors; the stubs know one channel
        for channel in list(active.values()):
            if not (channel.requests or channel.request or channel.total_outbufs_len or _has_sent(channel)):
                channel.handle_close()


def _has_sent(channel: HTTPChannel) -> bool:
    """Tell whether a connection has sent something that was not read, or has just been opened and will."""
    is_fresh = channel.last_activity == channel.creation_time
    if is_fresh and time.time() - channel.creation_time < FRESH_SECONDS:
        return True
    if channel.socket is None:
        return False
    try:
        return bool(channel.socket.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


class Uvicorn:
    """uvicorn, whose loop is told from outside."""

    def __init__(self, application: Callable, listener: socket.socket) -> None:
        import uvicorn

        config = uvicorn.Config(
            application, log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS, lifespan="auto"
        )
        self.listener = listener
        self.server = uvicorn.Server(config)
        self.loop: asyncio.AbstractEventLoop | None = None

    def run(self, ready: Callable[[], None]) -> None:
        """Answer requests until retired."""
        import asyncio

        started = self.server.startup

        async def startup(sockets: list | None = None) -> None:
            self.loop = asyncio.get_running_loop()
            await started(sockets=sockets)
            if self.server.started:
                ready()

        self.server.startup = startup  # type: ignore[method-assign] # no callback tells of this
        self.server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # older ones have it
        self.server.run(sockets=[self.listener])
        if not self.server.started:
            raise RuntimeError("the application's start-up (lifespan) failed; what it said is on the console")

    def retire(self) -> None:
        """Accept nothing more."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._stop_accepting)

    def _stop_accepting(self) -> None:
        """Accept nothing more; what was accepted just now may still send its first request before idle connections are closed."""
        assert self.loop is not None
        for server in getattr(self.server, "servers", ()):
            for listener in server.sockets:
                self.loop.remove_reader(listener.fileno())
        self.loop.call_later(FRESH_SECONDS, self._end)

    def _end(self) -> None:
        for server in getattr(self.server, "servers", ()):
            server.close()
        self.server.should_exit = True


SERVERS: dict[str, tuple[str, Callable[[Callable, socket.socket], Server]]] = {
    "waitress": (WSGI, Waitress),
    "uvicorn": (ASGI, Uvicorn),
}
