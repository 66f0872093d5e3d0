"""Drawing: Hypothesis reads every local module for constants that it may draw; a context of its own is charged with that.

It reads them as soon as one of its tests is collected, and again when a test has imported more. Were that charged to the run, an edit
of any module would affect every test. Each test that draws uses what was read for any of them; of a source only its constants count.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator

import pytest

from .contexts import DRAWN, SESSION
from .recorder import Recorder

PROVIDERS = "hypothesis.internal.conjecture.providers"
READS = "_get_local_constants"
"""Where Hypothesis has it. Should it be elsewhere, the run is charged as before: sound, but coarse (a test would say so)."""


class Drawing:
    """Stands around the function by which Hypothesis reads."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._original: Callable[[], object] | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self) -> Generator[None]:
        """Begin before Hypothesis' own plugin reads."""
        read = getattr(sys.modules.get(PROVIDERS), READS, None)
        if read is not None:
            self._original = read
            setattr(sys.modules[PROVIDERS], READS, self._wrapped(read))
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Put back what was wrapped."""
        if self._original is not None:
            setattr(sys.modules[PROVIDERS], READS, self._original)

    def _wrapped(self, read: Callable[[], object]) -> Callable[[], object]:
        recorder = self._recorder

        def wrapped() -> object:
            if recorder.stack[-1] != SESSION:
                recorder.top.uses.add(DRAWN)
            with recorder.charged(DRAWN):
                found = read()
            drawn = recorder.context(DRAWN)
            sources = {fact for fact in drawn.facts if fact[0] == "file" and fact[1].endswith(".py")}
            drawn.facts -= sources
            with recorder.quiet():
                drawn.facts |= {recorder.now.fresh("constants", key) for _, key, _ in sources}
            return found

        return wrapped
