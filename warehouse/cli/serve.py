"""`python -m warehouse serve`: waitress on a socket that is taken before anything slow is imported.

A port in use is thus known at once, and a browser that asks while the application starts waits instead of
failing.
"""

import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from warehouse.errors import WarehouseError
from warehouse.quarantine import resource

WORKER = [sys.executable, "-m", "warehouse", "worker", "--until-closed"]
ENDS = (signal.SIGINT, signal.SIGTERM)
CONNECTIONS = 4000  # at once; one that says nothing costs a descriptor and some kilobytes
OTHERS = 200  # descriptors: of files, of the database, of processes that read uploads
OF_WINDOWS = 400  # connections; its select() knows no more than 512
SILENT_SECONDS = 60  # until one that says nothing is closed
BACKLOG = 128  # connections that may wait while the application starts


def serve(host: str, port: int, worker: bool) -> None:
    """Serve until interrupted or terminated; both end quietly."""
    for number in ENDS:
        signal.signal(number, _stop)
    with listen(host, port) as listener, beside(WORKER) if worker else nullcontext():
        try:
            run(listener)
        except KeyboardInterrupt:
            return


@contextmanager
def beside(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that ends with this one: when its standard input closes, however this one ended."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.communicate()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; a port in use or a bad address is a WarehouseError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    try:
        if sys.platform != "win32":  # pragma: no branch (there it would let two servers share the port)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from None
    return listener


def connections() -> int:
    """Raise this process' limit of descriptors as far as it may; return how many connections that leaves."""
    if resource is None:
        return OF_WINDOWS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHERS
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return max(most - OTHERS, OTHERS)


def run(listener: socket.socket) -> None:
    """Load the application and answer requests on the socket."""
    from waitress.server import create_server

    from warehouse.uploads.form import Limits
    from warehouse.wsgi import application

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that a request waits is nothing to warn of
    server = create_server(
        application(),
        sockets=[listener],
        max_request_body_size=Limits().request_bytes,
        connection_limit=connections(),
        channel_timeout=SILENT_SECONDS,
        cleanup_interval=SILENT_SECONDS // 3,
        asyncore_use_poll=resource is not None,  # select() knows no descriptor above 1023
        ident=None,
        clear_untrusted_proxy_headers=False,  # see warehouse.site
    )
    print(f"Serving on {_address(listener)}", flush=True)
    server.run()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _cannot_listen(host: str, port: int, error: OSError) -> WarehouseError:
    reason = error.strerror or error
    return WarehouseError(
        f"cannot listen at {host} port {port}: {reason}", "Choose another with '--port', or end what uses it."
    )


def _stop(signum: int, frame: FrameType | None) -> None:
    for number in ENDS:  # what ends is not interrupted again
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
