"""Change: an upgrade as one change of the lock files with the holds, and its report."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from buildgraph import personal
from buildgraph.errors import BuildError

from . import Locks, Trial, advisories, holds, upgrade
from .closure import Pin, all_lines, parse
from .environments import declared
from .holds import Hold
from .implications import Forces, forces, resolved
from .locked import files_of, pins_of, refuse_edited, write
from .render import parse_entries
from .resolve import Resolution, resolve
from .selection import Selection, Tester, select
from .status import Status, read_status


@dataclass(frozen=True)
class Request:
    """What is asked of an upgrade: which packages (none: all), how old releases have to be, and whether they are tested."""

    names: tuple[str, ...]
    days: int
    is_tested: bool
    trial: Trial | None  # None: nobody has said how
    timeout_seconds: float | None
    hold_days: int


def upgrade_locks(locks: Locks, status: Status, request: Request) -> None:
    """Resolve for newer versions, test them if asked, write the locks with the holds, and report."""
    refuse_edited(locks, status)
    upgrade.refuse_unknown(request.names, status.pins, locks.folder)
    if request.is_tested and not request.trial:
        raise BuildError(
            "there is no command to test an upgrade with",
            locks.folder,
            "Give upgrade() of the locks an environment and its commands in dodo.py, or upgrade without '--test'.",
        )
    if request.is_tested and status.moved:
        raise BuildError("; ".join(status.moved), locks.folder, "Run 'doit locks' first.")
    today = upgrade.now().date()
    known = holds.read(locks.holds)
    old = Resolution(status.entries, status.pins, {})
    new = _newer(locks, status, request, holds.active(known, today))
    forced = _forces(locks, status, new)
    selection = Selection(new)
    if request.is_tested and forced:
        selection = _tested(locks, status, request, (old, new), forced, known)
    chosen = selection.resolution
    left = _holds_left(request, status, chosen, known, today) | {
        (hold.name, hold.version): hold for hold in selection.holds
    }
    files = files_of(locks, status, chosen, {} if not request.names else status.header)
    _write(locks, files, left.values())
    groups = {group: parse_entries(files[locks.file(group)]) for group in locks.every_group}
    known_risks = _advisories(status.pins, chosen)
    print(upgrade.report(upgrade.steps(old.pins, chosen.pins, groups, forced, chosen.about, known_risks)))
    for line in _left_out(locks, request, selection, holds.active(left.values(), today)):
        print(line)


def _newer(locks: Locks, status: Status, request: Request, active: Iterable[Hold]) -> Resolution:
    """Ask the resolver; raise with a word about holds if there are any."""
    left_out, now = holds.constraints(active), upgrade.now()

    def ask(wishes: Iterable[str]) -> Resolution:
        choices = upgrade.choices(wishes, request.days, now)
        return resolve(locks, status.sources, pins_of(status), choices, left_out)

    try:
        found = ask(request.names)
    except BuildError as error:
        if not left_out:
            raise
        hint = f"{error.hint} A release that '{locks.holds}' holds back may be missing."
        raise BuildError(error.what, error.where, hint.strip()) from None
    # Another pin may be what a named package stays for: ask for more than the present version, at the cost of other pins.
    wishes: dict[str, str] = {canonicalize_name(name): name for name in request.names}
    for name in upgrade.stayed(request.names, status.pins, found.pins):
        wider = wishes | {name: f"{name}>{status.pins[name].version}"}
        with suppress(BuildError):  # there is no newer one
            found, wishes = ask(wider.values()), wider
    return found


def _forces(locks: Locks, status: Status, new: Resolution) -> Forces:
    roots = list(_roots(status))
    lines = (line for pins in (status.pins, new.pins) for line in all_lines(roots, pins))
    environments = declared(locks, lines)
    return forces(
        resolved(roots, status.pins, environments),
        resolved(roots, new.pins, environments),
        environments,
    )


def _tested(
    locks: Locks,
    status: Status,
    request: Request,
    ends: tuple[Resolution, Resolution],
    forced: Forces,
    known: Iterable[Hold],
) -> Selection:
    """Return what passes the tests; the locks stay unchanged until all of it is known."""
    assert request.trial
    directs = frozenset(canonicalize_name(parse(line).name) for line in _roots(status))
    today = upgrade.now().date()
    tester = Tester(locks, status.sources, *ends, request.trial, len(forced), request.timeout_seconds)
    try:
        until = (today, today + timedelta(days=request.hold_days))
        selection = select(tester, forced, directs, frozenset(hold.name for hold in known), until)
    except KeyboardInterrupt:
        print("\nstopped: the locks are unchanged")
        raise
    if read_status(locks) != status:
        raise BuildError(
            "the inputs or the locks changed while the tests ran, and nothing was written",
            locks.folder,
            "Run 'doit locks' and upgrade again.",
        )
    return selection


def _holds_left(
    request: Request, status: Status, chosen: Resolution, known: Iterable[Hold], today: date
) -> dict[tuple[str, str], Hold]:
    """Return the holds that still say something: of a release ahead of its pin, and not tried again now."""
    asked = {canonicalize_name(name) for name in request.names}

    def is_tried(hold: Hold) -> bool:
        return today >= hold.until and (not asked or hold.name in asked)

    def is_ahead(hold: Hold) -> bool:
        pin = chosen.pins.get(hold.name)
        return pin is not None and Version(pin.version) < Version(hold.version)

    return {(hold.name, hold.version): hold for hold in known if is_ahead(hold) and not is_tried(hold)}


def _write(locks: Locks, files: Mapping[str, str], left: Iterable[Hold]) -> None:
    """Write the holds, then the locks: a kill between them leaves a hold that only says what is true."""
    if text := holds.render(left):
        write({locks.holds: text})
    else:
        Path(locks.holds).unlink(missing_ok=True)
    write(files)


def _advisories(old: Mapping[str, Pin], chosen: Resolution) -> dict[str, str]:
    """Look the changed releases up at the index that each came from."""
    pages = {
        (name, pin.version): chosen.about.get(name, {}).get("page", "")
        for name, pin in chosen.pins.items()
        if name not in old or old[name].version != pin.version
    }
    certificates = personal.pip_settings().get("cert", "") if any(pages.values()) else ""
    return {name: said for (name, _), said in advisories.look_up(pages, certificates).items()}


def _left_out(locks: Locks, request: Request, selection: Selection, active: Iterable[Hold]) -> list[str]:
    """Say what is held back, what stays because of it, and how to have a release that was asked for by name."""
    asked = {canonicalize_name(name) for name in request.names}
    lines = []
    for hold in active:
        way = f" Delete its entry in '{locks.holds}' to try it now." if hold.name in asked else ""
        lines.append(f"{hold}{'.' if way else ''}{way}")
    lines += [f"{name} stays: it needs {', '.join(needs)}" for name, needs in selection.stays.items()]
    return lines


def _roots(status: Status) -> list[str]:
    return [line for source in status.sources for line in source.requirements]
