"""A repository of given files, in which `init` is run with a wheel that is as good as any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from buildgraph import bootstrap
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
        tasks_of(folder, monkeypatch)
        return folder

    return begin


def tasks_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict]:
    """Run a `dodo.py` in this process and return its tasks, by their names: each keyword in it means something."""
    with monkeypatch.context() as patched:
        patched.chdir(folder)
        patched.setattr(bootstrap, "hand_over", lambda *_: None)
        said: dict = {"__file__": str(folder / "dodo.py"), "__name__": "dodo"}
        exec(compile((folder / "dodo.py").read_text(), "dodo.py", "exec"), said)
        found = {}
        for name, creator in said.items():
            if name.startswith("task_"):
                made = creator()
                for task in [made] if isinstance(made, dict) else made:
                    own = name.removeprefix("task_")
                    found[task.get("basename") or (f"{own}:{task['name']}" if "name" in task else own)] = task
        return found
