import pytest
from packaging.markers import Marker

from buildgraph.rooms.locks.environments import Environments, _values

PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@pytest.fixture
def environments():
    return Environments(PYTHONS)


def test_a_marker_that_always_holds_needs_no_text(environments):
    assert environments.where('python_version >= "3.8"', "") == environments.everywhere
    assert environments.marker(environments.everywhere) == ""


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ('sys_platform == "win32"', 'sys_platform == "win32"'),
        ('platform_system == "Windows"', 'sys_platform == "win32"'),
        ('os_name == "posix"', 'sys_platform == "linux" or sys_platform == "darwin"'),
        ('python_version < "3.12"', 'python_version < "3.12"'),
        ('python_full_version < "3.13"', 'python_version < "3.13"'),
        ('python_version >= "3.13"', 'python_version >= "3.13"'),
        ('python_full_version < "3.11.3"', 'python_version < "3.12"'),
        ('python_version in "3.12 3.13"', 'python_version >= "3.12" and python_version < "3.14"'),
        (
            'platform_machine == "aarch64" and python_version < "3.12"',
            'sys_platform == "linux" and platform_machine == "aarch64" and python_version < "3.12"',
        ),
    ],
)
def test_the_marker_written_back_says_the_same(environments, asked, written):
    where = environments.where(asked, "")

    text = environments.marker(where)

    assert text.replace("(", "").replace(")", "") == written.replace("(", "").replace(")", "")


PATCHED = (
    'a ; python_full_version < "3.11.3"',
    "b ; python_full_version>'3.13.1' and extra == 'x'",
    'c ; "3.12.4" <= python_full_version',
    'd ; python_full_version <= "3.11.0a6"',
    'e ; implementation_version != "3.14.0"',
    'f ; python_version < "3.12.9" or platform_release > "3.12.7"',
)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ('python_full_version < "3.11.3"', 'python_full_version < "3.11.3"'),
        ('python_full_version >= "3.11.3"', 'python_full_version >= "3.11.3"'),
        ('python_full_version > "3.13.1"', 'python_full_version >= "3.13.2"'),
        (
            'python_full_version >= "3.11.3" and python_version < "3.13"',
            'python_full_version >= "3.11.3" and python_version < "3.13"',
        ),
        ('python_version == "3.12"', 'python_version == "3.12"'),
        ('python_full_version <= "3.11.0a6"', ""),
    ],
)
def test_a_patch_release_that_a_marker_names_is_told_apart(asked, written):
    environments = Environments(PYTHONS, PATCHED)

    where = environments.where(asked, "")

    assert (environments.marker(where) if where else "") == written


def test_at_both_ends_of_every_python_a_known_marker_says_the_same():
    environments = Environments(PYTHONS, PATCHED)

    for line in PATCHED[:5]:
        marker = Marker(line.partition(";")[2])
        for python in environments.pythons:
            first, last = (
                marker.evaluate(_values(full, ("linux", "posix", "Linux", "x86_64"), "x"))
                for full in environments.ends(python)
            )
            assert first == last, (line, python)


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("lines", [(), PATCHED])
def test_every_set_of_environments_is_written_as_a_marker_that_holds_there_and_nowhere_else(lines):
    import random

    environments = Environments(PYTHONS, lines)
    chance = random.Random(7)
    for _ in range(20):
        chosen = chance.getrandbits(len(environments.cells)) | 1
        text = environments.marker(chosen)
        for bit, (python, platform) in enumerate(environments.cells):
            for full in environments.ends(python):
                holds = not text or Marker(text).evaluate(_values(full, platform, ""))
                assert holds == bool(chosen >> bit & 1), (text, python, platform)
