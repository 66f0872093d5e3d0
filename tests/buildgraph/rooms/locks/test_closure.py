from buildgraph.rooms.locks.closure import Pin, closure
from buildgraph.rooms.locks.environments import Environments

ENVIRONMENTS = Environments(("3.11", "3.12"))


def pins(**requires):
    return {name.replace("_", "-"): Pin(name, "1", tuple(lines)) for name, lines in requires.items()}


def test_what_is_required_is_reached_and_nothing_else():
    found = closure(["a"], pins(a=["b"], b=["c>=1"], c=[], d=[]), ENVIRONMENTS)

    assert dict(found.needed) == dict.fromkeys("abc", ENVIRONMENTS.everywhere)


def test_an_extra_brings_its_own_requirements_only_to_those_who_ask_for_it():
    graph = pins(driver=['binary; extra == "binary"', "base"], binary=[], base=[])

    assert set(closure(["driver"], graph, ENVIRONMENTS).needed) == {"driver", "base"}
    assert set(closure(["driver[binary]"], graph, ENVIRONMENTS).needed) == {"driver", "base", "binary"}


def test_an_extra_may_ask_for_another_extra_of_the_same_package():
    graph = pins(kit=['kit[one]; extra == "all"', 'x; extra == "one"'], x=[])

    assert set(closure(["kit[all]"], graph, ENVIRONMENTS).needed) == {"kit", "x"}


def test_environments_narrow_along_the_way():
    graph = pins(a=['b; sys_platform == "win32"'], b=['c; python_version < "3.12"'], c=[])

    found = closure(["a"], graph, ENVIRONMENTS)

    assert ENVIRONMENTS.marker(found.needed["b"]) == 'sys_platform == "win32"'
    assert ENVIRONMENTS.marker(found.needed["c"]) == 'sys_platform == "win32" and python_version < "3.12"'


def test_ways_to_a_package_add_up():
    graph = pins(a=['c; sys_platform == "win32"'], b=['c; sys_platform != "win32"'], c=[])

    assert closure(["a", "b"], graph, ENVIRONMENTS).needed["c"] == ENVIRONMENTS.everywhere


def test_a_cycle_ends():
    assert set(closure(["a"], pins(a=["b"], b=["a"]), ENVIRONMENTS).needed) == {"a", "b"}


def test_a_requirement_without_a_pin_is_told_without_its_marker():
    known = pins(a=['Only.Windows[x]>=2; sys_platform == "win32"'])

    (asked,) = closure(["a"], known, ENVIRONMENTS).unmet(known, {})

    assert (asked.name, asked.bare, asked.parent) == ("only-windows", "only-windows[x]>=2", "a 1")
    assert ENVIRONMENTS.marker(asked.where) == 'sys_platform == "win32"'


def test_a_pin_is_compared_with_every_requirement_that_reaches_it_somewhere():
    known = pins(a=['b>=2; sys_platform == "win32"', 'c>=2; python_version < "3.8"'], b=[], c=[])

    found = closure(["a", "b<2", 'b<1; extra == "x"'], known, ENVIRONMENTS).unmet(known, {})

    assert [asked.text for asked in found] == ['b>=2; sys_platform == "win32"']


def test_an_address_is_met_by_that_address_only():
    known = pins(a=[])

    found = closure(["a @ https://h/a-1-py3-none-any.whl"], known, ENVIRONMENTS)

    assert found.unmet(known, {"a": "https://h/a-1-py3-none-any.whl"}) == ()
    assert len(found.unmet(known, {"a": "https://other/a-1-py3-none-any.whl"})) == 1
