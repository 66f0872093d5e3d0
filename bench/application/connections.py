"""Measure how many requests a second the simple index answers over many connections, silent ones among them, with several servers.

Run it with `.venv/bin/python bench/application/connections.py [SERVER…]`, in an environment that has the servers. Each serves the same
application in production mode, bound to one core; the load comes from this process on another, over kept-alive connections, each
with one request in flight. Every answer is checked to be complete. A round goes through all servers before the next one begins.
"""

from __future__ import annotations

import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from machine import machine, write_result
from scratch import ROOT, own_index, run, start_server
from simple_index import PIP, project_names, request

SERVERS = Path(__file__).with_name("servers.py")
PROJECTS = 200
SECONDS = 3.0
ROUNDS = 2
BUSY = (1, 8, 32, 64, 256, 1000)
SILENT = 2000
SILENCES = {
    "nothing": b"",
    "half a head": b"GET /simple/ HTTP/1.1\r\nHost: local",
    "an upload's head": b"POST /legacy/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n--x",
}


def main(names: Sequence[str]) -> None:
    """Start a database if there is none; then fill, serve, ask and write the result."""
    start_server()
    with own_index() as environment:
        run(environment, "-m", "warehouse", "sample-data", f"--projects={PROJECTS}")
        rounds: dict[str, list[dict[str, object]]] = {name: [] for name in names}
        for _ in range(ROUNDS):
            for name in names:
                with served(name, environment) as port:
                    rounds[name].append(measure(port))
                    print(name, rounds[name][-1], flush=True)
        result = {
            name: {key: middle([each[key] for each in found]) for key in found[0]}
            for name, found in rounds.items()
        }
        write_result(__file__, {"machine": machine(), "silent": SILENT, "requests a second": result})


def measure(port: int) -> dict[str, object]:
    """Return requests a second with each number of connections, alone and beside silent ones."""
    requests = [request(name, PIP) for name in project_names(port, PROJECTS)]
    ask(port, requests, 8, 1.0)
    found: dict[str, object] = {f"{count}": ask(port, requests, count) for count in BUSY}
    for what, said in SILENCES.items():
        with silent(port, said) as count:
            found[f"64 beside {SILENT} that sent {what}"] = (
                ask(port, requests, 64) if count == SILENT else f"only {count} were taken"
            )
    return found


def ask(port: int, requests: Sequence[bytes], count: int, seconds: float = SECONDS) -> int:
    """Ask on some connections, one request in flight on each; return complete answers a second."""
    selector = selectors.DefaultSelector()
    for number in range(count):
        selector.register(connect(port), selectors.EVENT_READ, Client(number))
    began = time.monotonic()
    for key in list(selector.get_map().values()):
        key.data.send(key.fileobj, requests)
    answered, end = 0, began + seconds
    while (now := time.monotonic()) < end:
        for key, _ in selector.select(end - now):
            answered += key.data.receive(key.fileobj, requests)
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    selector.close()
    return round(answered / seconds)


class Client:
    """One connection: what it has asked last, and what has come of the answer."""

    def __init__(self, number: int) -> None:
        self.next = number
        self.head = b""
        self.missing = -1  # bytes of a body whose head has come

    def send(self, connection: socket.socket, requests: Sequence[bytes]) -> None:
        connection.send(requests[self.next % len(requests)])
        self.next += 1
        self.head, self.missing = b"", -1

    def receive(self, connection: socket.socket, requests: Sequence[bytes]) -> int:
        """Take what has come; once the answer is complete ask again and return 1."""
        data = connection.recv(1 << 16)
        if not data:
            sys.exit("a connection was closed")
        if self.missing < 0:
            self.head += data
            head, separator, body = self.head.partition(b"\r\n\r\n")
            if not separator:
                return 0
            if not head.startswith(b"HTTP/1.1 200 "):
                sys.exit(f"an answer is {head!r}")
            self.missing = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(
                body
            )
        else:
            self.missing -= len(data)
        if self.missing:
            return 0
        self.send(connection, requests)
        return 1


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


@contextmanager
def silent(port: int, said: bytes) -> Iterator[int]:
    """Open connections that send this and nothing more; yield how many the server took."""
    opened: list[socket.socket] = []
    with suppress(OSError):
        for _ in range(SILENT):
            opened.append(connect(port))
            opened[-1].sendall(said)
    time.sleep(0.5)
    try:
        yield len(opened)
    finally:
        for each in opened:
            each.close()


@contextmanager
def served(name: str, environment: dict[str, str]) -> Iterator[int]:
    """Serve on one core while this process keeps to the others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cores = sorted(os.sched_getaffinity(0))
    process = subprocess.Popen(
        ["taskset", "-c", str(cores[0]), sys.executable, str(SERVERS), name, str(port)],
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )
    os.sched_setaffinity(0, cores[1:] or cores)
    try:
        wait_for(port)
        yield port
    finally:
        os.killpg(process.pid, 9)
        process.wait()
        os.sched_setaffinity(0, cores)


def wait_for(port: int) -> None:
    """Wait until a server answers."""
    import urllib.request

    for _ in range(300):
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_health/", timeout=5):
            return
        time.sleep(0.1)
    sys.exit("the index does not serve")


def middle(values: Sequence[object]) -> object:
    """Return the median of numbers, or what was said instead."""
    return next((each for each in values if isinstance(each, str)), None) or statistics.median(values)


if __name__ == "__main__":
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    main(sys.argv[1:])
