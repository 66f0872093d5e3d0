"""Unread: what the processes that tests start are said not to read, in pytest's settings.

    [tool.pytest.ini_options]
    impact_unread = ["tests/library: application static tests/application"]

Nobody sees into a process of another program, so a test that starts one depends on all files of the project. A line takes folders out of that for the tests below
another one. It is a promise of the project's; `--impact-audit` runs everything and says where one is broken.
"""

from __future__ import annotations

from collections.abc import Iterable

SETTING = "impact_unread"
Rules = dict[str, frozenset[str]]
"""Folder of tests → folders that their processes do not read."""


def rules_of(lines: Iterable[str]) -> Rules:
    """Read the lines of the setting; a line that is none is a ValueError."""
    found: Rules = {}
    for line in lines:
        folder, colon, names = line.partition(":")
        if not colon or not folder.strip() or not names.split():
            raise ValueError(f"'{SETTING}' has the line '{line}', which is not 'TESTS: FOLDER...'")
        found[_plain(folder.strip())] = frozenset(map(_plain, names.split()))
    return found


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
