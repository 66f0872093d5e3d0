"""Command line of the members: `imports`, `each` and `owners` check, `wheel` builds, `list` tells, `new` makes."""

import sys

from buildgraph import command
from buildgraph.errors import BuildError
from buildgraph.rules.word import from_word

from . import Member, Members


def main(argv: list[str]) -> int:
    """Do what the first word says; return the exit code."""
    verb, *words = argv
    if verb == "imports":
        from .imports import check

        check(from_word(Members, words[0]))
    elif verb == "wheel":
        from .packing import build

        build(from_word(Member, words[0]), *words[1:])
    elif verb == "list":
        from .listing import tell

        sys.stdout.write(tell(from_word(Members, words[0]), *words[1:]))
    elif verb == "owners":
        from .owners import check_or_write

        check_or_write(from_word(Members, words[0]), words[1:])
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
