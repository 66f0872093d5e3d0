"""Command line of the locks: `compile` brings them up to date, `check` verifies them offline."""

import argparse

from buildgraph import command
from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import Locks
from .render import render_constraints, render_graph
from .status import Status, derive, inputs, options, read_status


def main(argv: list[str]) -> None:
    """Run one of the two verbs; raise BuildError with what is wrong."""
    parser = argparse.ArgumentParser(prog="locks")
    parser.add_argument("verb", choices=("compile", "check"))
    parser.add_argument("--folder", required=True)
    parser.add_argument("--python", action="append", required=True)
    parser.add_argument("--group", action="append", required=True)
    parser.add_argument("--rewrite", action="store_true", help="replace files that were edited by hand")
    given = parser.parse_args(argv)
    locks = Locks(tuple(given.group), tuple(given.python), given.folder)
    if given.verb == "check":
        check(locks, read_status(locks))
    else:
        compile_locks(locks, read_status(locks), rewrite=given.rewrite)


def check(locks: Locks, status: Status) -> None:
    """Raise BuildError unless every lock file is what its inputs say."""
    findings = status.edited or status.moved or status.outdated
    if findings:
        raise BuildError("; ".join(findings), locks.folder, "Run 'doit locks' and commit what it changes.")
    print(f"{len(status.entries)} pins in {len(locks.groups)} groups are what their inputs say")


def compile_locks(locks: Locks, status: Status, rewrite: bool) -> None:
    """Resolve if an input moved, derive what is out of date, and touch nothing else."""
    if status.edited and not rewrite:
        raise BuildError(
            f"{'; '.join(status.edited)}: it was edited by hand",
            locks.folder,
            "Put the change into the '.in' file of that group, then run 'doit locks --rewrite'.",
        )
    derived = dict(status.derived)
    if status.moved:
        from .resolve import resolve

        print("resolving: " + "; ".join(status.moved))
        old = render_constraints({}, status.entries.values())
        resolution = resolve(locks, status.sources, old)
        derived, _ = derive(locks, status.sources, resolution.entries, resolution.pins)
        header = {**options(locks), **inputs(status.sources)}
        derived[locks.graph] = render_graph(resolution.pins.values())
        derived[locks.constraints] = render_constraints(header, resolution.entries.values())
    written = [path for path, text in derived.items() if write_text(path, text)]
    print(f"wrote {', '.join(written)}" if written else "nothing to resolve, nothing to write")


if __name__ == "__main__":
    command.run(main)
