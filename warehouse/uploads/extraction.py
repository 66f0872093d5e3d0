"""Making available what an archive says about itself; a job, since no upload has to wait for it.

The METADATA of a wheel becomes the file beside it (PEP 658), and what the form of an upload left out is taken from
the archive. It is read while nothing is locked. Then the project is, as by uploads and deletions, and the file looked
up again: one that is gone by then stays gone, and the file beside a wheel is whole before the index names it.
"""

import logging
from io import BytesIO

from packaging.metadata import RawMetadata
from sqlalchemy import select
from sqlalchemy.orm import Session

from warehouse.files.storage import METADATA_SUFFIX, Storage
from warehouse.projects.indexing import index_project
from warehouse.projects.models import File, Project
from warehouse.projects.services import refresh_project
from warehouse.uploads.archives import check_agreement, read_metadata
from warehouse.uploads.distributions import faults_of
from warehouse.uploads.errors import Invalid
from warehouse.uploads.services import release_columns

NOT_TAKEN = ("classifiers", "dynamic")  # an upload's are checked against a table; the other is about the file

logger = logging.getLogger(__name__)


def extract_metadata(session: Session, storage: Storage, file_id: int) -> str | None:
    """Extract the metadata of a file; return the project's name if its pages changed.

    A file that is gone is nothing to do, a damaged one is logged: neither gets better by another try.
    """
    file = session.get(File, file_id)
    if file is None:
        return None
    project_id, path = file.release.project_id, storage.locate(file.path)
    path.stat()  # what is not there (a disk that is away) is not damaged, and is tried again
    try:
        metadata, raw = read_metadata(path, file.filename)
    except Invalid as refusal:
        logger.warning("no metadata of '%s': %s", file.filename, refusal.reason)
        return None
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    session.expire_all()
    if session.get(File, file_id) is None:
        return None
    announced = file.packagetype == "bdist_wheel" and _announce(storage, file, metadata)
    completed = _complete(file, raw)
    if not announced and not completed:
        return None
    project = file.release.project
    refresh_project(session, project, is_news=False)
    index_project(session, project.id)
    return project.normalized_name


def _announce(storage: Storage, file: File, metadata: bytes) -> bool:
    """Put the metadata beside the wheel; tell whether the index did not know it yet."""
    with storage.receive(BytesIO(metadata)) as incoming:
        storage.keep(incoming, file.path + METADATA_SUFFIX)
    is_new = file.metadata_sha256 != incoming.sha256
    file.metadata_sha256 = incoming.sha256
    return is_new


def _complete(file: File, raw: RawMetadata) -> bool:
    """Give the release what its form left out, each field that is in order; what the form said stays.

    What is not taken is written down for the people of the project.
    """
    release = file.release
    try:
        check_agreement(raw, file.filename, release.project.name, release.version)
        faults = faults_of(raw)
    except Invalid as refusal:
        file.metadata_faults = [refusal.reason]
        return False
    file.metadata_faults = sorted(faults.values())
    found = release_columns(
        {name: value for name, value in raw.items() if name not in NOT_TAKEN and name not in faults}
    )
    if release.description:
        found.pop("description_content_type", None)
    core = found.pop("core_metadata") | release.core_metadata
    new = {name: value for name, value in found.items() if value and not getattr(release, name)}
    if core != release.core_metadata:
        new["core_metadata"] = core
    for name, value in new.items():
        setattr(release, name, value)
    return bool(new)
