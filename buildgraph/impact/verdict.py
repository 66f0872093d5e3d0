"""Verdict: how a run of tests ended, in one sentence for the command that has started it, and early that a word of `-k` stands nowhere.

That nothing fits is only known when all is collected, since an id may be computed; so until then it is a note.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Iterable, Iterator

import pytest

from buildgraph.handed import hand

WORD = re.compile(r"[\w.+:/-]+")
IGNORED = frozenset(("__pycache__", "node_modules"))
FAILED = ("failed", "error")


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Say early what is most probable of one word of `-k` that no file of tests contains."""
    option = config.option
    word = option.keyword
    if hasattr(config, "workerinput") or not WORD.fullmatch(word) or option.help or option.version:
        return
    if not any(_has(path, word.lower()) for path in _files(config.args)):
        what = f"note: '{word}' is in no name and no line of a test; only an id that is computed could fit it"
        print(what, file=sys.stderr, flush=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around those that change how it ended
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Hand on how it ended, unless it ended well."""
    yield
    code, reporter = int(session.exitstatus), session.config.pluginmanager.get_plugin("terminalreporter")
    if code and reporter is not None and not hasattr(session.config, "workerinput"):
        failed = [report.nodeid for name in FAILED for report in reporter.stats.get(name, ())]
        ran = sum(len(reporter.stats.get(name, ())) for name in (*FAILED, "passed", "xfailed", "xpassed"))
        if text := sentence(code, failed, ran, session.config.option.keyword):
            hand(text)


def sentence(code: int, failed: list[str], ran: int, keyword: str) -> str:
    """Return how a run ended that did not end well, "" if its exit code says as much."""
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        return f"no test fits '-k {keyword}'" if keyword else "there are no tests in what was asked for"
    if code == pytest.ExitCode.TESTS_FAILED and failed:
        if not any("::" in each for each in failed):
            return _uncollected(failed)
        first = (
            f"{failed[0]} failed" if len(failed) == 1 else f"{len(failed)} failed, the first is {failed[0]}"
        )
        return f"of {ran} tests that ran {first}" if ran > 1 else first
    if code == pytest.ExitCode.INTERRUPTED and failed:
        return _uncollected(failed)
    return ""


def _uncollected(files: list[str]) -> str:
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"the tests of {files[0]}{more} could not be collected"


def _files(paths: Iterable[str]) -> Iterator[str]:
    for path in (each.split("::")[0] for each in paths):
        if not os.path.isdir(path):
            yield path
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name not in IGNORED]
            yield from (os.path.join(folder, name) for name in names if name.endswith(".py"))


def _has(path: str, word: str) -> bool:
    """Tell whether a word is in the path or in the text of a file, in any case; one that cannot be read may have it."""
    if word in os.path.abspath(path).lower():
        return True
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return word in file.read().lower()
    except OSError:
        return True
