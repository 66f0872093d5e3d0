import pytest
from packaging.markers import Marker

from buildgraph.rooms.locks.environments import PATCHES, Environments, _values

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
        ('python_version in "3.12 3.13"', '(python_version == "3.12") or (python_version == "3.13")'),
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


def test_every_set_of_environments_is_written_as_a_marker_that_holds_there_and_nowhere_else(environments):
    import random

    chance = random.Random(7)
    for _ in range(200):
        chosen = chance.getrandbits(len(environments.cells)) | 1
        text = environments.marker(chosen)
        for bit, (python, platform) in enumerate(environments.cells):
            for patch in PATCHES:
                holds = not text or Marker(text).evaluate(_values(python, patch, platform, ""))
                assert holds == bool(chosen >> bit & 1), (text, python, platform)
