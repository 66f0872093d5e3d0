"""Command line of the members: `imports`, `deployment`, `owners` and `each` check, `wheel` and `bundle` build, `release` publishes, `list` tells, `new` makes."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from buildgraph import command
from buildgraph.errors import BuildError
from buildgraph.rules.word import from_word

from . import Locked, Member, Members


def imports(members: str) -> None:
    """Hold all imports to the layout."""
    from .imports import check

    check(from_word(Members, members))


def deployment(deployments: str) -> None:
    """Check what deploys the services."""
    from .bundled import Deployments
    from .deployment import check

    check(from_word(Deployments, deployments))


def wheel(member: str, python: str, locked: str, into: str) -> None:
    """Build a wheel and an sdist."""
    from .packing import build

    build(from_word(Member, member), python, from_word(Locked, locked), into)


def bundle(one: str, python: str, output: str) -> None:
    """Build a bundle."""
    from .bundled import Bundle
    from .bundling import make

    make(from_word(Bundle, one), python, output)


def release(releases: str, *words: str) -> None:
    """Publish a shared library."""
    from .released import OPTIONS, Releases
    from .releasing import release

    parser = argparse.ArgumentParser(prog="release")
    parser.add_argument("member", nargs="?", default="", help="the shared library")
    command.add_options(parser, OPTIONS)
    given = parser.parse_args(words)
    release(from_word(Releases, releases), given.member, given.index, given.part)


def listing(members: str, *words: str) -> None:
    """List or draw the members."""
    from .listing import tell

    sys.stdout.write(tell(from_word(Members, members), *words))


def owners(members: str, *files: str) -> None:
    """Write who looks after what, or judge what is written."""
    from .owners import check_or_write

    check_or_write(from_word(Members, members), files)


def new(*words: str) -> None:
    """Make a member."""
    from .creating import create

    create(*words)


def each(*words: str) -> int:
    """Run commands one after the other."""
    from .each import run_each

    return run_each(list(words))


VERBS: Mapping[str, Callable[..., int | None]] = {
    **{"imports": imports, "deployment": deployment, "each": each, "wheel": wheel, "bundle": bundle},
    **{"release": release, "list": listing, "new": new, "owners": owners},
}


def main(argv: Sequence[str]) -> int:
    """Do what the first word says; return the exit code."""
    verb, *words = argv
    if verb not in VERBS:
        raise BuildError(f"'{verb}' is not a verb of members", "", "Run the task with 'doit'.")
    return VERBS[verb](*words) or 0


if __name__ == "__main__":
    command.run(main)
