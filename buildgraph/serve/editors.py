"""Editors: the address that opens a file at a line, in the editor of the page's reader."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

VARIABLE = "BUILDGRAPH_EDITOR"
KNOWN = {
    "vscode": "vscode://file/{file}:{line}",
    "vscodium": "vscodium://file/{file}:{line}",
    "cursor": "cursor://file/{file}:{line}",
    "zed": "zed://file/{file}:{line}",
    "pycharm": "pycharm://open?file={file}&line={line}",
    "idea": "idea://open?file={file}&line={line}",
    "sublime": "subl://open?url=file://{file}&line={line}",
    "emacs": "emacs://open?url=file://{file}&line={line}",
}
"""What the editors say of themselves; any other is given as a template."""
UNSAFE = ("javascript:", "data:", "vbscript:")


def template(environ: Mapping[str, str]) -> str:
    """Return the template of the editor that the environment names, that of VS Code if it names none, "" for `none`."""
    named = environ.get(VARIABLE, "vscode").strip()
    if named.lower() == "none" or named.lower().startswith(UNSAFE):
        return ""
    return KNOWN.get(named.lower(), named if "{file}" in named else KNOWN["vscode"])


def link(template: str, file: str, line: int) -> str:
    """Return the address that opens a file, "" without a template or a file."""
    if not template or (not file.startswith("/") and ":" not in file[:3]):
        return ""
    return template.replace(
        "{file}",
        quote(file.lstrip("/") if "//file/{file}" in template else file, errors="surrogateescape"),
    ).replace("{line}", str(line))
