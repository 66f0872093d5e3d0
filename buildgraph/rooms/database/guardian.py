"""Guardian: how the guardian of a PostgreSQL server makes its data, starts it, knows that it answers, and stops it."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from buildgraph.act.port import free_port
from buildgraph.errors import BuildError
from buildgraph.files import write_text
from buildgraph.leasing.guardian import give_away, guard, prefix
from buildgraph.leasing.lease import START_SECONDS

from . import failure, pidfile
from .server import USER, Address, Server

POLL_SECONDS = 0.1
ENDING_SECONDS = 5.0  # how long a server that is just ending is waited for
# What the server for tests does without: it holds nothing that a crash could lose.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = ("max_connections=100", "shared_buffers=64MB", "logging_collector=off", "log_min_messages=warning")


def main(name: str, binaries: str, tcp: str = "") -> None:
    """Guard the server of this name until nobody needs it."""
    server = Server(name, Path(binaries), bool(tcp))

    def told() -> tuple[subprocess.Popen[bytes], dict[str, object]]:
        process, address = start(server)
        return process, asdict(address)

    guard(server, told, stop)


def start(server: Server) -> tuple[subprocess.Popen[bytes], Address]:
    """Make the data folder if there is none, start the server, and wait until it answers a query."""
    programs = _programs(server)
    if not server.data.exists():
        _make_data(server, programs)
    _refuse_other_version(server, programs)
    address, listen = _address(server)
    pids = (server.data / pidfile.NAME, *Path(address.host).glob(".s.PGSQL.*.lock"))
    pidfile.forget_recycled(pids, server.data)
    settings = [*SETTINGS, *listen, *(FAST if server.name == "tests" else ())]
    options = [word for setting in settings for word in ("-c", setting)]
    command = [*_prefix(), str(programs / "postgres"), "-D", str(server.data.absolute()), *options]
    deadline, patience = time.monotonic() + START_SECONDS, time.monotonic() + ENDING_SECONDS
    while True:
        process, said = _start_once(server, command, address, deadline)
        if said is None:
            return process, _with_port(server, address) if server.tcp and not address.is_tcp else address
        if not failure.may_pass(said) or time.monotonic() > patience:
            what, hint = failure.explain(said, server.data, server.log)
            raise BuildError(f"PostgreSQL did not start: {what}", str(server.log), hint)
        time.sleep(POLL_SECONDS)


def _start_once(
    server: Server, command: list[str], address: Address, deadline: float
) -> tuple[subprocess.Popen[bytes], str | None]:
    """Start the server and wait until it answers; return also what it said if it did not."""
    with open(server.log, "ab") as log:
        began = log.tell()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment()
        )
    if _is_ready(server, process, address, deadline):
        return process, None
    if process.poll() is None:
        stop(process)
    return process, server.log.read_bytes()[began:].decode("utf-8", "replace")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server by its fast shutdown: sessions are cut, nothing is lost."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
    process.wait()


def _programs(server: Server) -> Path:
    try:
        name = json.loads((server.binaries / "installed.json").read_text(encoding="utf-8"))["folder"]
    except (FileNotFoundError, KeyError):
        raise BuildError(
            "PostgreSQL is not installed", str(server.binaries), "Run 'doit db:server'."
        ) from None
    return (server.binaries / name / "bin").absolute()


def _make_data(server: Server, programs: Path) -> None:
    new = server.folder / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    give_away(new)
    secret = server.folder / "password"
    _write_secret(secret)
    access = ["--auth=trust"] if os.name != "nt" else ["--auth=scram-sha-256", f"--pwfile={secret}"]
    done = subprocess.run(
        [
            *_prefix(), str(programs / "initdb"), "-D", str(new.absolute()), "-U", USER, "-E", "UTF8", "--no-sync",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", *access,
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment(), check=False,
    )  # fmt: skip
    if done.returncode:
        server.log.write_text(done.stdout, encoding="utf-8")
        what, hint = failure.explain(done.stdout, server.data, server.log)
        raise BuildError(f"initdb failed: {what}", str(new), hint)
    os.replace(new, server.data)


def _refuse_other_version(server: Server, programs: Path) -> None:
    found = (server.data / "PG_VERSION").read_text(encoding="ascii").strip()
    wanted = programs.parent.name.split(".")[0]
    if found != wanted:
        raise BuildError(
            f"the data folder belongs to PostgreSQL {found}, but the locked server is {wanted}",
            str(server.data),
            f"Move '{server.data}' away (or delete it) and run the command again; a fresh database is made and migrated.",
        )


def _address(server: Server) -> tuple[Address, list[str]]:
    """Return the address to connect to, and the settings that make the server listen there."""
    if os.name != "nt":
        sockets = server.sockets()
        sockets.mkdir(mode=0o700, exist_ok=True)
        if sockets.is_symlink() or sockets.stat().st_uid != os.getuid() or sockets.stat().st_mode & 0o077:
            raise BuildError(
                "others can use the folder of the sockets", str(sockets), "Delete it and try again."
            )
        give_away(sockets)
        place = f"unix_socket_directories={sockets}"
        if not server.tcp:
            return Address(str(sockets), 5432), ["listen_addresses=", place, "port=5432"]
        port = free_port("127.0.0.1")
        return Address(str(sockets), port), [
            "listen_addresses=127.0.0.1",
            place,
            f"port={port}",
            _access(server),
        ]
    port = free_port("127.0.0.1")
    password = (server.folder / "password").read_text(encoding="ascii")
    return Address("127.0.0.1", port, password), ["listen_addresses=127.0.0.1", f"port={port}"]


def _access(server: Server) -> str:
    """Return the setting by which the sockets, which only the user can reach, ask for no password, and the port does."""
    file = server.data / "access.conf"
    file.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n", encoding="ascii")
    return f"hba_file={file.absolute()}"


def _with_port(server: Server, address: Address) -> Address:
    """Return the address by which a running server is reached over TCP: with a password, which it is told by its socket."""
    import psycopg
    from psycopg import sql

    secret = server.folder / "password"
    if not secret.exists():
        _write_secret(secret)
    password = secret.read_text(encoding="ascii")
    with psycopg.connect(address.url("postgresql", "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(USER), sql.Literal(password))
        )
    return Address("127.0.0.1", address.port, password)


def _write_secret(path: Path) -> None:
    write_text(path, secrets.token_urlsafe(24))
    path.chmod(0o600)


def _is_ready(server: Server, process: subprocess.Popen[bytes], address: Address, deadline: float) -> bool:
    """Wait for this server's answer to a query: an open port would not be enough, nor the answer of one that should have ended."""
    import psycopg

    while process.poll() is None and time.monotonic() < deadline:
        if pidfile.process_in(server.data / pidfile.NAME) != process.pid:
            time.sleep(0.02)
            continue
        try:
            with psycopg.connect(address.url("postgresql", "postgres"), connect_timeout=2) as connection:
                connection.execute("select 1")
            return True
        except psycopg.OperationalError:
            time.sleep(0.02)
    return False


def _prefix() -> list[str]:
    """Return the start of a command line that leaves root; when its parent ends, it is told by SIGINT, PostgreSQL's fast shutdown."""
    return prefix(signal.SIGINT, must_leave_root=True)


def _environment() -> dict[str, str]:
    kept = ("PATH", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP")
    return {"LC_ALL": "C", "TZ": "UTC", **{name: os.environ[name] for name in kept if name in os.environ}}


if __name__ == "__main__":
    main(*sys.argv[1:])
