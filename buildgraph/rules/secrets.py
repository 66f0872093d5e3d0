"""Secrets: the names of variables whose values are written nowhere."""

from __future__ import annotations

SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL", "AUTH", "_URL")
"""Words in the name of a variable whose value is a secret; a URL may hold a password."""


def is_secret(name: str) -> bool:
    """Tell whether the name of a variable says that its value is a secret."""
    return any(word in name.upper() for word in SECRET)
