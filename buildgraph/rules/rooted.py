"""Rooted: `{root}` in a word of a command, or in a value of its environment, stands for the checkout's path.

A rule that says so has the path in its identity. `{root}/OUTPUT` is the place of an output for a tool that works in another folder.
"""

from __future__ import annotations

from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.rules.values import Rule

ROOT = "{root}"


WITHIN = r"(?<![^/:]/)\{root\}(?![\w.-])"
"""Where a word has it: `-I{root}/a`, `file://{root}` and `{root}:{root}/b`. In `src/{root}` and `{root}.o` it is a name of a file."""


def is_rooted(rule: Rule, words: Sequence[str]) -> bool:
    """Tell whether the checkout's path is part of what a rule is."""
    return any(ROOT in word and word_for(rule, word, "") != word for word in words) or any(
        ROOT in value for _, value in rule.environment
    )


def word_for(rule: Rule, word: str, root: str) -> str:
    """Return a word as it is said to a process; one that is an input is that file."""
    if ROOT not in word or word in rule.inputs:
        return word
    import re  # Few rules name it.

    return re.sub(WITHIN, lambda _: root, word)


def divided(word: str) -> tuple[str, str]:
    """Return what of a word comes before a path that it may name, an option's name or the root, and the rest: `--out={root}/a/` is `--out={root}/` and `a/`."""
    option, equals, value = word.rpartition("=") if word.startswith("-") else ("", "", word)
    start = f"{ROOT}/" if value.startswith(f"{ROOT}/") else ""
    return option + equals + start, value[len(start) :]
