"""Fixtures: each instance with a scope wider than a test is a context; who asks for it uses it, cached or not.

pytest's hooks tell of setups only. `FixtureDef.execute`, which also serves cached values, and `finish`, which runs finalizers, are wrapped.
"""

from __future__ import annotations

from _pytest.fixtures import FixtureDef, SubRequest

from .recorder import Recorder

FUNCTION = "function"


class Fixtures:
    """Tells a recorder of fixtures."""

    def __init__(self, recorder: Recorder) -> None:
        self.started: list[tuple[FixtureDef, SubRequest]] = []  # with the requests that they were set up for
        self._recorder = recorder
        self._labels: dict[FixtureDef, str] = {}
        self._original = (FixtureDef.execute, FixtureDef.finish)

    def start(self) -> None:
        """Begin to hear of fixtures."""
        execute, finish = self._original

        def wrapped_execute(fixture: FixtureDef, request: SubRequest) -> object:
            if fixture.scope == FUNCTION or not self._recorder.pid:
                return execute(fixture, request)
            label = self._label(fixture, request)
            self._recorder.top.uses.add(label)
            with self._recorder.charged(label):
                had = fixture.cached_result
                try:
                    return execute(fixture, request)
                finally:
                    if fixture.cached_result is not had:
                        self._labels[fixture] = label
                        self.started.append((fixture, request))

        def wrapped_finish(fixture: FixtureDef, request: SubRequest) -> None:
            label = self._labels.pop(fixture, "") if self._recorder.pid else ""
            if not label:
                return finish(fixture, request)
            try:
                with self._recorder.charged(label):
                    return finish(fixture, request)
            finally:
                self._recorder.closed.append(label)

        FixtureDef.execute, FixtureDef.finish = wrapped_execute, wrapped_finish  # type: ignore[method-assign, assignment] # no hook tells of this

    def stop(self) -> None:
        """Put back what was wrapped."""
        FixtureDef.execute, FixtureDef.finish = self._original  # type: ignore[method-assign] # as it was

    def finish_started(self) -> None:
        """Run the finalizers of what was set up since `started` was emptied: in a child that ends, nobody else will."""
        while self.started:
            fixture, request = self.started.pop()
            fixture.finish(request)

    @staticmethod
    def _label(fixture: FixtureDef, request: SubRequest) -> str:
        number = getattr(request, "param_index", 0)
        return f"fix:{fixture.baseid}::{fixture.argname}[{number}]@{request.node.nodeid}"
