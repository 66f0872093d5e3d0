"""Options: what the plugin is told, and which of pytest's options can change a result."""

from __future__ import annotations

import os

from . import STORE
from .facts import digest_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest

HARMLESS = frozenset((
    "verbose", "quiet", "keyword", "markexpr", "deselect", "file_or_dir", "maxfail", "numprocesses", "maxprocesses", "dist", "distload", "distribute", "tx", "px",
    "rsyncdir", "rsyncignore", "looponfail", "maxworkerrestart", "loadgroup", "testrunuid", "looponfailroots", "lf", "failedfirst", "last_failed_no_failures", "cacheclear",
    "cacheshow", "newfirst", "stepwise", "stepwise_skip", "stepwise_reset", "durations", "durations_min", "reportchars", "tbstyle", "fulltrace", "color", "code_highlight", "no_header",
    "no_summary", "no_fold_skipped", "fold_skipped", "show_fixtures", "show_fixtures_per_test", "collectonly", "version", "help", "xmlpath", "junitprefix", "rootdir", "basetemp", "pyargs", "showlocals", "no_showlocals", "setuponly", "setupshow", "setupplan", "disable_warnings", "show_capture", "capture", "usepdb", "usepdb_cls",
    "trace", "ignore", "ignore_glob", "keepduplicates", "continue_on_collection_errors", "collect_in_virtualenv", "invocation_params", "traceconfig", "debug", "plugins",
    "pastebin", "xfail_tb", "force_short_summary", "noconftest", "xmlcls", "console_output_style", "watch", "verbosity_subtests",
    "random_order_enabled", "random_order_bucket", "random_order_seed",
))  # fmt: skip
"""Options that choose which tests run, where and how it is told, by the names of their values."""
OURS = ("impact", "cov")
DRAWN = {"randomly_seed": "default"}
"""Options that a plugin draws anew for each run while they have this value: what depends on them is random."""
SENT = "impact-options"


def add_options(parser: pytest.Parser) -> None:
    """Add the plugin's options to pytest's."""
    group = parser.getgroup("impact", "run what a change can affect")
    group.addoption(
        "--impact", action="store_true", help="run the affected tests, and reuse the results of the others"
    )
    group.addoption("--impact-all", "--all", action="store_true", help="run all tests, and record them anew")
    group.addoption(
        "--impact-audit",
        "--audit",
        action="store_true",
        help="run all tests, and name each whose held result was wrong, with the fact that was missing",
    )
    group.addoption(
        "--impact-off",
        "--plain",
        action="store_true",
        help="run all tests as pytest does, and record nothing",
    )
    group.addoption(
        "--impact-store", default=STORE, metavar="DIR", help="where traces are kept, below the root"
    )
    group.addoption(
        "--impact-why", "--why", metavar="NODEID", help="say why a test would run, and run nothing"
    )
    group.addoption("--watch", action="store_true", help="run what each save affects, until interrupted")
    group.addoption(
        "--impact-coverage",
        metavar="FILE",
        help="write the coverage of all tests, run or reused, as coverage.py's data",
    )
    group.addoption(
        "--impact-isolation", choices=("auto", "test", "file", "process"), default="auto",
        help="fork for each test, for each file (cheaper and less precise), or not at all",
    )  # fmt: skip


def digest_options(config: pytest.Config) -> str:
    """Return the digest of the options that can change a result, and of the folder that pytest was started in."""
    sent = getattr(config, "workerinput", {}).get(SENT)
    if sent:  # A worker has the options as plugins of the controller have changed them.
        return sent
    option, said = config.option, vars(config.known_args_namespace)
    drawn = {name for name, value in DRAWN.items() if said.get(name) == value}
    kept = {
        name: value
        for name, value in vars(option).items()
        if name not in HARMLESS and name not in drawn and not name.startswith(OURS)
    }
    plugins = [
        each
        for each in option.plugins or ()
        if each not in ("buildgraph.impact", "no:terminal", "no:cacheprovider", "xdist")
    ]
    folder = os.path.relpath(config.invocation_params.dir, config.rootpath)
    return digest_of(
        repr((sorted(kept.items(), key=lambda each: each[0]), plugins, option.noconftest, folder))
    )
