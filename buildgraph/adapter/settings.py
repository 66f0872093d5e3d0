"""Settings: what DOIT_CONFIG, `[tool.doit]` in `pyproject.toml` and `doit.cfg` can say here; the rest is refused by name.

doit ignores a name that it does not know, and some that it does know mean nothing to this engine: where its state is,
say. A file sets options of commands and of tasks; what is not an option (`default_tasks`) stands in DOIT_CONFIG.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from doit.cmdparse import CmdOption, CmdParseError
from doit.task import Task

from buildgraph.errors import BuildError
from buildgraph.running.reporter import REPORTERS
from buildgraph.suggest import did_you_mean

CONFIG: dict[str, tuple[Callable[[object], bool], str]] = {
    "default_tasks": (
        lambda value: isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value),
        "a list of task names",
    ),
    "num_process": (lambda value: type(value) is int and value >= 0, "a non-negative number"),
    "reporter": (lambda value: value in REPORTERS, f"one of {', '.join(REPORTERS)}"),
    "continue": (lambda value: isinstance(value, bool), "True or False"),
    "always": (lambda value: isinstance(value, bool), "True or False"),
    "wait": (lambda value: isinstance(value, bool), "True or False"),
    "cache": (lambda value: isinstance(value, bool), "True or False"),
    "pdb": (lambda value: isinstance(value, bool), "True or False"),
    "verbosity": (lambda value: type(value) is int and value in (0, 1, 2), "0, 1 or 2"),
    "action_string_formatting": (lambda value: value in ("old", "new", "both"), "one of old, new, both"),
    "minversion": (
        lambda value: isinstance(value, str) and value.count(".") == 2,
        "a version with three parts, such as '0.37.0'",
    ),
}
"""The keys of DOIT_CONFIG that mean something here: which values they can have, and how that is said."""

STORE = dict.fromkeys(
    ("dep_file", "backend", "codec_cls", "check_file_uptodate"),
    "The state is in '.buildgraph/', kept as the engine keeps it.",
)
"""What doit can be told of a store of its own: name → what to say."""
PLUGINS = ("COMMAND", "LOADER", "BACKEND", "REPORTER")
"""The sections in which doit is told of plugins."""
OF_TASK = "task:"


def check_config(config: Mapping[str, object]) -> None:
    """Raise if DOIT_CONFIG has a key or a value that means nothing."""
    for key, value in config.items():
        if key not in CONFIG:
            hint = (
                STORE.get(key) or did_you_mean(str(key), CONFIG) or f"It knows {', '.join(sorted(CONFIG))}."
            )
            raise BuildError(f"DOIT_CONFIG has the unknown key '{key}'", "dodo.py", hint)
        _refuse_value(f"DOIT_CONFIG's '{key}'", key, value, "dodo.py")


def check_file(file: str, sections: Mapping[str, Mapping], options: Mapping[str, Iterable[Mapping]]) -> None:
    """Raise if a file has a section, a key or a value that means nothing; `options` are those of each command."""
    for section, values in sections.items():
        if section in PLUGINS:
            what = f"doit's plugins of the kind '{section.lower()}' are not loaded by this engine"
            raise BuildError(what, file, "Remove them.")
        if section.startswith(OF_TASK):
            continue  # The tasks are not known yet.
        if section != "GLOBAL" and section not in options:
            hint = did_you_mean(section, options) or f"The commands are {', '.join(options)}."
            raise BuildError(f"it has settings for the unknown command '{section}'", file, hint)
        chosen = [name for name in options if section in ("GLOBAL", name)]
        _check(file, values, {each["name"]: each for name in chosen for each in options[name]})


def check_tasks(sections: Mapping[str, Mapping], tasks: Iterable[Task]) -> None:
    """Raise if a file has settings for a task that does not exist, or for options that it does not have."""
    chosen = {
        name.removeprefix(OF_TASK): values for name, values in sections.items() if name.startswith(OF_TASK)
    }
    if not chosen:
        return
    by_name = {task.name: task for task in tasks}
    for name, values in chosen.items():
        if name not in by_name:
            hint = did_you_mean(name, by_name) or "Run 'doit list' to see all tasks."
            raise BuildError(f"doit's settings name the task '{name}', which does not exist", "", hint)
        task = by_name[name]
        known = {option["name"]: option for option in (*task.params, *task.creator_params)}
        _check(f"the settings of the task '{name}'", values, known)


def _check(where: str, values: Mapping[str, object], known: Mapping[str, Mapping]) -> None:
    for key, value in values.items():
        if key not in known:
            raise _unknown(key, known, where)
        _refuse_option(CmdOption(dict(known[key])), value, where)


def _unknown(key: str, known: Mapping[str, Mapping], where: str) -> BuildError:
    if key in CONFIG:
        return BuildError(f"'{key}' is not set here", where, "Set it in DOIT_CONFIG of dodo.py.")
    names = f"It knows {', '.join(known)}." if known else "It has no options."
    return BuildError(
        f"'{key}' is an unknown setting", where, STORE.get(key) or did_you_mean(key, known) or names
    )


def _refuse_option(option: CmdOption, given: object, where: str) -> None:
    shown = f"'{option.name}'"
    try:
        value = option.str2type(given)
    except CmdParseError:
        hint = f"It can be: {', '.join(map(str, option.choices))}." if option.choices else ""
        raise BuildError(f"{shown} cannot be {given!r}", where, hint) from None
    if option.name in CONFIG:
        _refuse_value(shown, option.name, value, where)
    elif type(value) is not option.type:
        raise BuildError(f"{shown} cannot be {given!r}", where, f"It must be of type {option.type.__name__}.")


def _refuse_value(shown: str, key: str, value: object, where: str) -> None:
    is_right, what = CONFIG[key]
    if not is_right(value):
        raise BuildError(f"{shown} cannot be {value!r}", where, f"It must be {what}.")
