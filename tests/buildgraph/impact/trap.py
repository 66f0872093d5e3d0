"""A trap: a small package, with an edit that changes what some of its tests say, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent

GONE = None


@dataclass(frozen=True)
class Trap:
    """Files below the trap's folder (or the root, with a leading slash), and what becomes of some of them."""

    name: str
    files: dict[str, str]
    edit: dict[str, str | None] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    is_global: bool = False  # every test may be affected, by the nature of the edit
    has_no_effect: bool = False
    spares: tuple[str, ...] = ()  # tests that the edit must not select


def trap(name: str, files: dict[str, str], edit: dict[str, str | None], **more: object) -> Trap:
    """Return a trap whose texts are indented as they are written here."""
    clean = {path: dedent(text).lstrip("\n") for path, text in files.items()}
    edited = {path: text if text is None else dedent(text).lstrip("\n") for path, text in edit.items()}
    return Trap(name, clean, edited, **more)
