"""Deployment: whether the Dockerfile and the Procfile of each service start its bundle and nothing else."""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from buildgraph import pinned
from buildgraph.errors import BuildError
from buildgraph.suggest import did_you_mean

from . import dockerfile, procfile
from .bundled import Bundle, Deployments
from .procfile import Program


def check(deployments: Deployments) -> None:
    """Raise BuildError for the last thing that a deployment should not have, after telling all others."""
    found = [problem for bundle in deployments.bundles for problem in _problems(bundle, deployments.python)]
    if found:
        *more, last = found
        for each in more:
            print(each)
        raise last
    print(f"{len(deployments.bundles)} services are deployed by their bundles and nothing else")


def _problems(bundle: Bundle, python: str) -> Iterator[BuildError]:
    image, starts = f"{bundle.deployment}/Dockerfile", f"{bundle.deployment}/{procfile.NAME}"
    text = _read(image)
    if text is None:
        hint = f"Write it: {', '.join(dockerfile.written(bundle.name).splitlines())}."
        yield BuildError(f"there is no '{image}'", "", hint)
    else:
        yield from dockerfile.problems(text, image, bundle.name, python)
    text = _read(starts)
    if text is None:
        yield BuildError(f"there is no '{starts}'", "", "Write what is started as 'web: program word …'.")
        return
    try:
        procfile.web(text, starts)
        found = list(procfile.programs(text, starts))
    except BuildError as error:
        yield error
        return
    inside = _Inside(bundle)
    for program in found:
        yield from inside.refuse(program)


class _Inside:
    """The scripts and the modules that a bundle has: those of its locked packages, as they are installed here, and of its members."""

    def __init__(self, bundle: Bundle) -> None:
        texts = (_read(path) or "" for path in bundle.locks)
        locked = {pin.name for text in texts for pin in pinned.read(text)}
        owners = importlib.metadata.packages_distributions()
        self.scripts = {
            script.name
            for script in importlib.metadata.entry_points(group="console_scripts")
            if script.dist and canonicalize_name(script.dist.name) in locked
        }
        self.modules = {
            *(name for name, dists in owners.items() if locked & {*map(canonicalize_name, dists)}),
            *sys.stdlib_module_names,
            *(member.package for member in bundle.members),
            *([bundle.module.partition(".")[0]] if bundle.module else []),
        }
        for member in bundle.members:
            project = tomllib.loads(_read(member.project) or "").get("project", {})
            self.scripts |= {*project.get("scripts", {})}

    def refuse(self, program: Program) -> Iterator[BuildError]:
        name = program.module.partition(".")[0] or program.script
        known = self.modules if program.module else self.scripts
        if name not in known:
            hint = did_you_mean(name, sorted(known)) or "Add its package to what the service depends on."
            yield BuildError(f"'{program}' is not in the bundle", program.where, hint)


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8")
    except FileNotFoundError:
        return None
