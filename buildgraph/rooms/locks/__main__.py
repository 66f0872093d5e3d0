"""Command line of the locks: `compile` and `upgrade` write them; `check` verifies them offline, `verify` and `oracle` online."""

import argparse
import json

from buildgraph import command, uv
from buildgraph.errors import BuildError

from . import Locks, Trial, holds
from .locked import files_of, pins_of, refuse_edited, write
from .status import Status, looked_at_until, read_status
from .upgrade import DEFAULT_DAYS

SHOWN = 3
"""How many reasons to resolve are told."""


def main(argv: list[str]) -> None:
    """Run one of the verbs; raise BuildError with what is wrong."""
    parser = argparse.ArgumentParser(prog="locks")
    parser.add_argument("verb", choices=("compile", "check", "upgrade", "verify", "oracle"))
    parser.add_argument("--folder", required=True)
    parser.add_argument("--python", action="append", required=True)
    parser.add_argument("--group", action="append", required=True)
    parser.add_argument("--library", action="append", default=[])
    parser.add_argument("--rewrite", action="store_true", help="replace files that were edited by hand")
    parser.add_argument(
        "--days", type=int, default=DEFAULT_DAYS, help="how old a release has to be for an upgrade"
    )
    parser.add_argument("--test", action="store_true", help="run the tests, and hold back what fails them")
    parser.add_argument("--timeout", type=_seconds, help="seconds after which a run of the tests has failed")
    parser.add_argument("--hold", type=int, default=holds.DAYS, help="days for which a release is held back")
    parser.add_argument("--environment", help="the environment that the tests run in")
    parser.add_argument("--make", type=json.loads, help="the command that makes it, a JSON list")
    parser.add_argument("--run", type=json.loads, help="the command that runs the tests, a JSON list")
    parser.add_argument("names", nargs="*", help="the packages to upgrade; none means all")
    given = parser.parse_intermixed_args(argv)
    locks = Locks(tuple(given.group), tuple(given.python), given.folder, tuple(given.library))
    status = read_status(locks)
    if given.verb == "compile":
        compile_locks(locks, status, rewrite=given.rewrite)
    elif given.verb == "upgrade":
        from .change import Request, upgrade_locks

        trial = trial_of(locks, given) if given.test else None
        upgrade_locks(
            locks, status, Request(tuple(given.names), given.days, trial, given.timeout, given.hold)
        )
    else:
        {"check": check, "verify": verify_locks, "oracle": ask_oracle}[given.verb](locks, status)


def trial_of(locks: Locks, given: argparse.Namespace) -> Trial:
    """Return how an upgrade is tested; raise if dodo.py does not say."""
    if not (given.environment and given.make and given.run):
        raise BuildError(
            "no command is known that tests an upgrade",
            locks.folder,
            "Give locks.command() a locks.Trial in dodo.py, or upgrade without '--test'.",
        )
    return Trial(given.environment, given.make, given.run)


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

        more = f"; and {len(status.moved) - SHOWN} more" if len(status.moved) > SHOWN else ""
        print("resolving: " + "; ".join(status.moved[:SHOWN]) + more)
        resolution = resolve(locks, status.sources, pins_of(status))
        derived = files_of(locks, status, resolution, status.header)
    written = write(derived)
    print(f"wrote {', '.join(written)}" if written else "nothing to resolve, nothing to write")


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
        f"pip{' and uv' if program else ''} select what the locks say, for each of {len(locks.groups)} groups"
    )


def _seconds(text: str) -> float | None:
    return float(text) if text else None


if __name__ == "__main__":
    command.run(main)
