"""`python -m linehaul`: `listen` takes lines over TCP, `read` takes those of files."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import psycopg

import vitals
from linehaul.listening import Listener
from linehaul.reading import NotRead, read
from linehaul.settings import Settings, from_environment
from linehaul.store import Moved, Store

logger = logging.getLogger("linehaul")


def main(words: Sequence[str]) -> int:
    """Do what the first word says; return the exit code."""
    parser = argparse.ArgumentParser(prog="linehaul", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    listen_at = verbs.add_parser("listen", help="take lines over TCP until SIGTERM")
    listen_at.add_argument("--host", type=_host, default="127.0.0.1")
    listen_at.add_argument("--port", type=_port, default=8514)
    read_from = verbs.add_parser("read", help="take the new lines of files")
    read_from.add_argument("files", nargs="+", type=Path, metavar="FILE")
    given = parser.parse_args(words)
    vitals.begin("linehaul")
    settings = from_environment(os.environ)
    if given.verb == "listen":
        return _listen(settings, given.host, given.port)
    return max(_read(settings, path) for path in given.files)


def _host(text: str) -> str:
    if not text.strip():  # it would be all addresses of this machine, as where a variable is not set
        raise argparse.ArgumentTypeError("it is empty; '0.0.0.0' stands for all addresses")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 65535):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 65535")
    return int(text)


def _listen(settings: Settings, host: str, port: int) -> int:
    try:
        listener = Listener(settings, Store(settings.database_url), host, port)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0  # below zero it is one of names, and has its text with it
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or error
        sys.exit(f"cannot listen at {host} port {port}: {reason}. Choose another with '--port'.")
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not from here: the signal may have come while this thread holds the lock of the event.
        signal.signal(number, lambda *_: threading.Thread(target=listener.ends.set).start())
    logger.info("listening", extra={"host": host, "port": listener.port})
    return 1 if listener.run() else 0


def _read(settings: Settings, path: Path) -> int:
    """Read a file; a mistake is one sentence, and the next file is read all the same."""
    store = Store(settings.database_url)
    try:
        lines, counted = read(path, store, settings.prefix)
    except OSError as error:
        print(f"cannot read '{path}': {error.strerror}.", file=sys.stderr)
    except NotRead as error:
        print(f"cannot read '{path}': {error}.", file=sys.stderr)
    except Moved:
        print(f"'{path}' is read by another process. Wait for that one.", file=sys.stderr)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        print(f"the database does not take the counts of '{path}': {reason}. Run it again.", file=sys.stderr)
    else:
        print(f"{path}: {lines} new lines, {counted} downloads")
        return 0
    finally:
        store.close()
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
