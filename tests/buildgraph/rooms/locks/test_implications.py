"""Which upgrades force which, from requirements of old and new releases; every closed mix is consistent."""

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from buildgraph.rooms.locks.closure import Pin, closure
from buildgraph.rooms.locks.environments import Environments
from buildgraph.rooms.locks.implications import forces, mixed, resolved

ENVIRONMENTS = Environments(("3.11", "3.12"))


def pins(**releases: str) -> dict[str, Pin]:
    """Return pins from `name="1.0 requirement, requirement"`."""
    found = {}
    for name, text in releases.items():
        version, _, lines = text.partition(" ")
        found[name] = Pin(name, version, tuple(line for line in lines.split(", ") if line))
    return found


def forced(roots: str, old: dict[str, Pin], new: dict[str, Pin]) -> dict[str, set[str]]:
    ends = (resolved(roots.split(), each, ENVIRONMENTS) for each in (old, new))
    return {name: set(others) for name, others in forces(*ends, ENVIRONMENTS).items() if others}


def test_a_new_release_that_refuses_the_old_one_forces_it():
    assert forced("a b", pins(a="1.0 b", b="1.0"), pins(a="2.0 b>=2", b="2.0")) == {"a": {"b"}}


def test_an_old_release_that_refuses_the_new_one_is_forced_by_it():
    assert forced("a b", pins(a="1.0 b<2", b="1.0"), pins(a="2.0 b", b="2.0")) == {"b": {"a"}}


def test_releases_that_pin_each_other_force_each_other():
    found = forced("a b", pins(a="1.0 b==1.0", b="1.0"), pins(a="2.0 b==2.0", b="2.0"))

    assert found == {"a": {"b"}, "b": {"a"}}


def test_what_an_added_package_requires_is_forced_by_who_adds_it():
    old, new = pins(a="1.0", b="1.0"), pins(a="2.0 added", b="2.0", added="1.0 b>=2")

    assert forced("a b", old, new) == {"a": {"b"}}


def test_what_refuses_a_new_release_and_is_dropped_keeps_it_from_being_taken_alone():
    old, new = pins(a="1.0 gone", b="1.0", gone="1.0 b<2"), pins(a="2.0", b="2.0")

    assert forced("a b", old, new) == {"b": {"a"}}


def test_an_extra_that_only_the_new_release_asks_for_forces_the_new_release_of_it():
    old = pins(a="1.0 b", b="1.0")
    new = pins(a="2.0 b[more]", b="2.0 c; extra == 'more'", c="1.0")

    assert forced("a b", old, new) == {"a": {"b"}}


def test_a_requirement_of_no_declared_environment_forces_nothing():
    old, new = pins(a="1.0", b="1.0"), pins(a="2.0 b>=2; python_version < '3'", b="2.0")

    assert forced("a b", old, new) == {}


NAMES = ("a", "b", "c", "d", "e")
SPECIFIERS = {"1": ("", "<2", "==1"), "2": ("", ">=2", "==2")}
MARKERS = ("", " ; extra == 'x'", " ; python_version < '3.12'")


@st.composite
def resolutions(draw: st.DrawFn) -> tuple[dict[str, Pin], dict[str, Pin]]:
    """Return an old and a new whole resolution of the roots a and b, which may differ in their packages."""
    ends: list[dict[str, Pin]] = []
    for newest in ("1", "2"):
        others = draw(st.sets(st.sampled_from(NAMES[2:])))
        versions = {name: draw(st.sampled_from(("1", newest))) for name in ("a", "b", *sorted(others))}
        pins = {name: Pin(name, versions[name], draw(requirements(versions))) for name in versions}
        if ends:  # a release requires what it requires, if that can be had
            pins |= {
                name: pin
                for name, pin in ends[0].items()
                if versions.get(name) == "1" and is_met(pin, versions)
            }
        needed = closure(["a", "b"], pins, ENVIRONMENTS).needed
        ends.append({name: pins[name] for name in needed})
    return ends[0], ends[1]


@st.composite
def requirements(draw: st.DrawFn, versions: dict[str, str]) -> tuple[str, ...]:
    """Return requirements that these versions meet."""
    names = draw(st.lists(st.sampled_from(sorted(versions)), max_size=3))
    return tuple(
        f"{name}{draw(st.sampled_from(('', '[x]')))}{draw(st.sampled_from(SPECIFIERS[versions[name]]))}"
        + draw(st.sampled_from(MARKERS))
        for name in names
    )


def is_met(pin: Pin, versions: dict[str, str]) -> bool:
    asked = [Requirement(line) for line in pin.requires]
    return all(each.name in versions and each.specifier.contains(versions[each.name]) for each in asked)


def is_consistent(chosen: dict[str, Pin]) -> bool:
    """Tell whether everything that the roots reach has its requirements met, in every environment."""
    found = closure(["a", "b"], chosen, ENVIRONMENTS)
    extras = {(name, extra) for name, extra in found.extras}
    for name in found.needed:
        for extra in ("", *(extra for other, extra in extras if other == name)):
            for line in map(Requirement, chosen[name].requires):
                if line.marker and not ENVIRONMENTS.where(str(line.marker), extra):
                    continue
                if line.name not in chosen or not line.specifier.contains(chosen[line.name].version):
                    return False
    return not found.unmet(chosen, {})


@given(resolutions(), st.sets(st.sampled_from(NAMES)))
def test_every_closed_mix_is_consistent(ends, wish):
    old, new = ends
    assert is_consistent(old)
    assert is_consistent(new)
    found = forces(*(resolved(["a", "b"], each, ENVIRONMENTS) for each in ends), ENVIRONMENTS)
    taken = wish & found.keys()
    taken |= {other for name in taken for other in found[name]}

    assert is_consistent(mixed(old, new, taken))
