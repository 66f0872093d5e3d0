"""Checking: the locks held against their inputs offline, against a second resolution, and against other resolvers."""

from pathlib import Path

from buildgraph import uv
from buildgraph.errors import BuildError

from . import MEMBERS, Locks
from .locked import pins_of, refuse_edited
from .render import WRITTEN_BY
from .status import Status, looked_at_until


def check(locks: Locks, status: Status) -> None:
    """Raise BuildError unless every lock file is what its inputs say."""
    refuse_edited(locks, status)
    findings = status.moved or status.outdated
    if findings:
        raise BuildError("; ".join(findings), locks.folder, "Run 'doit locks' and commit what it changes.")
    _refuse_left(locks)
    print(f"{len(status.entries)} pins in {len(locks.every_group)} groups are what their inputs say")


def _refuse_left(locks: Locks) -> None:
    """Raise for a file that `doit locks` wrote for a member that is gone: what git tracks, nothing deletes by itself."""
    for path in sorted(Path(locks.folder, MEMBERS).glob("*.txt")):
        name = path.as_posix()
        if name not in locks.files and path.read_text("utf-8", errors="replace").startswith(WRITTEN_BY):
            raise BuildError("its member is gone", name, f"Delete it: 'git rm {name}'.")


def verify_locks(locks: Locks, status: Status) -> None:
    """Resolve again as of the recorded time and raise where another pin or fewer digests come out."""
    from .resolve import resolve
    from .verify import differences, yanked

    check(locks, status)
    until = looked_at_until(status.header)
    choices = ["--no-reuse-hashes", *([f"--uploaded-prior-to={until}"] if until else [])]
    found = resolve(locks, status.sources, pins_of(status), choices)
    if said := differences(status.entries, found):
        raise BuildError("; ".join(said), locks.constraints, "Run 'doit upgrade' for these packages.")
    for line in yanked(found):
        print(line)
    print(f"a second resolution as of {until or 'now'} selects the same {len(status.entries)} pins")


def ask_oracle(locks: Locks, status: Status) -> None:
    """Have pip, and uv if there is one, select each group's packages, and raise where a group's file differs."""
    from .verify import disagreements, selected_by_pip, selected_by_uv

    check(locks, status)
    program = uv.find()
    said = []
    for source in status.sources:
        selections = {"pip": selected_by_pip(source, locks.constraints)}
        if program:
            selections["uv"] = selected_by_uv(program, source, locks.constraints)
        said += disagreements(locks, source.group, selections)
    if said:
        raise BuildError(
            "; ".join(said), locks.folder, "One of them is wrong: find out which before you go on."
        )
    print(
        f"pip{' and uv' if program else ''} select what the locks say, for each of {len(locks.every_group)} groups"
    )
