"""Given: what people write in `dodo.py`, as canonical values, or the sentence that says what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from buildgraph.errors import BuildError
from buildgraph.layout import canonical, canonical_path, exact, is_exact, refuse_unwritable
from buildgraph.rules.chosen import chosen, has_exclusions
from buildgraph.rules.values import PYTHON
from buildgraph.suggest import did_you_mean


def several(field: str, values: Iterable, where: str) -> tuple:
    if type(values) is list or type(values) is tuple:
        return tuple(values)
    if isinstance(values, (str, bytes)) or hasattr(values, "__fspath__"):
        raise BuildError(
            f"{field}={str(values)!r} is a single string",
            where,
            f"Write a list: {field}=[{str(values)!r}].",
        )
    try:
        return tuple(values)
    except TypeError:
        raise BuildError(f"{field}={values!r} is not a list", where) from None


def path_of(keyword: str, path: object, where: str) -> str | None:
    return None if path is None else canonical_path(path, where)


def paths_of(field: str, paths: Iterable[object], where: str) -> tuple[str, ...]:
    found = paths if type(paths) is list else several(field, paths, where)
    if has_exclusions(found):
        return chosen(field, found, where)
    if len(found) == 1:
        return (canonical(found[0], where),)
    return tuple(dict.fromkeys([canonical(path, where) for path in found]))


def command_of(keyword: str, command: Iterable[object], where: str) -> tuple[str, ...]:
    if isinstance(command, (str, bytes)):
        raise BuildError(
            f"the command {command!r} is a string", where, "Write an argument list; no shell is used."
        )
    words = several(keyword, command, where)
    words = tuple([word if type(word) is str else text_of("the command", word, where) for word in words])
    if not words or not words[0]:
        raise BuildError("the command is empty", where, "Write an argument list.")
    refuse_impossible("the command", words, where)
    if words[0] == PYTHON:
        return words
    if "/" not in words[0]:
        hint = "Write 'python' or a path of the checkout; nothing is looked up on PATH."
        raise BuildError(f"the command '{words[0]}' is not a path", where, hint)
    program = canonical_path(words[0], where)
    if program == PYTHON:
        hint = "Give it another name, or move it into a folder."
        raise BuildError(f"the command '{words[0]}' has the name of the interpreter", where, hint)
    if not is_exact(program):
        raise BuildError(f"the command '{words[0]}' is not a path of a file", where, "Name one program.")
    return (program, *words[1:])


def text_of(what: str, word: object, where: str) -> str:
    """Return a word of a command or a value of a variable: a text, a number or a path."""
    if type(word) is str:
        return word
    if isinstance(word, (str, int, float, os.PathLike)):
        return exact(word)
    raise BuildError(
        f"{what} has {word!r}, which is not a string", where, "Write a string, a number or a path."
    )


def text_of_task(key: str, text: object, where: str) -> str:
    """Return a task's name, its topic, or its purpose; raise if it is invalid."""
    if not isinstance(text, str) or (key != "doc" and (not text or "\n" in text)):
        what = {"doc": "text", "topic": "topic of a task"}.get(key, "name of a task")
        raise BuildError(f"{key}={text!r} is not a {what}", where)
    refuse_impossible(key, (text,), where)
    if key != "doc" and text.startswith("-"):
        raise BuildError(f"{key}={text!r} looks like an option", where, "Begin it with a letter.")
    return exact(text)


def flag_of(keyword: str, value: object, where: str) -> bool:
    if type(value) is not bool:
        raise BuildError(f"{keyword}={value!r} is neither True nor False", where)
    return value


def count_of(keyword: str, value: object, where: str) -> int:
    if type(value) is not int or value < 0:
        raise BuildError(f"{keyword}={value!r} is not a number of words", where)
    return value


def arguments_of(keyword: str, value: bool | Iterable[str], where: str) -> bool | tuple[str, ...]:
    """Return True for words of any kind, or the names of those that can follow."""
    return value if isinstance(value, bool) else tuple(names_of(keyword, value, where))


def environment_of(
    keyword: str, environment: Mapping[str, object] | None, where: str
) -> tuple[tuple[str, str], ...]:
    if not environment:
        return ()
    if not isinstance(environment, Mapping):
        hint = "Write a dictionary: environment={'NAME': 'value'}."
        raise BuildError(f"environment={environment!r} is not a dictionary", where, hint)
    values = {}
    for given, text in environment.items():
        name = _variable(given, where)
        value = values[name] = text_of(f"the variable '{name}'", text, where)
        refuse_impossible(f"the variable '{name}'", (value,), where)
    return tuple(sorted(values.items()))


def explained_of(keyword: str, words: Mapping[str, str], where: str) -> tuple[tuple[str, str], ...]:
    """Return what follows a task's name, and what it means; raise if it is not a mapping of texts."""
    if not isinstance(words, Mapping) or not all(
        isinstance(each, str) for pair in words.items() for each in pair
    ):
        hint = "Write a dictionary: explains={'--all': 'all of them'}."
        raise BuildError(f"{keyword}={words!r} is not a dictionary of texts", where, hint)
    return tuple((exact(word), exact(meaning)) for word, meaning in words.items())


def inherited_of(keyword: str, names: Iterable[str], where: str) -> tuple[str, ...]:
    return tuple(sorted({_variable(name, where) for name in several(keyword, names or (), where)}))


def _variable(name: object, where: str) -> str:
    if not isinstance(name, str) or not name or "=" in name or "\0" in name:
        raise BuildError(f"{name!r} is not the name of an environment variable", where)
    refuse_impossible("the name of a variable", (name,), where)
    return exact(name)


OPTION = frozenset(("name", "long", "short", "inverse", "default", "help", "type", "choices", "metavar"))
"""What a dictionary can say of an option, as doit has it; a variable that sets it would be no input of the task."""


def options_of(keyword: str, options: Iterable[Mapping], where: str) -> list[dict]:
    options = several(keyword, options or (), where)
    for each in options:
        if not (
            isinstance(each, Mapping)
            and isinstance(each.get("name"), str)
            and each.get("type", str) in (str, bool, int, float)
        ):
            raise BuildError(f"{each!r} is not an option of a task", where, "Declare it with option().")
        for key in each.keys() - OPTION:
            hint = "Name the variable in inherit=[…]." if key == "env_var" else did_you_mean(str(key), OPTION)
            raise BuildError(f"the option '{each['name']}' has the unknown key '{key}'", where, hint)
        refuse_impossible("an option's default", (str(each.get("default")),), where)
    return [dict(each) for each in options]


def names_of(keyword: str, names: Iterable[str], where: str) -> list[str]:
    names = several(keyword, names or (), where)
    for name in names:
        if not isinstance(name, str):
            raise BuildError(f"{keyword} names {name!r}, which is not the name of a task", where)
    return [exact(name) for name in names]


def refuse_impossible(what: str, texts: Sequence[str], where: str) -> None:
    """Raise if a process cannot be given a word or a value."""
    text = "\n".join(texts)
    if "\0" in text:
        raise BuildError(f"{what} contains a zero byte", where)
    if not text.isascii():
        refuse_unwritable(text, where)
