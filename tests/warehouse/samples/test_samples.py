"""Samples are the same every time, and as real as uploads."""

from itertools import islice

import pytest
from packaging.metadata import Metadata, parse_email
from packaging.version import Version
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webtest import TestApp

from warehouse.errors import WarehouseError
from warehouse.files.storage import Storage
from warehouse.projects.models import File, Project, Release
from warehouse.samples.projects import MOST, sample_projects
from warehouse.samples.services import fill
from warehouse.samples.wheels import build_wheel, core_metadata, wheel_name
from warehouse.uploads.archives import check_archive, read_metadata
from warehouse.uploads.distributions import Distribution


def test_few_samples_are_the_first_of_many():
    assert list(sample_projects(5)) == list(islice(sample_projects(50), 5))


def test_there_are_thousands_of_names():
    assert MOST >= 10_000
    assert len({project.name for project in sample_projects(2000)}) == 2000


@pytest.mark.parametrize("count", [-1, MOST + 1])
def test_no_more_samples_than_names(count: int):
    with pytest.raises(WarehouseError) as error:
        list(sample_projects(count))
    assert str(error.value) == f"cannot make up {count} projects. Ask for 0 to {MOST}."


def test_samples_are_varied():
    releases = [release for project in sample_projects(300) for release in project.releases]
    assert any(release.yanked for release in releases)
    assert any(Version(release.version).is_prerelease for release in releases)
    assert any(release.metadata["requires_dist"] for release in releases)
    assert any("requires_python" not in release.metadata for release in releases)


def test_versions_of_a_sample_only_grow():
    for project in sample_projects(300):
        versions = [Version(release.version) for release in project.releases]
        assert versions == sorted(versions)


def test_a_sample_wheel_is_a_wheel(tmp_path):
    project = next(sample_projects(1))
    release = project.releases[0]
    path = tmp_path / wheel_name(project, release)
    path.write_bytes(build_wheel(project, release))
    distribution = Distribution(
        path.name, "bdist_wheel", "py3", project.name, project.name, Version(release.version), {}
    )
    check_archive(path, distribution)
    assert read_metadata(path, path.name)[0] == core_metadata(release)


def test_sample_metadata_says_what_the_index_says():
    for project in sample_projects(20):
        for release in project.releases:
            raw, unknown = parse_email(core_metadata(release))
            assert unknown == {}
            assert raw == {name: value for name, value in release.metadata.items() if value != []}
            Metadata.from_raw(raw)


def test_the_index_is_filled_once(db: Session, storage: Storage):
    assert fill(db, storage, 6) == 6
    assert fill(db, storage, 8) == 2
    assert fill(db, storage, 8) == 0
    assert db.scalar(select(func.count()).select_from(Project)) == 8
    releases = db.scalar(select(func.count()).select_from(Release))
    assert releases == db.scalar(select(func.count()).select_from(File)) > 8


def test_samples_are_shown_and_served(app: TestApp, db: Session, storage: Storage):
    fill(db, storage, 3)
    db.commit()
    assert len(app.get("/").html.select(".card")) == 3
    for link in app.get("/simple/").html.find_all("a"):
        app.get(f"/project/{link['href']}")
        for file in app.get(f"/simple/{link['href']}").html.find_all("a"):
            assert app.get(file["href"].partition("#")[0]).body.startswith(b"PK")
