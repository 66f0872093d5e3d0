"""Trial: the project's tests, run against other pins in a throw-away environment.

The words that make and test the real environment are taken as they are, but each path to the environment or to a group's
file leads into `.buildgraph/trial/`, so neither `.venv` nor a lock is touched. One folder serves all runs of a search: the
next set of pins costs the difference. It is removed at the end, and first of all by the next trial if this one was killed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from buildgraph.act.processes import Children
from buildgraph.errors import BuildError
from buildgraph.files import write_text
from buildgraph.layout import LOGS, STATE
from buildgraph.locking import held

from . import Trial

FOLDER = f"{STATE}/trial"
LOG_FOLDER = f"{LOGS}/upgrade"
# How pytest's short summary begins; another runner's last line is taken.
FAILURES = ("FAILED ", "ERROR ")
WIDE = {"COLUMNS": "200"}  # a summary of 80 columns leaves out the reason


@dataclass(frozen=True)
class Result:
    """What one run of the tests said: "" or the first line of what failed, and where all of it is."""

    failure: str
    log: str
    seconds: float


@contextmanager
def room() -> Iterator[None]:
    """Give the trial an empty folder of its own, and remove it whatever happens; raise if another trial has it."""
    busy = BuildError("another upgrade is being tested", FOLDER, "Wait until it ends, or end it by Ctrl-C.")
    with held(Path(f"{FOLDER}.lock"), 0, busy):
        for folder in (FOLDER, LOG_FOLDER):
            shutil.rmtree(folder, ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(FOLDER, ignore_errors=True)


def run(trial: Trial, files: Mapping[str, str], number: int, timeout_seconds: float | None = None) -> Result:
    """Make the environment of these files (path of a group's file -> text) and run the tests in it."""
    for path, text in files.items():
        write_text(f"{FOLDER}/{path}", text)
    places = (trial.environment, *files)
    _make([_moved(word, places) for word in trial.make], files)
    started = time.monotonic()
    log = f"{LOG_FOLDER}/{number}.log"
    code, is_late = _test([_moved(word, places) for word in trial.test], log, timeout_seconds)
    seconds = time.monotonic() - started
    if is_late:
        return Result(f"the tests did not end within {timeout_seconds:g} seconds", log, seconds)
    return Result(first_failure(Path(log).read_text("utf-8", "replace")) if code else "", log, seconds)


def first_failure(output: str) -> str:
    """Return the line of an output that says best what failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith(FAILURES)), (lines or ["it said nothing"])[-1])


def _moved(word: str, places: Sequence[str]) -> str:
    """Return a word of a command with the paths in it that are one of the places or below one, led into the trial."""
    if word.startswith("{"):  # a value as one word
        return json.dumps(_led(json.loads(word), places))
    option, equals, path = word.rpartition("=") if word.startswith("-") else ("", "", word)
    return f"{option}{equals}{_led(path, places)}"


def _led(value: object, places: Sequence[str]) -> object:
    """Return a path, or the paths in lists and mappings, led into the trial; what else there is, as it is."""
    if isinstance(value, dict):
        return {name: _led(each, places) for name, each in value.items()}
    if isinstance(value, list):
        return [_led(each, places) for each in value]
    if isinstance(value, str) and any(value == place or value.startswith(f"{place}/") for place in places):
        return f"{FOLDER}/{value}"
    return value


def _make(words: list[str], files: Mapping[str, str]) -> None:
    done = subprocess.run(
        _started(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        reason = next((line for line in lines if line.startswith("error: ")), (lines or ["no word why"])[-1])
        named = _named(done.stdout, files)
        raise BuildError(
            f"the environment for the tests cannot be made{named}: {reason.removeprefix('error: ').rstrip('.')}",
            FOLDER,
            "No lock was changed: try again, or add the release to the holds.",
        )


def _named(output: str, files: Mapping[str, str]) -> str:
    """Return the pins of the files that an output names, in brackets."""
    pins = sorted({pin for text in files.values() for pin in re.findall(r"^[\w.-]+==[^\s;\\]+", text, re.M)})
    found = [pin for pin in pins if re.search(rf"(?<![\w.-]){re.escape(pin)}(?![\w.])", output)]
    return f" ({', '.join(found)})" if found else ""


def _test(words: list[str], log: str, timeout_seconds: float | None) -> tuple[int, bool]:
    """Run the tests to their end; return the exit code, and whether they were ended for being late."""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    children, late = Children(), threading.Event()

    def end_late() -> None:
        late.set()
        children.interrupt()

    timer = threading.Timer(timeout_seconds or 0, end_late)
    try:
        with open(log, "wb") as output:
            process = children.spawn(_started(words), os.environ | WIDE, output.fileno())
        if timeout_seconds:
            timer.start()
        code = process.wait()
        children.ended(process)
        return code, late.is_set()
    except OSError as error:
        raise BuildError(
            f"the tests cannot be started: '{words[0]}': {error.strerror}",
            FOLDER,
            "Correct the command in dodo.py; no lock was changed.",
        ) from None
    except KeyboardInterrupt:
        children.interrupt()
        raise
    finally:
        timer.cancel()
        children.close()


def _started(words: list[str]) -> list[str]:
    """Return the words as a process is started by: `python` is the tools environment's."""
    return [sys.executable if words[0] == "python" else os.path.abspath(words[0]), *words[1:]]
