"""The dependency manager that doit's commands see: doit's interface, the ledger's state."""

from __future__ import annotations

from collections.abc import Mapping

from doit.dependency import Dependency, DependencyStatus
from doit.task import Task

from buildgraph.record.ledger import Ledger


class Manager(Dependency):
    """Answers doit's questions from the ledger, which only the holder of the checkout's lock changes."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.name = ledger.path

    def close(self) -> None:
        self.ledger.close()

    def remove(self, task_id: str) -> None:
        self.ledger.forget(task_id)

    def remove_all(self) -> None:
        for task in list(self.ledger.traces):
            self.ledger.forget(task)

    def remove_success(self, task: Task) -> None:
        self.remove(task.name)

    def save_success(self, task: Task, result_hash: str | None = None) -> None:
        """Keep nothing of a plain doit task: what it read is not known, so it runs every time."""

    def get_values(self, task_name: str) -> dict:
        return {}

    def get_result(self, task_name: str) -> None:
        return None

    def status_is_ignore(self, task: Task) -> None:
        return None

    def get_status(
        self, task: Task, tasks_dict: Mapping[str, Task], get_log: bool = False
    ) -> DependencyStatus:
        status = DependencyStatus(get_log)
        status.status = "run"
        return status
