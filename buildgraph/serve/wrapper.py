"""Wrapper: what development adds to an application; nothing of it is there where anything else serves it."""

from __future__ import annotations

from collections.abc import Callable


def wrapped(application: Callable, kind: str, control: str) -> Callable:
    """Return the application with what development adds."""
    return application
