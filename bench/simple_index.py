"""Measure the simple index: requests a second of one process on one core, with 10,000 projects, and its memory.

Run it with `.venv/bin/python bench/simple_index.py`; it starts a database, fills one of its own and drops it again. The web
process runs in production mode, bound to one core; the load comes from this process on another, over kept-alive
connections on the loopback interface, for a few seconds. Every answer is checked to be complete.
"""

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from machine import machine, write_result
from scratch import HOST, ROOT, own_index, run, start_server

PROJECTS = 10_000
CONNECTIONS = 4
SECONDS = 6.0
JSON = "application/vnd.pypi.simple.v1+json"
PIP = f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Start a database if there is none; then fill, serve, ask and write the result."""
    start_server()
    with own_index() as environment:
        run(environment, "-m", "warehouse", "sample-data", f"--projects={PROJECTS}")
        with served(environment) as (process, port):
            write_result(__file__, {"machine": machine(), "projects": PROJECTS} | measure(process, port))


def measure(process: subprocess.Popen[bytes], port: int) -> dict[str, object]:
    """Ask for pages in several ways."""
    names = project_names(port)
    everything = random.Random(1).sample(names, len(names))
    popular = everything[:500]
    result: dict[str, object] = {"memory at start, MiB": memory(process)}
    result["every project once, drawn"] = ask(process, port, everything, PIP, len(names))
    result["popular projects, pip"] = ask(process, port, popular, PIP)
    result["every project, pip"] = ask(process, port, everything, PIP)
    result["every project, browser"] = ask(process, port, everything, "text/html")
    return result | {"memory at the end, MiB": memory(process)}


def ask(
    process: subprocess.Popen[bytes], port: int, names: Sequence[str], accept: str, most: int = 1 << 30
) -> dict[str, float]:
    """Ask for the names' pages in turn on several connections."""
    end, counts = time.monotonic() + (SECONDS if most == 1 << 30 else 120), [0] * CONNECTIONS
    bodies, before, started = [0] * CONNECTIONS, cpu(process), time.monotonic()

    def client(number: int) -> None:
        requests = [request(name, accept) for name in names[number::CONNECTIONS]]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while time.monotonic() < end and counts[number] < most // CONNECTIONS:
                connection.sendall(requests[counts[number] % len(requests)])
                bodies[number] += read(connection)
                counts[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    return {
        "requests a second": round(sum(counts) / seconds),
        "CPU of the web process, ms a request": round(1000 * (cpu(process) - before) / sum(counts), 3),
        "bytes a body": round(sum(bodies) / sum(counts)),
        "memory, MiB": memory(process),
    }


def request(name: str, accept: str) -> bytes:
    """Return the bytes of a request."""
    return f"GET /simple/{name}/ HTTP/1.1\r\nHost: {HOST}\r\nAccept: {accept}\r\n\r\n".encode()


def read(connection: socket.socket) -> int:
    """Read one answer that has to be a success; return the size of its body."""
    data = connection.recv(1 << 16)
    while b"\r\n\r\n" not in data:
        data += connection.recv(1 << 16)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"an answer is {head!r}")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    size = len(body)
    while size < length:
        size += len(connection.recv(1 << 16))
    return length


def project_names(port: int, count: int = PROJECTS) -> list[str]:
    """Return the projects of the index."""
    import json
    import urllib.request

    query = urllib.request.Request(f"http://127.0.0.1:{port}/simple/", headers={"Accept": JSON, "Host": HOST})
    with urllib.request.urlopen(query, timeout=60) as response:
        names = [project["name"] for project in json.load(response)["projects"]]
    if len(names) != count:
        sys.exit(f"there are {len(names)} projects")
    return names


def memory(process: subprocess.Popen[bytes]) -> int:
    """Return the resident memory of the process in MiB (proc(5))."""
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * PAGE // 2**20


def cpu(process: subprocess.Popen[bytes]) -> float:
    """Return the CPU seconds of the process (proc(5))."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Serve on one core while this process keeps to the others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cores = sorted(os.sched_getaffinity(0))
    process = subprocess.Popen(
        [sys.executable, "-m", "warehouse", "serve", f"--port={port}"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, cores[:1])
    os.sched_setaffinity(0, cores[1:] or cores)
    try:
        if b"Serving" not in process.stdout.readline():
            sys.exit("the index does not serve")
        yield process, port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
