"""Command line of the locks: `compile` and `upgrade` write them; `check` verifies them offline, `verify` and `oracle` online."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from buildgraph import command, uv
from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import Locks, upgrade
from .render import parse_entries, render_constraints, render_graph
from .status import Status, dated, derive, looked_at_until, options, read_status
from .upgrade import DEFAULT_DAYS

if TYPE_CHECKING:
    from .resolve import Resolution


def main(argv: list[str]) -> None:
    """Run one of the verbs; raise BuildError with what is wrong."""
    parser = argparse.ArgumentParser(prog="locks")
    parser.add_argument("verb", choices=("compile", "check", "upgrade", "verify", "oracle"))
    parser.add_argument("--folder", required=True)
    parser.add_argument("--python", action="append", required=True)
    parser.add_argument("--group", action="append", required=True)
    parser.add_argument("--rewrite", action="store_true", help="replace files that were edited by hand")
    parser.add_argument(
        "--days", type=int, default=DEFAULT_DAYS, help="how old a release has to be for an upgrade"
    )
    parser.add_argument("names", nargs="*", help="the packages to upgrade; none means all")
    given = parser.parse_intermixed_args(argv)
    locks = Locks(tuple(given.group), tuple(given.python), given.folder)
    status = read_status(locks)
    if given.verb == "compile":
        compile_locks(locks, status, rewrite=given.rewrite)
    elif given.verb == "upgrade":
        upgrade_locks(locks, status, given.names, given.days)
    else:
        {"check": check, "verify": verify_locks, "oracle": ask_oracle}[given.verb](locks, status)


def check(locks: Locks, status: Status) -> None:
    """Raise BuildError unless every lock file is what its inputs say."""
    findings = status.edited or status.moved or status.outdated
    if findings:
        raise BuildError("; ".join(findings), locks.folder, "Run 'doit locks' and commit what it changes.")
    print(f"{len(status.entries)} pins in {len(locks.groups)} groups are what their inputs say")


def compile_locks(locks: Locks, status: Status, rewrite: bool) -> None:
    """Resolve if an input moved, derive what is out of date, and touch nothing else."""
    if not rewrite:
        refuse_edited(locks, status)
    derived = dict(status.derived)
    if status.moved:
        from .resolve import resolve

        print("resolving: " + "; ".join(status.moved))
        resolution = resolve(locks, status.sources, pins_of(status))
        derived = files_of(locks, status, resolution, status.header)
    written = [path for path, text in derived.items() if write_text(path, text)]
    print(f"wrote {', '.join(written)}" if written else "nothing to resolve, nothing to write")


def upgrade_locks(locks: Locks, status: Status, names: list[str], days: int) -> None:
    """Resolve for newer versions, write the locks, and report what changed."""
    from .resolve import resolve

    refuse_edited(locks, status)
    upgrade.refuse_unknown(names, status.pins)
    now = upgrade.now()
    resolution = resolve(locks, status.sources, pins_of(status), upgrade.choices(names, days, now))
    if upgrade.stayed(names, status.pins, resolution.pins):
        # A pin of something that the newer release needs newer, too, holds it back.
        wider = [*names, *upgrade.required(names, status.pins)]
        resolution = resolve(locks, status.sources, pins_of(status), upgrade.choices(wider, days, now))
    derived = files_of(locks, status, resolution, {} if not names else status.header)
    groups = {group: parse_entries(derived[locks.file(group)]) for group in locks.groups}
    for path, text in derived.items():
        write_text(path, text)
    print(upgrade.report(upgrade.steps(status.pins, resolution.pins, groups, names, resolution.about)))


def verify_locks(locks: Locks, status: Status) -> None:
    """Resolve again as of the recorded time and raise where another pin or fewer digests come out."""
    from .resolve import resolve
    from .verify import differences

    check(locks, status)
    until = looked_at_until(status.header)
    choices = [f"--uploaded-prior-to={until}"] if until else []
    if said := differences(status.entries, resolve(locks, status.sources, pins_of(status), choices)):
        raise BuildError("; ".join(said), locks.constraints, "Run 'doit upgrade' for these packages.")
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
        f"pip{' and uv' if program else ''} select what the locks say, for each of {len(locks.groups)} groups"
    )


def refuse_edited(locks: Locks, status: Status) -> None:
    """Raise if a file holds somebody's words that would be lost."""
    if status.edited:
        raise BuildError(
            f"{'; '.join(status.edited)}: it was edited by hand",
            locks.folder,
            "Put the change into the '.in' file of that group, then run 'doit locks --rewrite'.",
        )


def pins_of(status: Status) -> str:
    """Return the present pins as the constraints that a resolver starts from."""
    return render_constraints({}, status.entries.values())


def files_of(
    locks: Locks, status: Status, resolution: "Resolution", old: Mapping[str, str]
) -> dict[str, str]:
    """Return the text of every lock file for a resolution; inputs that `old` knows keep their time."""
    files, _ = derive(locks, status.sources, resolution.entries, resolution.pins)
    time = upgrade.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    header = {**options(locks), **dated(status.sources, old, time)}
    files[locks.graph] = render_graph(resolution.pins.values())
    files[locks.constraints] = render_constraints(header, resolution.entries.values())
    return files


if __name__ == "__main__":
    command.run(main)
