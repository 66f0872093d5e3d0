"""Discovered: what a command says that it has read, in the file that its rule names."""

from __future__ import annotations

from buildgraph.errors import BuildError
from buildgraph.layout import canonical_path


def read_discovered(path: str) -> tuple[list[str], list[str]]:
    """Read the inputs and folders that a command says it has read."""
    import json  # Most commands say nothing.

    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        inputs, folders = found.get("inputs", []), found.get("folders", [])
        if not isinstance(inputs, list) or not isinstance(folders, list):
            raise TypeError
        return [canonical_path(each, path) for each in inputs], [
            canonical_path(each, path).rstrip("/") for each in folders
        ]
    except (ValueError, AttributeError, TypeError, UnicodeDecodeError):
        hint = 'It must be {"inputs": [...], "folders": [...]}.'
        raise BuildError(f"the list of discovered inputs in '{path}' cannot be read", "", hint) from None
