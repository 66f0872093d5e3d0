"""Affected: which tasks a change of files can reach, each with the reason, from what the graph declares; nothing is compared or run.

It is what may run, not what will: a task that runs and makes the same again stops the wave, and that only a run can know. What git tracks shows by itself
whether it has changed, so such an output hands nothing on. A change of what defines the graph reaches all, since the definitions before it are not known.
A task that always runs depends on what nobody can list, so any change can reach it. A file is changed under all names that links give it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from buildgraph.decide.edges import read_by
from buildgraph.decide.plan import Plan
from buildgraph.layout import is_exact
from buildgraph.patterns import fixed_folder, matches
from buildgraph.rules.values import Run, Service


def affected(
    plan: Plan,
    changed: Collection[str],
    tracked: Collection[str],
    definers: Collection[str],
    discovered: Callable[[str], Iterable[str]],
) -> dict[str, str]:
    """Return task → reason, in the order of the work, of the tasks that a change can reach.

    `tracked` are the files that git has, `definers` those that define the graph, and `discovered` says what a task has read beyond its inputs.
    """
    files = sorted(changed)
    defines = next((path for path in files if path in definers), "")
    found: dict[str, str] = {}
    for name in plan.ordered():
        if not is_asked(plan, name):
            continue
        reason = f"'{defines}' defines the graph" if defines else _direct(plan, name, files, discovered)
        reason = reason or _handed_on(plan, name, found, tracked)
        if not reason and files and _is_always(plan, name):
            reason = "it runs every time"
        if reason:
            found[name] = reason
    return found


def everywhere(changed: Collection[str], links: Collection[tuple[str, str]]) -> frozenset[str]:
    """Return changed paths, and the others that they have through links, each of which comes with the place where it leads."""
    found = set(changed)
    rest: list[tuple[str, frozenset[str]]] = [(path, frozenset()) for path in changed]
    while rest:
        path, gone = rest.pop()
        for link, place in links:
            for alias in _aliases(path, link, place) if link not in gone else ():
                if alias not in found:
                    found.add(alias)
                    rest.append((alias, gone | {link}))
    return frozenset(found)


def _aliases(path: str, link: str, place: str) -> Iterator[str]:
    """Yield what a changed path is called through a link."""
    if path == place:
        yield link
    elif not place or path.startswith(f"{place}/"):
        yield f"{link}/{path[len(place) :].lstrip('/')}"
    elif path.endswith("/") and place.startswith(path):
        yield from (link, f"{link}/")


def _is_always(plan: Plan, name: str) -> bool:
    """Tell whether a task runs whatever has changed: it says so, or is a plain one that reads no file."""
    rule = plan.rules.get(name)
    return rule.always if rule else not plan.plain.reads.get(name)


def is_asked(plan: Plan, name: str) -> bool:
    """Tell whether a task is one of which this can be asked: it does something, and not only at a person's word."""
    return plan.is_real(name) and not isinstance(plan.rules.get(name), Run | Service)


def _direct(plan: Plan, name: str, files: list[str], discovered: Callable[[str], Iterable[str]]) -> str:
    """Return how a task touches one of the files, "" if it does not."""
    rule = plan.rules.get(name)
    if rule is None:
        ways = {"reads": plan.plain.reads.get(name, ()), "makes": plan.plain.makes.get(name, ())}
    else:
        judged = (*rule.inputs, *rule.judges, *discovered(name))
        ways = {"reads": judged, "runs": (*rule.tools, *rule.command[:1]), "makes": rule.outputs}
    for way, paths in ways.items():
        for pattern in paths:
            for path in files:
                if _touches(pattern, path):
                    return f"it {way} '{path}'"
    return ""


def _touches(pattern: str, path: str) -> bool:
    """Tell whether a pattern stands for a changed path, or for something below one that ends with a slash."""
    if not path.endswith("/"):
        return matches(pattern, path)
    folder = pattern if is_exact(pattern) else fixed_folder(pattern)
    return folder.startswith(path) or (not is_exact(pattern) and path.startswith(folder))


def _handed_on(plan: Plan, name: str, found: dict[str, str], tracked: Collection[str]) -> str:
    """Return the affected task whose work a task reads, as a reason, "" if there is none."""
    for other in plan.graph[name]:
        if other in found and any(_is_unseen(output, tracked) for output in _read_of(plan, name, other)):
            return f"it reads what '{other}' makes"
    return ""


def _read_of(plan: Plan, name: str, other: str) -> Iterator[str]:
    """Yield the outputs of a task that another one reads."""
    rule, maker = plan.rules.get(name), plan.rules.get(other)
    reads = read_by(rule) if rule else plan.plain.reads.get(name, ())
    outputs = maker.outputs if maker else plan.plain.makes.get(other, ())
    for output in outputs:
        if not is_exact(output) or any(not is_exact(path) or path == output for path in reads):
            yield output


def _is_unseen(output: str, tracked: Collection[str]) -> bool:
    return not is_exact(output) or output not in tracked
