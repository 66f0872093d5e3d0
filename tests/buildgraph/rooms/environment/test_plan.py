from packaging.markers import default_environment

from buildgraph.rooms.environment.plan import Plan, plan, wanted

LOCK = """\
# Written by `doit locks`
one==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
elsewhere==1 ; sys_platform == "beos" \\
    --hash=sha256:cc
Two.Three==2 \\
    --hash=sha256:dd
"""


def test_a_lock_is_read_with_its_digests_and_markers():
    found = wanted([LOCK], default_environment())

    assert set(found) == {"one", "two-three"}
    assert found["one"].line == "one==1.0 --hash=sha256:aa --hash=sha256:bb"


def test_an_equal_environment_needs_nothing():
    found = wanted([LOCK], default_environment())

    assert plan({"one": "1.0", "two-three": "2"}, found) == Plan((), ())


def test_the_plan_is_the_difference():
    found = wanted([LOCK], default_environment())

    result = plan({"one": "0.9", "stranger": "1"}, found)

    assert result.remove == ("one", "stranger")
    assert [package.name for package in result.install] == ["one", "two-three"]


def test_a_damaged_package_is_replaced():
    found = wanted([LOCK], default_environment())

    result = plan({"one": "1.0", "two-three": "2"}, found, damaged={"one"})

    assert (result.remove, [package.name for package in result.install]) == (("one",), ["one"])
