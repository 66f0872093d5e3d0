"""Served: what every process of a supervisor is told about the application."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import system


@dataclass(frozen=True)
class Served:
    """The application, and how it is started."""

    application: str
    server: str
    root: str
    control: str
    is_cold: bool = False  # each worker is a new process
    python: tuple[str, ...] = ()  # the words that start the application's interpreter; without any, this one

    hints: tuple[tuple[str, str], ...] = ()  # class of an error, what to do

    @property
    def can_fork(self) -> bool:
        return system.CAN_FORK and not self.is_cold

    def task(
        self,
        *,
        preload: Iterable[str] = (),
        spawn: dict | None = None,
        is_zygote: bool = False,
        is_audit: bool = False,
    ) -> dict:
        """Return the first message to a new process."""
        return {
            "is_zygote": is_zygote,
            "is_audit": is_audit,
            "application": self.application,
            "server": self.server,
            "root": self.root,
            "control": self.control,
            "preload": list(preload),
            "hints": dict(self.hints),
            "spawn": spawn or {},
        }
