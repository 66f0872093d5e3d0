"""Front ends of tests: a project with the repository's compilers, and the steps of its assets run as processes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from buildgraph.rooms.assets import Assets, Step

ROOT = Path(__file__).parents[3]
NODE = str(ROOT / ".nodeenv/bin/node")
NONE = Assets("dist/", NODE)
STYLE = replace(NONE, styles=("static/site.scss",))
SCRIPT = replace(NONE, scripts=("static/site.js",))
BOTH = replace(STYLE, scripts=SCRIPT.scripts)


def front(project: Path) -> Path:
    """Give a project the compilers and an empty static folder, and return that."""
    (project / "package.json").write_text("{}")
    os.symlink(ROOT / "node_modules", project / "node_modules")
    (project / "static").mkdir()
    return project / "static"


def write(files: dict[str, str | bytes]) -> None:
    """Write files, name -> content."""
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())


def run(step: Step) -> subprocess.CompletedProcess[str]:
    """Run the command of a step as a process of its own."""
    program, *words = step.command
    words = [str(ROOT / word) if word.endswith("worker.mjs") else word for word in words]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    python = sys.executable if program == "python" else program
    return subprocess.run([python, *words], capture_output=True, text=True, env=environ)


def build(assets: Assets) -> subprocess.CompletedProcess[str]:
    """Run all steps, up to the first that fails, and return the last one that ran."""
    for step in assets.steps:
        done = run(step)
        if done.returncode:
            break
    return done


def built(assets: Assets) -> dict[str, bytes]:
    """Run all steps, which must succeed, and return name -> what is published under it."""
    done = build(assets)
    assert done.returncode == 0, done.stderr
    manifest = json.loads(Path(assets.into, "manifest.json").read_text())
    return {name: Path(assets.into, path).read_bytes() for name, path in manifest.items()}


def names(assets: Assets = NONE) -> dict[str, str]:
    """Return the manifest."""
    return json.loads(Path(assets.into, "manifest.json").read_text())


def reads(name: str) -> dict[str, list[str]]:
    """Return what a step said that it has read, by what it made."""
    return json.loads(Path(f".buildgraph/assets/{name}.reads.json").read_text())
