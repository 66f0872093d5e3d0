"""A repository of given files, in which `init` is run with a wheel that is as good as any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from buildgraph.init import starting

Begin = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def begin(tmp_path, monkeypatch) -> Begin:
    """Return a function that writes files into a repository, runs `init` there and returns its folder."""
    wheel = tmp_path / "buildgraph-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    monkeypatch.setattr(starting, "wheel", lambda: wheel)
    folder = tmp_path / "mine"
    folder.mkdir()

    def begin(files: Mapping[str, str]) -> Path:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        assert starting.main(["init", str(folder)]) == 0
        compile((folder / "dodo.py").read_text(), "dodo.py", "exec")
        return folder

    return begin
