"""Unread: what the processes that tests start are said not to read, in `pyproject.toml`.

    [tool.buildgraph.impact.unread]
    "tests/library" = ["application", "tests/application"]

Nobody sees into a process of another program, so a test that starts one depends on all files of the project. A line takes folders out of that for the tests below
another one. It is a promise of the project's; `--audit` runs everything and says where one is broken.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping

SETTING = "tool.buildgraph.impact.unread"
Rules = dict[str, frozenset[str]]
"""Folder of tests → folders that their processes do not read."""


def settings(root: str) -> object:
    """Return the setting of a project; None if it has none."""
    try:
        with open(os.path.join(root, "pyproject.toml"), "rb") as file:
            return settings_of(tomllib.load(file).get("tool", {}))
    except (OSError, tomllib.TOMLDecodeError):
        return None


def settings_of(tools: Mapping) -> object:
    """Return the setting among those of all tools."""
    return tools.get("buildgraph", {}).get("impact", {}).get("unread")


def rules_of(found: object) -> Rules:
    """Return the rules of a setting; what is not a table of lists of folders is a ValueError."""
    table = {} if found is None else found
    if not isinstance(table, dict) or not all(map(_is_list, table.values())):
        raise ValueError(f"'{SETTING}' in pyproject.toml is not a table of lists of folders: {found!r}")
    return {_plain(tests): frozenset(map(_plain, folders)) for tests, folders in table.items()}


def _is_list(found: object) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, str) and each.strip("/") and " " not in each for each in found
    )


def unread_by(label: str, rules: Rules) -> str:
    """Return the folders that the processes of a context do not read, as the key of a fact."""
    path = label.partition(":")[2].partition("::")[0]
    folders = [each for each in rules if path == each or path.startswith(f"{each}/")]
    return " ".join(sorted(rules[max(folders, key=len)])) if folders else ""


def is_unread(path: str, key: str) -> bool:
    """Tell whether a path is in a folder of such a key."""
    return any(path == each or path.startswith(f"{each}/") for each in key.split())


def _plain(folder: str) -> str:
    return folder.strip("/")
