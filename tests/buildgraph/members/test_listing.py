"""Members as text: what there is, and who uses whom."""

from __future__ import annotations

from buildgraph.members import Member, Members
from buildgraph.members.listing import drawn, listed

FOUND = Members(
    (
        Member("camo", "service", "services/camo", uses=("health", "images")),
        Member("health", "internal", "libs/internal/health", uses=("logs",)),
        Member("images", "library", "libs/shared/images"),
        Member("inspector", "service", "services/inspector", uses=("health",)),
        Member("logs", "internal", "libs/internal/logs"),
    )
)


def test_members_are_listed_by_kind():
    assert listed(FOUND) == (
        "services/\n"
        "  camo       services/camo         uses health, images\n"
        "  inspector  services/inspector    uses health\n"
        "libs/shared/\n"
        "  images     libs/shared/images\n"
        "libs/internal/\n"
        "  health     libs/internal/health  uses logs\n"
        "  logs       libs/internal/logs\n"
    )


def test_who_uses_whom_is_a_tree_in_which_nothing_is_drawn_twice():
    assert drawn(FOUND) == (
        "camo (service)\n├─ health\n│  └─ logs\n└─ images\ninspector (service)\n└─ health (see above)\n"
    )


def test_a_checkout_without_members_says_how_to_make_one():
    told = "There are no members yet. 'doit new service NAME' makes one.\n"
    assert (listed(Members()), drawn(Members())) == (told, told)


def test_a_second_resolution_is_reported():
    found = Members((Member("old", "service", "services/old", uses=("logs",), resolution="legacy"),))
    assert listed(found) == "services/\n  old  services/old  uses logs, locked apart: legacy\n"
