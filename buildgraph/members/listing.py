"""Listing: the members as text: what there is of each kind, and who uses whom."""

from collections.abc import Iterator

from . import KINDS, Member, Members


def tell(members: Members, constraints: str, *options: str) -> str:
    """Return the members as a list, or as an option asks for them."""
    if "--stale" in options and members.all:
        from .stale import report

        return report(members, constraints)
    return drawn(members) if "--graph" in options else listed(members)


NOTHING = "There are no members yet. 'doit new service NAME' makes one.\n"


def listed(members: Members) -> str:
    """Return a line for each member, by kind: its name, its folder, what it uses of the others."""
    if not members.all:
        return NOTHING
    width = max(len(member.name) for member in members)
    place = max(len(member.folder) for member in members)
    lines = []
    for kind in KINDS:
        of_kind = [member for member in members if member.kind == kind.name]
        lines += [f"{kind.folder}/"] * bool(of_kind)
        for member in of_kind:
            uses = f"uses {', '.join(member.uses)}" if member.uses else ""
            apart = f"locked apart: {member.resolution}" if member.resolution else ""
            said = ", ".join(filter(None, (uses, apart)))
            lines.append(f"  {member.name:{width}}  {member.folder:{place}}  {said}".rstrip())
    return "\n".join(lines) + "\n"


def drawn(members: Members) -> str:
    """Return who uses whom as a tree from those that no other member uses; what was shown above is not shown again."""
    if not members.all:
        return NOTHING
    by_name = {member.name: member for member in members}
    used = {name for member in members for name in member.uses}
    shown: set[str] = set()

    def below(member: Member, lead: str) -> Iterator[str]:
        shown.add(member.name)
        for number, name in enumerate(member.uses, 1):
            is_last = number == len(member.uses)
            again = name in shown and by_name[name].uses
            yield f"{lead}{'└─' if is_last else '├─'} {name}{' (see above)' if again else ''}"
            if name not in shown:
                yield from below(by_name[name], f"{lead}{'   ' if is_last else '│  '}")

    lines = []
    for member in members:
        if member.name not in used:
            lines += [f"{member.name} ({member.kind})", *below(member, "")]
    return "\n".join(lines) + "\n"
