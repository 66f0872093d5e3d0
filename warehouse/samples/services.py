"""Filling the index with samples."""

import hashlib

from packaging.utils import canonicalize_version
from sqlalchemy import select
from sqlalchemy.orm import Session

from warehouse.accounts.models import User
from warehouse.accounts.services import add_user, find_user, is_taken
from warehouse.files.storage import METADATA_SUFFIX, Storage, place_of
from warehouse.projects.models import File, Project, Release, Role
from warehouse.projects.services import lock_serials, preferred
from warehouse.samples.projects import SampleProject, SampleRelease, sample_projects
from warehouse.samples.wheels import build_wheel, core_metadata, wheel_name
from warehouse.uploads.services import release_columns

OWNER = "sampler"


def fill(session: Session, storage: Storage, count: int) -> int:
    """Add the sample projects that are not there yet; return how many were added.

    Rows are made directly: an upload for each file would lock, ask and refresh thousands of times.
    """
    lock_serials(session)
    owner = _owner(session)
    present = set(session.scalars(select(Project.normalized_name)))
    missing = [sample for sample in sample_projects(count) if sample.name not in present]
    session.add_all([_project(storage, owner, sample) for sample in missing])
    session.flush()
    return len(missing)


def _owner(session: Session) -> User:
    if not is_taken(session, OWNER):
        add_user(session, OWNER, f"{OWNER}@localhost")
    return find_user(session, OWNER)


def _project(storage: Storage, owner: User, sample: SampleProject) -> Project:
    releases = [_release(storage, owner, sample, release) for release in sample.releases]
    project = Project(
        name=sample.name,
        summary=sample.releases[-1].metadata["summary"],
        created=sample.releases[0].created,
        updated=sample.releases[-1].created,
        releases=releases,
        roles=[Role(user=owner, name="owner")],
    )
    newest = preferred(releases)
    assert newest is not None  # A sample has releases.
    project.latest_version = newest.version
    project.classifiers = sample.releases[-1].metadata["classifiers"]
    return project


def _release(storage: Storage, owner: User, project: SampleProject, sample: SampleRelease) -> Release:
    return Release(
        version=sample.version,
        canonical_version=canonicalize_version(sample.version),
        created=sample.created,
        yanked=sample.yanked is not None,
        yanked_reason=sample.yanked or "",
        files=[_file(storage, owner, project, sample)],
        **release_columns(sample.metadata),
    )


def _file(storage: Storage, owner: User, project: SampleProject, sample: SampleRelease) -> File:
    wheel, metadata = build_wheel(project, sample), core_metadata(sample)
    filename = wheel_name(project, sample)
    sha256 = hashlib.sha256(wheel).hexdigest()
    path = place_of(sha256, filename)
    storage.write(wheel, path)
    storage.write(metadata, path + METADATA_SUFFIX)
    return File(
        uploader_id=owner.id,
        filename=filename,
        path=path,
        packagetype="bdist_wheel",
        python_version="py3",
        size_bytes=len(wheel),
        sha256=sha256,
        blake2_256=hashlib.blake2b(wheel, digest_size=32).hexdigest(),
        metadata_sha256=hashlib.sha256(metadata).hexdigest(),
        uploaded=sample.created,
    )
