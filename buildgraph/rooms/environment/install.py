"""Install: remove and add packages by uv where the tools environment has it, else (or if it fails) by pip.

Both are told the same requirements with the same digests, take wheels only and resolve nothing. uv copies files out of
its cache: a hard link would let an edit in one environment reach every other. uv does not read pip's configuration, so the
settings that say which registry is used are handed to it (`buildgraph.uv`).
"""

import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from buildgraph import personal, uv
from buildgraph.errors import BuildError
from buildgraph.installers import NO_WHEEL, REGISTRY, reason, run, say

from .facts import installed, make_removable, remove_infos
from .plan import Plan

PIP = ("--quiet", "--no-input", "--disable-pip-version-check")


class Steps(NamedTuple):
    """What an engine starts to remove and to install, and in which environment."""

    removal: Sequence[Sequence[str]]
    installation: Sequence[Sequence[str]]
    environment: Mapping[str, str]


def apply(find: Callable[[], Plan], python: Path, folders: Sequence[str] = ()) -> None:
    """Carry out the plan that `find` makes of the environment as it is; raise BuildError if neither uv nor pip can.

    Wheels that lie in the `folders` are taken as those of a registry are, by their digests.

    pip is given a plan of its own: what uv has left half installed is damaged, and pip takes it for installed.
    """
    program, refusal = uv.find(), ""

    def carry_out(engine: Callable[[Plan, Path], Steps]) -> str:
        return _carry_out(find(), python, folders, engine)

    if program:
        refusal = carry_out(lambda plan, lines: _by_uv(program, plan, python, lines))
        if refusal.startswith(REGISTRY) and not carry_out(
            lambda plan, lines: _by_uv(
                program, plan, python, lines, "--offline"
            )  # What it has downloaded before.
        ):
            print(f"{refusal}; all of it was in uv's cache")
            return
        if not refusal:
            return
        print(f"uv could not do it, pip is asked: {refusal}")
    problem = carry_out(lambda plan, lines: _by_pip(plan, python, lines))
    if problem:
        is_enough = refusal in (NO_WHEEL, problem)
        told = refusal if is_enough else f"{problem}{f' (uv: {refusal})' if program else ''}"
        raise BuildError(
            f"the locked packages could not be installed: {told}",
            python.parent.parent.name,
            "Lock another release, or a wheel of it by its address (docs/manual/locks.md)."
            if told == NO_WHEEL
            else "What was installed stays; run the command again.",
        )


def _carry_out(
    plan: Plan, python: Path, folders: Sequence[str], engine: Callable[[Plan, Path], Steps]
) -> str:
    """Carry the plan out by an engine's steps and return why it could not."""
    make_removable(python, plan.remove)
    with tempfile.TemporaryDirectory(prefix="environment-") as folder:
        lines = Path(folder, "install.txt")
        said = [
            *(f"--find-links {Path(each).as_uri()}" for each in folders),
            *(package.line for package in plan.install),
        ]
        lines.write_text("".join(f"{line}\n" for line in said), encoding="utf-8")
        steps = engine(plan, lines)
        problem = _all(steps.removal, steps.environment)
        if problem:
            return problem
        # An installer leaves out what is still said to be installed.
        remove_infos(python, plan.remove)
        if plan.install:
            say(f"fetching {len(plan.install)} packages")
        return _all(steps.installation, steps.environment)


def _by_uv(program: str, plan: Plan, python: Path, lines: Path, *more: str) -> Steps:
    common = ["--no-config", "--no-progress", *more, "--python", str(python)]
    removal = [[program, "pip", "uninstall", "--quiet", *common, *plan.remove]] if plan.remove else []
    installation = []
    if plan.install:
        digests = [
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            "--index-strategy=unsafe-best-match",
        ]
        installation = [[program, "pip", "install", *common, *digests, "--link-mode=copy", "-r", str(lines)]]
    return Steps(removal, installation, uv.environment())


def _by_pip(plan: Plan, python: Path, lines: Path) -> Steps:
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    present = [name for name in plan.remove if name in installed(python)]
    removal = [[*pip, "uninstall", *PIP, "--yes", *present]] if present else []
    installation = []
    if plan.install:
        digests = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"]
        installation = [[*pip, "install", *PIP, *digests, "-r", str(lines)]]
    return Steps(removal, installation, personal.environment())


def _all(steps: Iterable[Sequence[str]], environment: Mapping[str, str]) -> str:
    """Run the steps and return what is wrong with the first that fails."""
    for step in steps:
        done = run(step, environment)
        if done.returncode:
            return reason(done.stdout)
    return ""
