"""Contracts: what the layout allows imports to do, as data that import-linter takes. No file is read here.

Those between packages forbid direct imports alone: every module belongs to somebody, so a chain that may not be has a link that may not be.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from . import BY_NAME, UNUSED, Kind, Member, Members, Root


@dataclass(frozen=True)
class Contract:
    """What a package may not import, or the layers of one, said in the file `where`; `rule` is the sentence, `hint` what to do about it."""

    rule: str
    hint: str
    package: str
    forbidden: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    where: str = ""


def contracts(members: Members) -> Iterator[Contract]:
    """Yield the contracts of all packages of a checkout."""
    everyone = (*members.roots, *members)
    for one in everyone:
        others = [each for each in everyone if each.package != one.package]
        yield from _of_kinds(one, others)
        for folder in UNUSED:
            hint = "Move what is imported to where it is used; what is there runs by itself."
            yield Contract(f"nothing imports {folder}/", hint, one.package, (folder,))
    for member in members:
        yield from _undeclared(members, member)
        if member.layers:
            yield _layered(member)


def allows(kind: Kind, other: Kind) -> bool:
    """Tell whether members of a kind may use those of another one."""
    return other.name in kind.uses


def _of_kinds(one: Root | Member, others: list[Root | Member]) -> Iterator[Contract]:
    """Yield what a package may not import of others, by their kinds."""
    kind = BY_NAME[one.kind]
    for other in BY_NAME.values():
        packages = tuple(each.package for each in others if each.kind == other.name)
        if packages and not allows(kind, other):
            hint = f"Move what both need into a library: 'doit new {kind.uses[-1]} NAME'."
            yield Contract(_rule(kind, other), hint, one.package, packages)


def _undeclared(members: Members, member: Member) -> Iterator[Contract]:
    """Yield, for each member that this one could use and does not name, that it may not be imported."""
    kind = BY_NAME[member.kind]
    for other in members:
        if other.name not in (member.name, *member.uses) and allows(kind, BY_NAME[other.kind]):
            rule = f"'{member.project}' does not name '{other.name}'"
            hint = "Add it to its dependencies and to the members of [tool.buildgraph]."
            yield Contract(rule, hint, member.package, (other.package,))
    for root in members.roots:
        if allows(
            kind, BY_NAME[root.kind]
        ):  # it is on the path in the checkout, and in no bundle or wheel of a member
            rule = f"a member imports nothing from '{root.sources}/', which it cannot require"
            hint = "Move what is needed into a library: 'doit new library NAME'."
            yield Contract(rule, hint, member.package, (root.package,))


def _layered(member: Member) -> Contract:
    rule = f"its layers are {', '.join(member.layers)}, from the highest to the lowest"
    hint = f"Move what is needed down, or change the layers in '{member.project}'."
    return Contract(rule, hint, member.package, layers=member.layers, where=member.project)


def _rule(kind: Kind, other: Kind) -> str:
    if other.name == "service":
        return "nothing imports a service"
    return f"{kind.title} imports nothing from {other.folder}/"
