"""`python -m warehouse serve`: waitress on a socket that is taken before anything slow is imported.

A port in use is thus known at once, and a browser that asks while the application starts waits instead of
failing.
"""

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from warehouse.errors import WarehouseError

WORKER = [sys.executable, "-m", "warehouse", "worker", "--until-closed"]
ENDS = (signal.SIGINT, signal.SIGTERM)
# mallopt(3), M_MMAP_THRESHOLD: larger blocks are given back; glibc raises this by itself, and each thread keeps what it had.
LARGE_BLOCKS = (-3, 1 << 20)
BACKLOG = 1024  # connections that may wait: while the application starts, or come at once


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
    # It imports from where this one does, whatever put that on the path: a bundle does so itself.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
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


def run(listener: socket.socket) -> None:
    """Load the application and answer requests on the socket."""
    from waitress.server import create_server

    from warehouse import connections
    from warehouse.uploads.form import Limits
    from warehouse.wsgi import application

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that a request waits is nothing to warn of
    getattr(ctypes.pythonapi, "mallopt", lambda *_: None)(*LARGE_BLOCKS)  # only glibc has it
    most = connections.most_connections()
    server = create_server(
        application(),
        sockets=[listener],
        threads=connections.THREADS,
        asyncore_use_poll=sys.platform != "win32",  # select() knows no descriptor above 1023
        connection_limit=most + connections.SPARE_DESCRIPTORS,
        cleanup_interval=connections.LOOK_SECONDS,
        max_request_header_size=connections.HEAD_BYTES,
        max_request_body_size=Limits().request_bytes,
        ident=None,
        clear_untrusted_proxy_headers=False,  # see warehouse.site
    )
    print(f"Serving on {_address(listener)}", flush=True)
    connections.limited(server, most).run()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _cannot_listen(host: str, port: int, error: OSError) -> WarehouseError:
    reason = error.strerror or error
    what = f"cannot listen at {host} port {port}: {reason}"
    return WarehouseError(what, "Choose another with '--port', or end what uses it.")


def _stop(signum: int, frame: FrameType | None) -> None:
    for number in ENDS:  # what ends is not interrupted again
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
