"""Guardian: how the guardian of a service starts it, knows that it answers, and stops it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from buildgraph.act.port import free_port, listeners
from buildgraph.act.processes import new_group_options, signal_group
from buildgraph.errors import BuildError
from buildgraph.leasing import DEVELOPMENT
from buildgraph.leasing.guardian import Process, guard, prefix
from buildgraph.rules.word import from_word

from . import Service
from .instance import HOST, Instance

START_SECONDS = 45.0  # less than a command waits for its guardian's word
STOP_SECONDS = 10.0  # for what is not yet written; then it is killed
ANSWER_SECONDS = 2.0
POLL_SECONDS = 0.05
PORTS = 3  # how many are tried: another program may take a free one before the service does
KEPT = ("PATH", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP")


def main(server: str, word: str) -> None:
    """Guard an instance of the service until nobody needs it."""
    instance = Instance(server, from_word(Service, word))
    guard(instance, lambda: start(instance), lambda process: stop(process, instance.service))


def start(instance: Instance) -> tuple[Process, dict[str, object]]:
    """Start the service and wait until it answers; return it with what its commands are told."""
    if instance.server != DEVELOPMENT:
        shutil.rmtree(instance.data, ignore_errors=True)
    instance.data.mkdir(parents=True, exist_ok=True)
    instance.data.chmod(0o700)
    said: str | None = ""
    for _ in range(PORTS):
        port = free_port(HOST)
        process, said = _start_once(instance, port)
        if said is None:
            return process, {"port": port, "definition": instance.definition}
    lines = [line.strip() for line in (said or "").splitlines() if line.strip()]
    raise BuildError(
        f"{instance.title} did not start: {(lines or ['it said nothing'])[-1]}",
        str(instance.log),
        f"What it said is in '{instance.log}'.",
    )


def stop(process: Process, service: Service) -> None:
    """End the service and what it has started, first by its signal."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(getattr(signal, service.stop) if os.name != "nt" else signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    process.kill()
    if os.name != "nt":
        signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _start_once(instance: Instance, port: int) -> tuple[Process, str | None]:
    """Start the service and wait until it answers; return also what it said if it did not."""
    words = [instance.filled(word, port) for word in instance.service.command]
    more = {name: instance.filled(text, port) for name, text in instance.service.environment.items()}
    environment = {
        "LC_ALL": "C.UTF-8",
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        **more,
    }
    sent = getattr(signal, instance.service.stop, signal.SIGTERM)
    command = [*prefix(sent, must_leave_root=False), _program(words[0], instance), *words[1:]]
    with open(instance.log, "ab") as log:
        began = log.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=instance.data,
            env=environment,
            **new_group_options(),
        )
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        # Another program may have taken the port, and answer; then this one ends, since it cannot have it.
        if _answers(instance.service, port) and _has(process, port):
            return process, None
        time.sleep(POLL_SECONDS)
    is_late = process.poll() is None
    stop(process, instance.service)
    said = instance.log.read_bytes()[began:].decode("utf-8", "replace")
    return process, f"{said}\nit did not answer within {START_SECONDS:.0f} seconds" if is_late else said


def _program(word: str, instance: Instance) -> str:
    """Return the path of a program: the tools environment's Python, one of the checkout, or one of the machine."""
    if word == "python":
        return sys.executable
    found = str(Path(word).absolute()) if "/" in word else shutil.which(word)
    if not found or not os.access(found, os.X_OK):
        raise BuildError(
            f"there is no program '{word}'",
            instance.title,
            "Install it, or name another one in dodo.py; what it needs is made by the tasks of 'needs'.",
        )
    return found


def _answers(service: Service, port: int) -> bool:
    """Ask the service its question."""
    wanted = service.answer.encode()
    try:
        with socket.create_connection((HOST, port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(service.ask.encode())
            got = b""
            while len(got) < len(wanted) and (more := connection.recv(len(wanted) - len(got))):
                got += more
    except OSError:
        return False
    return got == wanted


def _has(process: Process, port: int) -> bool:
    """Tell whether the process, or one that it has started, listens at the port; where that cannot be known, whether it runs."""
    groups = set()
    for each in listeners(port):
        with contextlib.suppress(OSError):
            groups.add(os.getpgid(int(each.name)))
    return process.pid in groups if groups else process.poll() is None


if __name__ == "__main__":
    main(*sys.argv[1:])
