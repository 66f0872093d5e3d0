"""Install: remove and add packages by uv where the tools environment has it, else (or if it fails) by pip.

Both are told the same requirements with the same digests, take wheels only and resolve nothing. uv copies files out of
its cache: a hard link would let an edit in one environment reach every other. uv does not read pip's configuration, so the
settings that say which registry is used are handed to it (`buildgraph.uv`).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from buildgraph import uv
from buildgraph.errors import BuildError

from .plan import Plan

PIP = ("--quiet", "--no-input", "--disable-pip-version-check")


def apply(plan: Plan, python: Path) -> None:
    """Carry out a plan in the environment of this interpreter; raise BuildError if pip cannot."""
    with tempfile.TemporaryDirectory(prefix="environment-") as folder:
        lines = Path(folder, "install.txt")
        lines.write_text("".join(f"{package.line}\n" for package in plan.install), encoding="utf-8")
        program = uv.find()
        if program and _with_uv(program, plan, python, lines):
            return
        _with_pip(plan, python, lines)


def _with_uv(program: str, plan: Plan, python: Path, lines: Path) -> bool:
    environment = {**os.environ, **uv.registry_settings()}
    common = ["--quiet", "--no-config", "--no-progress", "--python", str(python)]
    steps = []
    if plan.remove:
        steps.append([program, "pip", "uninstall", *common, *plan.remove])
    if plan.install:
        digests = [
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            "--index-strategy=unsafe-best-match",
        ]
        steps.append([program, "pip", "install", *common, *digests, "--link-mode=copy", "-r", str(lines)])
    for step in steps:
        done = _run(step, environment)
        if done.returncode:
            print(f"uv could not do it, pip is asked: {_last_line(done.stdout)}")
            return False
    return True


def _with_pip(plan: Plan, python: Path, lines: Path) -> None:
    from .facts import installed

    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    present = [name for name in plan.remove if name in installed(python)]
    steps = [[*pip, "uninstall", *PIP, "--yes", *present]] if present else []
    if plan.install:
        digests = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"]
        steps.append([*pip, "install", *PIP, *digests, "-r", str(lines)])
    for step in steps:
        done = _run(step, dict(os.environ))
        if done.returncode:
            raise BuildError(
                f"pip could not install the locked packages: {_reason(done.stdout)}",
                str(python.parent.parent.name),
                "What was installed stays; run the command again.",
            )


def _run(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _reason(output: str) -> str:
    if "DO NOT MATCH THE HASHES" in output:
        return "a downloaded file does not have the digest that the lock demands; nothing of it was installed"
    if "No space left" in output:
        return "the disk is full"
    return _last_line(output)


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it ended without a word"])[-1].rstrip(".")
