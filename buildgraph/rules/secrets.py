"""Secrets: the names of variables whose values are written nowhere, and command lines without the logins of their addresses."""

from __future__ import annotations

SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL", "AUTH", "_URL")
"""Words in the name of a variable whose value is a secret; a URL may hold a password."""


def is_secret(name: str) -> bool:
    """Tell whether the name of a variable says that its value is a secret."""
    return any(word in name.upper() for word in SECRET)


def without_logins(text: str) -> str:
    """Return a command line with dots for the login of each address: what it is shown or kept as."""
    if "://" not in text or "@" not in text:
        return text
    import re

    return re.sub(r"(?<=://)[^/\s'\"]+(?=@)", "…", text)
