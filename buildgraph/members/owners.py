"""Owners: who looks after which folder, as the forge reads it, and the labels by which changes and issues are sorted.

The pyproject.toml of a member says its `owners`; that of the top folder says those of all the rest. Three files follow: CODEOWNERS
(of GitHub and GitLab; the last line that fits counts), the rules of the action `labeler`, and the labels themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text

from . import BY_NAME, Member, Members

HEAD = "# Written by `doit owners` from the pyproject.toml files; do not edit.\n"
OWNERS, RULES, LABELS = ".github/CODEOWNERS", ".github/labeler.yml", ".github/labels.yml"
FILES = (OWNERS, RULES, LABELS)
COLOURS = {"service": "1d76db", "library": "0e8a16", "internal": "5319e7"}
"""Of the labels, by kind: six hexadecimal digits."""


def texts(members: Members) -> dict[str, str]:
    """Return path → text of the three files."""
    return {
        OWNERS: HEAD + "".join(_owners(members)),
        RULES: HEAD + "".join(_rules(members)),
        LABELS: HEAD + "".join(_labels(members)),
    }


def check_or_write(members: Members, outputs: Sequence[str]) -> None:
    """Write the three files to where the engine wants them; without a place, raise BuildError for the first that differs."""
    for path, text in zip(outputs, texts(members).values(), strict=False):
        write_text(path, text)
    if not outputs and (found := differ(members)):
        raise BuildError("it is not what the pyproject.toml files say", found[0], "Run 'doit owners'.")


def differ(members: Members) -> list[str]:
    """Return those of the files that are not as they would be written."""

    def read(path: str) -> str:
        try:
            return Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    return [path for path, text in texts(members).items() if read(path) != text]


def label(name: str, kind: str) -> str:
    """Return the label of a member, or of a package of the top folder."""
    return f"{kind}: {name}"


def _owners(members: Members) -> Iterator[str]:
    if members.owners:
        yield f"* {' '.join(members.owners)}\n"
    for member in members:
        if member.owners:
            yield f"/{member.folder}/ {' '.join(member.owners)}\n"


def _rules(members: Members) -> Iterator[str]:
    for name, kind, folder in _labelled(members):
        yield f'"{label(name, kind)}":\n  - changed-files:\n      - any-glob-to-any-file: "{folder}/**"\n'


def _labels(members: Members) -> Iterator[str]:
    for name, kind, folder in _labelled(members):
        about = f"{folder}/, {BY_NAME[kind].title}"
        yield f'- name: "{label(name, kind)}"\n  color: "{COLOURS[kind]}"\n  description: "{about}"\n'


def _labelled(members: Members) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the kind and the folder of the top folder's packages, and of the members."""
    for one in (*members.roots, *members):
        yield one.name, one.kind, one.folder if isinstance(one, Member) else one.sources
