"""Status: what runs and what happened, for a person and for a program."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

from . import system
from .page import STYLE
from .processes import Zygote

if TYPE_CHECKING:
    from .supervisor import Supervisor


def facts(supervisor: Supervisor) -> dict:
    """Return the state, the processes with their memory, and the last reloads."""
    crew = supervisor.crew
    workers = [
        _process(
            "climber" if worker.is_climber else "worker",
            worker.pid,
            f"number {worker.number}" + (", ending" if worker.is_retired else ""),
        )
        for worker in list(crew.workers)
    ]
    zygotes = [_process("zygote", each.pid, _coverage(each)) for each in list(crew.forks.zygotes)]
    copies = [_process("copy", copy.pid, f"before {copy.point}") for copy in list(crew.forks.copies)]
    around = supervisor.around.facts()
    programs = [{**each, "bytes": system.memory_bytes(each["pid"])} for each in around.pop("programs")]
    serving = supervisor.worker
    return {
        "state": supervisor.state.name.lower(),
        "address": supervisor.address.url,
        "application": supervisor.served.application,
        "processes": [*workers, *zygotes, *copies, *programs],
        **around,
        "is_parking": supervisor.is_parking,
        "copies_bytes": sum(each["bytes"] for each in copies),
        "audits": {"passed": supervisor.audit.passed, "failed": supervisor.audit.failed},
        "left_out": dict(crew.forks.left_out),
        "ladder": list(serving.ladder) if serving else [],
        "followed_files": len(supervisor.boot.reads),
        "followed_folders": len(supervisor.edits.follower.folders),
        "reloads": [vars(each) for each in list(supervisor.reloads)],
        "failure": supervisor.failure.without_values().as_dict() if supervisor.failure else None,
    }


def _process(kind: str, pid: int, what: str) -> dict:
    return {"kind": kind, "pid": pid, "what": what, "bytes": system.memory_bytes(pid)}


def _coverage(zygote: Zygote) -> str:
    if not zygote.preloaded:
        return "nothing preloaded"
    state = f"{zygote.count} of {len(zygote.preloaded)} modules preloaded" if zygote.is_warm else "it imports"
    return state + (f"; not: {', '.join(sorted(zygote.failed)[:5])}" if zygote.failed else "")


def html(found: dict) -> str:
    """Return the status page."""
    processes = [(each["kind"], each["pid"], each["what"], f"{each['bytes'] / 1e6:.0f} MB") for each in found["processes"]]  # fmt: skip
    reloads = [
        (
            each["number"],
            each["why"],
            f"{each['seconds']:.2f} s",
            f"{each['cpu_seconds']:.3f} s",
            each["source"],
        )
        for each in reversed(found["reloads"])
    ]
    out = sorted(found["left_out"].items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>serve</title><style>{STYLE}'
        "td,th{text-align:left;padding:.15rem 1rem .15rem 0;font:13px ui-monospace,monospace}</style></head><body><main>"
        f"<h1>{escape(found['application'])}: {escape(found['state'])}</h1><p>{escape(found['address'])}, {time.strftime('%H:%M:%S')}; "
        f"follows {found['followed_files']} files that were read, {found['followed_folders']} folders</p>"
        + _table("Processes", ("kind", "process", "what", "memory"), processes)
        + _table("Starts", ("number", "because of", "until it answered", "processor", "from"), reloads)
        + _built(found)
        + (_table("Not preloaded", ("module", "because"), out) if out else "")
        + f"<p>Copies end where: {escape(' '.join(found['ladder']))}</p></main></body></html>"
    )


def _built(found: dict) -> str:
    run = found["build"]
    if not run:
        return ""
    row = (
        " ".join(run["tasks"]),
        run["why"],
        f"{run['seconds']:.2f} s",
        "failed" if run["failed"] else "done",
    )
    return _table("Last build", ("tasks", "because of", "took", ""), [row])


def _table(title: str, heads: tuple, rows: list) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<h2>{title}</h2><table><tr>{head}</tr>{body}</table>"
