"""Completion: what can be typed next on a command line, as the graph that was stored last has it.

It is asked with each press of a key, so it neither loads doit nor runs `dodo.py`: after an edit of that file, tasks are completed as
they were until a run has stored the graph anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence

from buildgraph.errors import BuildError
from buildgraph.suggest import COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.decide.plan import Option, Plan

RUN = (
    *("--always-execute", "--continue", "--no-continue", "--process=", "--reporter="),
    *("--verbosity=", "--wait", "--no-wait", "--cache", "--no-cache", "--pdb"),
)
OPTIONS: Mapping[str, Sequence[str]] = {
    "run": RUN,
    "list": ("--all", "--quiet"),
    "graph": ("--format=", "--output="),
    "trace": ("--list", "--serve", "--output="),
    "clean": ("--dry-run", "--all", "--yes"),
    "why": ("--verbose",),
    "affected": ("--since=", "--quiet"),
}
"""Command → its options; the commands themselves are doit's, which is not loaded here."""
CHOICES: Mapping[str, Sequence[str]] = {
    "--reporter": ("console", "plain", "json", "silent"),
    "-r": ("console", "plain", "json", "silent"),
    "--format": ("html", "svg", "dot"),
}
"""Option of a command → what it can be."""
WITHOUT_TASKS = ("trace", "completion")
SHELLS = ("bash", "zsh", "fish")
Candidate = tuple[str, str]
"""A word, and a sentence on it."""


def complete(words: Sequence[str]) -> int:
    """Print what a shell asks for: its script, or what can follow `words`, the last of which is being typed; return the exit code."""
    if words[:1] == ["words"]:
        from buildgraph.proof.evidence import last_graph

        asked = list(words[1:]) or [""]
        found = {word: text for word, text in candidates(asked, last_graph()) if word.startswith(asked[-1])}
        sys.stdout.write("".join(f"{word}\t{text}\n" for word, text in found.items()))
        return 0
    if len(words) != 1 or words[0] not in SHELLS:
        said = (
            f"'{' '.join(words)}' is not a shell for which there is a script"
            if words
            else "no shell is named"
        )
        raise BuildError(said, "", "Run 'doit completion bash', 'zsh' or 'fish'.")
    from buildgraph.inspect.shells import SCRIPTS

    sys.stdout.write(SCRIPTS[words[0]])
    return 0


def candidates(words: Sequence[str], plan: Plan | None) -> Iterator[Candidate]:
    """Yield what can stand in the place of the last word."""
    *before, current = words
    command = before[0] if before and before[0] in COMMANDS else ""
    name, is_value, _ = current.partition("=")
    if before and before[-1] in CHOICES:
        yield from ((choice, "") for choice in CHOICES[before[-1]])
    elif is_value and name in CHOICES:
        yield from ((f"{name}={choice}", "") for choice in CHOICES[name])
    elif command == "completion":
        yield from ((shell, "") for shell in SHELLS)
    else:
        yield from _options(before, command, plan)
        if command not in WITHOUT_TASKS and not current.startswith("-"):
            yield from _names(before, command, plan)


def _options(before: Sequence[str], command: str, plan: Plan | None) -> Iterator[Candidate]:
    """Yield the options of the task that was named last, or else of the command."""
    task = next((word for word in reversed(before) if plan is not None and word in plan.tasks), "")
    if plan is not None and task and command in ("", "run"):
        for option in plan.tasks[task].options:
            yield from _option(option)
    elif command or not task:
        yield from ((option, "") for option in OPTIONS.get(command or "run", ()))
    yield "--help", "what it is for, with its options"


def _option(option: Option) -> Iterator[Candidate]:
    name, text = f"--{option.get('long') or option['name']}", str(option.get("help") or "")
    text %= {"default": option.get("default")}
    choices = [str(choice) for choice, _ in option.get("choices") or ()]
    if option.get("type") is bool:
        yield name, text
    elif choices:
        yield from ((f"{name}={choice}", text) for choice in choices)
    else:
        yield f"{name}=", text


def _names(before: Sequence[str], command: str, plan: Plan | None) -> Iterator[Candidate]:
    """Yield tasks, before the first of them commands as well; after one that takes arguments files may follow instead."""
    if plan is not None:
        rules = plan.rules
        if not command and any(word in rules and rules[word].arguments for word in before):
            return
        for name, task in plan.tasks.items():
            if not name.startswith("_"):
                yield name, task.doc.partition("\n")[0]
    if not before or command == "help":
        yield from ((name, "a command of doit") for name in COMMANDS)
