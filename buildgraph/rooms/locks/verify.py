"""Verify: ask the network whether the locks are what a resolver says, at the time they were made, and now by others.

`again` resolves once more, looking only at what was uploaded by the recorded time; more files of the same release are no
difference. `oracle` has resolvers that know nothing of our closure select each group's packages: pip, and uv if there is one.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from buildgraph import personal, uv
from buildgraph.errors import BuildError

from . import Locks
from .render import Entry, parse_entries
from .resolve import Resolution
from .sources import Source

PIP = (
    "install",
    "--dry-run",
    "--ignore-installed",
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--report=-",
)
UV = (
    "pip",
    "compile",
    "--quiet",
    "--no-config",
    "--no-header",
    "--no-annotate",
    "--index-strategy=unsafe-best-match",
)


def differences(locked: Mapping[str, Entry], found: Resolution) -> list[str]:
    """Return a sentence for each pin that a resolver would set otherwise, and each digest that is offered no more."""
    said = []
    for name in sorted({*locked, *found.entries}):
        old, new = locked.get(name), found.entries.get(name)
        if old is None or new is None or old.text != new.text:
            said.append(
                f"'{name}' is locked as {old.text if old else 'nothing'} and resolves to {new.text if new else 'nothing'}"
            )
        elif missing := set(old.hashes) - set(new.hashes):
            said.append(
                f"{len(missing)} of {len(old.hashes)} locked digests of {old.text} are not offered any more"
            )
    return said


def yanked(found: Resolution) -> list[str]:
    """Return a sentence for each pin that was yanked: a pin may still be installed (PEP 592), so that does not count as a difference."""
    return [
        f"{entry.text} was yanked ({why}): it still installs, but look for another by 'doit upgrade {name}'"
        for name, entry in found.entries.items()
        if (why := found.about.get(name, {}).get("yanked"))
    ]


def selected_by_locks(path: str) -> dict[str, str]:
    """Return name -> version of what a group's file installs in this environment."""
    chosen = {}
    for line in Path(path).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if line.startswith("#"):
            continue
        requirement, _, marker = line.split(" --hash=")[0].partition(" ; ")
        if not marker or Marker(marker.strip()).evaluate():
            for name, entry in parse_entries(requirement).items():
                chosen[name] = entry.version
    return chosen


def selected_by_pip(source: Source, constraints: str) -> dict[str, str]:
    """Return what pip would install for a group's requirements under the constraints."""
    report = _run([sys.executable, "-m", "pip", *PIP], source, constraints, "pip", personal.environment())
    rows = json.loads(report)["install"]
    return {canonicalize_name(row["metadata"]["name"]): row["metadata"]["version"] for row in rows}


def selected_by_uv(program: str, source: Source, constraints: str) -> dict[str, str]:
    """Return what uv would pin for a group's requirements under the constraints."""
    command = [program, *UV, f"--python={sys.executable}"]
    lines = _run(command, source, constraints, "uv", uv.environment()).splitlines()
    return {name: entry.version for name, entry in parse_entries("\n".join(lines)).items()}


def _run(
    command: list[str],
    source: Source,
    constraints: str,
    who: str,
    environment: Mapping[str, str],
) -> str:
    """Run a resolver over a group's requirements; both installers take a requirements and a constraints file alike."""
    with tempfile.TemporaryDirectory(prefix="oracle-") as folder:
        requirements = Path(folder, f"{source.group}.in")
        requirements.parent.mkdir(exist_ok=True)
        requirements.write_text("\n".join(source.requirements) + "\n", encoding="utf-8")
        arguments = ["-r", str(requirements)] if who == "pip" else [str(requirements)]
        done = subprocess.run(
            [*command, *arguments, "-c", constraints],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise BuildError(
            f"{who} finds no packages for it: {(lines or ['it said nothing'])[-1].rstrip('.')}",
            source.path,
            "",
        )
    return done.stdout


def disagreements(locks: Locks, group: str, selections: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a sentence per package on which a selection differs from the group's file."""
    ours = selected_by_locks(locks.file(group))
    said = []
    for who, theirs in selections.items():
        for name in sorted({*ours, *theirs}):
            if ours.get(name) != theirs.get(name):
                there, here = theirs.get(name, "not at all"), ours.get(name, "not at all")
                said.append(f"{who} selects '{name}' {there} for '{group}', the lock {here}")
    return said
