"""Plan: what a run reuses, as one value that a controller can send to its workers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

from .validity import FAILED, Decision


@dataclass
class Plan:
    """Results that hold, by test; and what is known of the last ones."""

    valid: dict[str, str] = field(default_factory=dict)  # the segment that has the result
    held: dict[str, list[str]] = field(
        default_factory=dict
    )  # outcomes under the facts of now, the newest first
    skippable: dict[str, list[str]] = field(
        default_factory=dict
    )  # files whose tests are known without collecting them
    failed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)  # how far each is from what changed
    audited: dict[str, str] = field(default_factory=dict)  # what would be reused, if all did not run

    def audit(self) -> Plan:
        """Return the plan of a run of everything that compares with what would be reused."""
        return replace(self, valid={}, skippable={}, audited=self.valid)

    def to_plain(self) -> dict:
        """Return what can be sent."""
        return asdict(self)


def plan_of(decision: Decision) -> Plan:
    """Return what a decision lets a run reuse."""
    return Plan(
        {nodeid: decision.source(nodeid).name for nodeid in decision.held if decision.is_valid(nodeid)},
        {nodeid: [outcome for _, outcome in traces] for nodeid, traces in decision.held.items()},
        decision.skippable,
        [nodeid for nodeid, (outcome, _) in decision.last.items() if outcome == FAILED],
        {nodeid: seconds for nodeid, (_, seconds) in decision.last.items()},
        decision.steps,
    )
