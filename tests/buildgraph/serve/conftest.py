"""What the tests of a served project share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .harness import Served, project


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve a small project; every process is ended afterwards."""
    if sys.platform == "win32":
        pytest.skip("needs process groups")
    made: list[Served] = []

    def begin(
        *options: str, wait: str = "one!", prepare: Callable[[Path], object] = lambda _: None, **more
    ) -> Served:
        folder = project(tmp_path / "project")
        prepare(folder)
        made.append(Served(folder, *options, **more))
        if wait:
            made[-1].wait_for(wait)
            if made[-1].is_heard:  # so that a test counts what comes after it
                made[-1].wait_for_line("answers after")
        return made[-1]

    yield begin
    for each in made:
        each.close()
