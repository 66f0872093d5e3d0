"""Compress: a file as servers send it to clients that accept an encoding, the same bytes everywhere."""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

from buildgraph.errors import BuildError

from .shelf import Compression


def gzipped(content: bytes, level: int) -> bytes:
    """Return the content compressed by gzip, with no time and no name in it."""
    return gzip.compress(content, level, mtime=0)


def brotlied(content: bytes, level: int) -> bytes:
    """Return the content compressed by brotli, told nothing of what it is: the mode for text gains next to nothing."""
    import brotli

    return brotli.compress(content, quality=level)


ENCODINGS: Mapping[str, Callable[[bytes, int], bytes]] = {"gz": gzipped, "br": brotlied}
"""The ending of a compressed file, and what makes it."""


def compressed(content: bytes, levels: Mapping[str, int]) -> dict[str, bytes]:
    """Return encoding -> the compressed content."""
    if unknown := sorted(levels.keys() - ENCODINGS.keys()):
        raise BuildError(f"'{unknown[0]}' is not a known encoding", "", f"Known are {', '.join(ENCODINGS)}.")
    return {name: ENCODINGS[name](content, level) for name, level in levels.items()}


def compress_file(compression: Compression, source: Path, *outputs: Path) -> None:
    """Write the compressed forms of a file, one for each encoding of its ending."""
    made = compressed(source.read_bytes(), compression.levels[source.suffix])
    for output, content in zip(outputs, made.values(), strict=True):
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(content)


def compress_tree(compression: Compression, source: Path, into: Path) -> None:
    """Write the compressed forms of those files of a tree whose endings have levels."""
    into.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.rglob("*")):
        if file.is_file() and file.suffix in compression.levels:
            encodings = compression.levels[file.suffix]
            compress_file(
                compression, file, *(into / f"{file.relative_to(source)}.{name}" for name in encodings)
            )
