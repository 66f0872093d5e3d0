"""A Python with a known hole is refused in production, unless it is accepted, and told in development."""

import sys
import tarfile
from dataclasses import replace

import pytest

from warehouse.errors import WarehouseError
from warehouse.interpreter import MARK, check_python
from warehouse.settings import Settings, from_environment

GOOD = {"DATABASE_URL": "postgresql+psycopg://me@/index?host=/run", "WAREHOUSE_FILES": "files"}
SAID = "Python 3.12.5 reads tar archives in quadratic time (CVE-2024-6232)"


def on(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], is_marked: bool = False) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.delattr(tarfile, MARK, raising=False)
    if is_marked:
        monkeypatch.setattr(tarfile, MARK, "", raising=False)


def test_a_hole_is_refused_in_production_unless_it_is_accepted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    on(monkeypatch, (3, 12, 5))
    production = replace(settings, mode="production")
    with pytest.raises(WarehouseError) as refusal:
        check_python(production)
    assert (
        str(refusal.value)
        == f"{SAID}. Use a newer one, or trust the quarantine: WAREHOUSE_PYTHON=accept-known-holes."
    )
    accepted = from_environment(GOOD | {"WAREHOUSE_PYTHON": "accept-known-holes"}).accepts_holes
    for told in (replace(production, accepts_holes=accepted), settings):
        assert check_python(told) == f"{SAID}; production refuses it"


@pytest.mark.parametrize(
    ("version", "is_marked"),
    [((3, 12, 6), False), ((3, 11, 10), False), ((3, 13, 0), False), ((3, 11, 2), True)],
)
def test_one_that_is_mended_is_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], is_marked: bool
):
    on(monkeypatch, version, is_marked)
    assert check_python(replace(settings, mode="production")) == ""


def test_the_mark_is_that_of_this_python():
    from warehouse.interpreter import MENDED

    assert hasattr(tarfile, MARK) or sys.version_info[:3] < MENDED[sys.version_info[:2]]
