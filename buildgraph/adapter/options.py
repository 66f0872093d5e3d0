"""Options: what doit says of a wrong option, as one sentence."""

from __future__ import annotations

from getopt import GetoptError, gnu_getopt

from doit.cmdparse import CmdParse, CmdParseError

from buildgraph.errors import BuildError
from buildgraph.suggest import did_you_mean


def options_first(words: list[str], parser: CmdParse) -> list[str]:
    """Return a command's words with its options first; words with others among them, which may be a task's, as they are."""
    try:
        found, rest = gnu_getopt(words, parser.get_short(), parser.get_long())
    except GetoptError as error:
        if "requires argument" in error.msg:
            raise CmdParseError(str(error)) from None
        near = did_you_mean(f"--{error.opt}", _known(parser)) if "not recognized" in error.msg else ""
        if near:
            raise BuildError(f"unknown option '--{error.opt}'", "", near) from None
        return words
    options = [
        [name] if not value else [f"{name}={value}"] if name[:2] == "--" else [name, value]
        for name, value in found
    ]
    return [*(word for option in options for word in option), *rest]


def bad_option(error: CmdParseError, parser: CmdParse, task: str = "", command: str = "") -> BuildError:
    """Return the sentence for a wrong option of a task, or of a command of doit's."""
    text = str(error)
    of = f" of '{task}'" if task else ""
    hint = f"'doit help {task or command}' lists the options."
    if "not recognized" in text or "not a unique prefix" in text:
        word = next(word for word in text.split() if word.startswith("-"))
        what = f"the task '{task}' has no option '{word}'" if task else f"unknown option '{word}'"
        return BuildError(what, "", did_you_mean(word, _known(parser)) or hint)
    if "requires argument" in text:
        word = next(word for word in text.split() if word.startswith("-"))
        return BuildError(f"the option '{word}'{of} needs a value", "", hint)
    name = text.partition("parameter '")[2].partition("'")[0]
    option = next((option for option in parser.options if option.name == name), None)
    shown = f"--{option.long}" if option and option.long else name
    if option and option.choices:
        given = text.partition("Provided '")[2].partition("'")[0] or _given(text)
        choices = ", ".join(map(str, option.choices))
        return BuildError(f"the option '{shown}'{of} cannot be '{given}'", "", f"It can be: {choices}.")
    return BuildError(f"the option '{shown}'{of} cannot be '{_given(text)}'", "", hint)


def _known(parser: CmdParse) -> list[str]:
    return [f"--{name}" for option in parser.options for name in (option.long, option.inverse) if name]


def _given(text: str) -> str:
    return text.rstrip().rpartition(": ")[2].strip("'")
