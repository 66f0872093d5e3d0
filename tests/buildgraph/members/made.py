"""Members of a made-up checkout, written by a line each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = {"service": "services", "library": "libs/shared", "internal": "libs/internal"}


def member(
    kind: str,
    name: str,
    uses: Sequence[str] = (),
    code: str = "",
    layers: Sequence[str] = (),
    requires: Sequence[str] | None = None,
) -> Path:
    """Write a member into the current folder, with a package that holds `code`, and return its folder."""
    folder = Path(FOLDERS[kind], name)
    package = folder / "src" / name.replace("-", "_")
    package.mkdir(parents=True)
    wanted = list(uses if requires is None else requires)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "1"\ndependencies = {wanted}\n'
        f"[tool.buildgraph]\nmembers = {list(uses)}\nlayers = {list(layers)}\n"
    )
    (package / "__init__.py").write_text(code)
    return folder


def run(
    folder: Path, code: str, mask: int, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run code in a checkout, with the library of this one, as a process with a mask and variables of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        umask=mask,
        capture_output=True,
        text=True,
    )
