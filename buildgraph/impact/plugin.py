"""Plugin: begins before the first conftest is read, lets a Ctrl-C end that without a word, and answers `--impact-why`."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from types import FrameType
from typing import NoReturn

import pytest

from buildgraph.act import bytecode

from . import merged, options, store
from .digests import Digests
from .facts import Now
from .paths import Paths
from .validity import Decision, decide, why

NAME = "impact"


class Early:
    """Registers the session's part if it is asked for.

    Until pytest itself takes a Ctrl-C, while plugins and conftests are loaded, Python would answer it with a traceback of its own start.
    """

    def __init__(self) -> None:
        self._is_quiet = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._is_quiet:
            signal.signal(signal.SIGINT, _end)

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Record from here."""
        asked = early_config.known_args_namespace
        records = asked.impact or asked.impact_all or asked.impact_audit
        if not records or asked.impact_off or asked.impact_why or asked.watch or asked.collectonly:
            return
        if getattr(asked, "cov_source", None):
            raise pytest.UsageError(
                "--impact measures coverage itself: leave out '--cov' and say '--impact-coverage=FILE'."
            )
        if asked.impact_coverage:
            try:
                merged.configured()
            except ValueError as error:
                raise pytest.UsageError(f"the configuration of coverage.py is refused: {error}") from None
        if "PYTEST_XDIST_WORKER" not in os.environ:
            # Without this an edit of equal size and second would not be what runs.
            bytecode.distrust_all(str(early_config.rootpath))
        from .session import Session

        early_config.pluginmanager.register(Session(early_config), NAME)

    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """Leave a Ctrl-C to pytest; answer `--impact-why`, or follow saves."""
        if self._is_quiet and signal.getsignal(signal.SIGINT) is _end:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if config.option.watch:
            from .watching import follow

            return follow(str(config.rootpath), folder_of(config), config.invocation_params.args)
        nodeid = config.option.impact_why
        if not nodeid:
            return None
        print(why(*decision_of(config, os.environ), nodeid))
        return 0


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def folder_of(config: pytest.Config) -> str:
    """Return the folder of the store."""
    return os.path.join(str(config.rootpath), config.known_args_namespace.impact_store)


def decision_of(config: pytest.Config, environment: Mapping[str, str]) -> tuple[Decision, Now]:
    """Return what holds for a run that is configured so."""
    folder = folder_of(config)
    now = Now(Paths(str(config.rootpath)), Digests(folder), environment)
    now.options = options.digest_options(config)
    found = decide([store.read(folder, name) for name in store.names(folder)], now)
    now.digests.save()  # Of sources whose tests do not run now, nobody else will.
    return found, now
