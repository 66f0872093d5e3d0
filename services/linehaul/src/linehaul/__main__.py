"""`python -m linehaul`: `listen` takes lines over TCP, `read` takes those of files."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg

import vitals
from linehaul.listening import Listener
from linehaul.reading import read
from linehaul.settings import Settings, from_environment
from linehaul.store import Moved, Store

logger = logging.getLogger("linehaul")


def main(words: Sequence[str]) -> int:
    """Do what the first word says; return the exit code."""
    parser = argparse.ArgumentParser(prog="linehaul", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    listen_at = verbs.add_parser("listen", help="take lines over TCP until SIGTERM")
    listen_at.add_argument("--host", default="127.0.0.1")
    listen_at.add_argument("--port", type=int, default=8514)
    read_from = verbs.add_parser("read", help="take the new lines of files")
    read_from.add_argument("files", nargs="+", type=Path, metavar="FILE")
    given = parser.parse_args(words)
    vitals.begin("linehaul")
    settings = from_environment(os.environ)
    if given.verb == "listen":
        return _listen(settings, given.host, given.port)
    return max(_read(settings, path) for path in given.files)


def _listen(settings: Settings, host: str, port: int) -> int:
    try:
        listener = Listener(settings, Store(settings.database_url), host, port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        sys.exit(f"cannot listen at {host} port {port}: {reason}. Choose another with '--port'.")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: listener.ends.set())
    logger.info("listening", extra={"host": host, "port": listener.port})
    listener.run()
    return 0


def _read(settings: Settings, path: Path) -> int:
    """Read a file; a mistake is one sentence, and the next file is read all the same."""
    store = Store(settings.database_url)
    try:
        lines, counted = read(path, store, settings.prefix)
    except OSError as error:
        print(f"cannot read '{path}': {error.strerror}.", file=sys.stderr)
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
