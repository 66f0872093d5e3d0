"""What names mean, whatever their spelling: of files, and of projects that a reader takes for one another."""

import sys

from packaging.utils import (
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)

RESERVED = frozenset(map(canonicalize_name, sys.stdlib_module_names))  # of Python's own modules
ALIKE = str.maketrans("lio", "110", "-")


def identity_of(filename: str) -> str:
    """Return what the name of a distribution says, one text for all its spellings (PEP 427, 440, 625)."""
    if not filename.endswith(".whl"):
        name, version = parse_sdist_filename(filename)
        return f"{name} {canonicalize_version(version)} sdist"
    name, version, build, tags = parse_wheel_filename(filename)
    words = [name, canonicalize_version(version), "".join(map(str, build)), *sorted(map(str, tags))]
    return " ".join(words)


def lookalike_of(name: str) -> str:
    """Return what names that look alike have in common: `a-a` and `aa`, `l1o0` and `1100`."""
    return canonicalize_name(name).translate(ALIKE)
