"""Words: which tasks the words of the command line select, and with which options and arguments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from buildgraph.decide.plan import Plan
from buildgraph.decide.unknown import unknown
from buildgraph.errors import BuildError
from buildgraph.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from buildgraph.decide.plan import Option

MOST_NAMES = 2000
"""So many files are compared with a path that was mistyped."""
HELP = "--help"


def select(plan: Plan, words: Sequence[str] | None, default: Sequence[str] | None) -> None:
    """Enter in the plan what the words of the command line, or else the default, select."""
    rest = list(words or default or ())
    selected: dict[str, None] = {} if rest else dict.fromkeys(plan.tasks)
    position = 0
    while position < len(rest):
        name = rest[position]
        position += 1
        if "*" in name and name not in plan.tasks:
            selected.update(dict.fromkeys(_matching(plan, name)))
            continue
        if name.startswith("-") and selected:
            _refuse_option(name, list(selected)[-1])
        task = _named(plan, name)
        path = name.removeprefix("./")
        if name not in plan.tasks and not path.endswith("/") and f"{path}/" not in plan.producers.trees:
            plan.wanted[path] = task
        if task in plan.with_words or (rest[position : position + 1] and rest[position][:1] == "-"):
            rest, position = _take_words(plan, task, rest[position:], is_asked=True), 0
        selected[task] = None
    plan.selected, plan.is_named = list(selected), bool(words or default)
    for task in plan.with_words:
        if task not in plan.words:
            _take_words(plan, task, [])
    if plan.judged:
        _judge_first(plan)


def _judge_first(plan: Plan) -> None:
    """Let what makes the judged files wait for the check, unless the command line names it before the check."""
    wanted = set(plan.ordered())
    position = {name: number for number, name in enumerate(plan.selected)}
    for check, makers in plan.judged.items():
        for maker in wanted.intersection(makers) if check in wanted else ():
            is_first = position.get(maker, len(position)) < position.get(check, len(position))
            before, after = (maker, check) if is_first else (check, maker)
            plan.waits[after] = (*plan.waits.get(after, plan.graph[after]), before)


def _matching(plan: Plan, pattern: str) -> list[str]:
    from fnmatch import fnmatch

    found = [task for task in plan.tasks if fnmatch(task, pattern)]
    if not found:
        raise BuildError(f"no task matches '{pattern}'", "", "Run 'doit list' to see the tasks.")
    return found


def _named(plan: Plan, name: str) -> str:
    if name in plan.tasks:
        return name
    maker = plan.maker(name.removeprefix("./"))
    if maker is not None:
        return maker
    raise unknown(plan, name)


def _refuse_option(name: str, task: str) -> NoReturn:
    """Raise for an option behind a task that does not take it."""
    hint = f"'doit help {task}' shows what it takes; options of doit itself come before the task's name."
    raise BuildError(f"the task '{task}' has no option '{name}'", "", hint)


def near_in_tree(path: str) -> str:
    """Return "Did you mean 'x'?" for the file nearest to a path, of those in the nearest folder above it that is there."""
    folder = os.path.dirname(path)
    while folder and not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    names = [f"{place}/{name}".replace(os.sep, "/") for place, _, names in os.walk(folder) for name in names]
    return did_you_mean(path, names[:MOST_NAMES])


def _take_words(plan: Plan, task: str, words: list[str], is_asked: bool = False) -> list[str]:
    """Take the task's options, and arguments if it has any, off the command line; return what is left."""
    rest = _take(plan, task, words, is_asked)
    plan.given[task] = tuple(words[: len(words) - len(rest)])
    return rest


def _take(plan: Plan, task: str, rest: list[str], is_asked: bool) -> list[str]:
    rule = plan.rules.get(task)
    if rule is None:
        if task not in plan.with_words or plan.acts is None:
            return rest
        plan.options[task], words, rest = plan.acts.take_words(task, rest)
        plan.words[task] = tuple(words)
        return rest
    options = {str(each["name"]): each for each in plan.tasks[task].options}
    values = {name: each["default"] for name, each in options.items()}
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        taken = _take_option(options, task, rest, values, rule.arguments is True)
        if not taken:
            break
        rest = rest[taken:]
    if is_asked:
        _refuse_missing(options, task, values)
    for name in plan.tasks[task].given:
        del values[name]
    plan.placed[task] = {name: value for name, value in values.items() if _has_place(rule.command, name)}
    plan.words[task] = tuple(_as_words(options, values, plan.placed[task]))
    if not rule.arguments:
        return rest
    if isinstance(rule.arguments, tuple):
        _refuse_more(rule.arguments, task, rest)
    plan.words[task] += tuple(rest)
    if rest:
        plan.with_arguments.add(task)
    return []


def _refuse_missing(options: Mapping[str, Option], task: str, values: Mapping[str, object]) -> None:
    """Raise for an option that must be given and is not."""
    for name, option in options.items():
        if values[name] is ...:
            typed = f"-{option['short']}" if option.get("short") else f"--{option['long']}"
            hint = f"Run 'doit {task} {typed} \"{option.get('help') or 'VALUE'}\"'."
            raise BuildError(f"'{task}' needs the option '--{option['long']}'", "", hint)


def _refuse_more(names: Sequence[str], task: str, words: Sequence[str]) -> None:
    """Raise for more words than a task has a meaning for."""
    if len(words) > len(names):
        takes = " ".join(["doit", task, *(f"[{name.upper()}]" for name in names)])
        raise BuildError(f"'{task}' does not take '{words[len(names)]}'", "", f"Run '{takes}'.")


def _take_option(
    options: Mapping[str, Option], task: str, rest: list[str], values: dict, has_arguments: bool
) -> int:
    """Enter the option at the head of `rest` and return how many words it took; none if it is an argument."""
    name, equals, given = _split(options, rest[0])
    option, is_inverse = _find(options, name)
    if option is None:
        known = [f"--{each['long']}" for each in options.values() if each.get("long")]
        if has_arguments and not _is_slip(name, known) and not _is_help(name):
            return 0
        if name == HELP:
            raise BuildError("'--help' follows the task's name", "", f"Run 'doit {task} --help'.")
        meant = ["--help"] if _is_help(name) else known
        hint = did_you_mean(name, meant) or (
            f"It knows {', '.join(known)}." if known else "It has no options."
        )
        raise BuildError(f"the task '{task}' has no option '{name}'", "", hint)
    is_flag = option["type"] is bool
    taken = 1 if is_flag or equals else 2
    if taken > len(rest):
        raise BuildError(f"the option '{name}' of '{task}' needs a value", "", f"Write '{name}=VALUE'.")
    if is_flag and not equals:
        values[option["name"]] = not is_inverse
        return taken
    given = given if equals else rest[1]
    refused = f"the option '{name}' of '{task}' cannot be '{given}'"
    if (choices := dict(option.get("choices") or ())) and given not in choices:
        raise BuildError(refused, "", f"It can be: {', '.join(choices)}.")
    if is_flag:
        raise BuildError(refused)
    try:
        values[option["name"]] = option["type"](given)
    except ValueError:
        raise BuildError(refused) from None
    return taken


def _split(options: Mapping[str, Option], word: str) -> tuple[str, str, str]:
    """Return an option, what stands between it and its value, and the value if it is in the same word: `--name=x`, `-nx`."""
    option, _ = _find(options, word[:2]) if word[1:2] != "-" and len(word) > 2 else (None, False)
    if option is not None and option["type"] is not bool and word[2] != "=":
        return word[:2], "=", word[2:]
    name, equals, given = word.partition("=")
    return name, equals, given


def _is_slip(word: str, options: Iterable[str]) -> bool:
    """Tell whether a word is an option with letters in another order: no option of the command that gets the other words."""
    return any(word != option and sorted(word) == sorted(option) for option in options)


def _is_help(word: str) -> bool:
    """Tell whether a word is `--help` with its letters in another order, or one of them missing or too many."""
    short, long = sorted((word, HELP), key=len)
    rest = iter(long)
    is_within = len(long) - len(short) == 1 and all(letter in rest for letter in short)
    return is_within or _is_slip(word, [HELP])


def _find(options: Mapping[str, Option], word: str) -> tuple[Option | None, bool]:
    """Return the option that a word is, and whether it is the opposite of it."""
    for option in options.values():
        for key, dashes in (("short", "-"), ("long", "--"), ("inverse", "--")):
            if option.get(key) and word == f"{dashes}{option[key]}":
                return option, key == "inverse"
    return None, False


def _has_place(command: Sequence[str], option: str) -> bool:
    """Tell whether a command says itself where an option's value goes, as in `--port={port}`."""
    return any(f"{{{option}}}" in word for word in command)


def _as_words(
    options: Mapping[str, Option], values: Mapping[str, object], placed: Mapping[str, object]
) -> list[str]:
    words = []
    for name, option in options.items():
        if name in placed or name not in values:
            continue
        value = values[name]
        if value is True:
            words.append(f"--{option.get('long') or name}")
        elif value not in (None, False, "", ...):
            words.append(f"--{option.get('long') or name}={value}")
    return words
