"""Shelf: what the last step publishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Tree:
    """A folder that is published as it is, below a place, but for files with some endings."""

    place: str
    folder: str
    is_made: bool = False  # by a step, not by people
    but: tuple[str, ...] = ()

    @property
    def files(self) -> list[Path]:
        """Return the files of it that are published."""
        found = (file for file in Path(self.folder).rglob("*") if file.is_file())
        return sorted(file for file in found if not file.name.lower().endswith(self.but))


@dataclass(frozen=True)
class Shelf:
    """What is published: the files that steps made below `folder`, trees, and the lists of the names that modules have."""

    folder: str
    files: tuple[str, ...]
    trees: tuple[Tree, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compression:
    """How files are compressed: ending -> encoding -> level."""

    levels: Mapping[str, Mapping[str, int]]
