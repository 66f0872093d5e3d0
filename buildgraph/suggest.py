"""Suggestions: the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for the nearest of `names`, or "" if none is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(names), n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else ""
