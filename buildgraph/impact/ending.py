"""Ending: what a run leaves beside its traces: one file of coverage, and a certificate of what holds."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import store
    from .session import Session


def conclude(session: Session, segments: list[store.Segment]) -> list[str]:
    """Write what is asked for; return what could not be done, as sentences."""
    return []
