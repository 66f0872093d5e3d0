"""Command line of the members: `imports` and `each` check, `wheel` builds, `list` tells, `new` makes."""

import sys

from buildgraph import command
from buildgraph.errors import BuildError
from buildgraph.rules.word import from_word

from . import Locked, Member, Members


def main(argv: list[str]) -> int:
    """Do what the first word says; return the exit code."""
    verb, *words = argv
    if verb == "imports":
        from .imports import check

        check(from_word(Members, words[0]))
    elif verb == "wheel":
        from .packing import build

        build(from_word(Member, words[0]), words[1], from_word(Locked, words[2]), words[3])
    elif verb == "bundle":
        from .bundled import Bundle
        from .bundling import bundle

        bundle(from_word(Bundle, words[0]), *words[1:])
    elif verb == "deployment":
        from .bundled import Deployments
        from .deployment import check as check_deployment

        check_deployment(from_word(Deployments, words[0]))
    elif verb == "list":
        from .listing import drawn, listed

        tell = drawn if "--graph" in words[1:] else listed
        sys.stdout.write(tell(from_word(Members, words[0])))
    elif verb == "new":
        from .creating import create

        create(*words)
    elif verb == "each":
        from .each import run_each

        return run_each(words)
    else:
        raise BuildError(f"'{verb}' is not a verb of members", "", "Run the task with 'doit'.")
    return 0


if __name__ == "__main__":
    command.run(main)
