"""Taking an upload: the file and its rows appear together or not at all.

Rows come first: the project's row is locked, so that uploads to one project come one after the other, and new projects
do. Then the file is moved to its place, with its removal registered in case the transaction
fails. Its metadata is checked now, and made available by a job (`extraction`).
"""

import hmac
from collections.abc import Callable
from typing import Any

from packaging.utils import canonicalize_version
from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from warehouse.classifiers.services import unknown_classifiers
from warehouse.files.storage import Incoming, Storage, place_of
from warehouse.projects.identities import RESERVED, identity_of, lookalike_of
from warehouse.projects.models import LOOKALIKE_NAME, File, Project, Release, Retired, Role
from warehouse.projects.services import find_release, refresh_project
from warehouse.tokens.models import Token
from warehouse.uploads.archives import check_archive
from warehouse.uploads.distributions import Distribution, read_distribution
from warehouse.uploads.errors import forbidden, invalid
from warehouse.uploads.form import Form

DIGESTS = {"md5_digest": "md5", "sha256_digest": "sha256", "blake2_256_digest": "blake2_256"}
NEW_PROJECT = 1  # the number of a lock that transactions hold
OWN_COLUMNS = ("summary", "description", "description_content_type", "requires_python")


def take_upload(
    session: Session, storage: Storage, on_abort: Callable[..., Any], token: Token, form: Form
) -> File | None:
    """Store an upload in the name of a token, or refuse it; None for a file that is here already.

    `on_abort` is told what a failure has to undo.
    """
    distribution = read_distribution(form)
    if unknown := unknown_classifiers(session, distribution.metadata.get("classifiers", [])):
        raise invalid(f"The classifier '{unknown[0]}' is not taken.")
    with storage.receive(form.content) as incoming:
        _check_digests(form, incoming)
        check_archive(incoming.path, distribution)
        project = _project(session, token, distribution)
        if _is_here(session, distribution, incoming):
            return None
        release = _release(session, project, distribution)
        file = _file(session, release, token, distribution, incoming)
        on_abort(storage.discard, file.path)
        storage.keep(incoming, file.path)
    session.flush()
    refresh_project(session, project)
    return file


def release_columns(metadata: Any) -> dict[str, Any]:
    """Return the columns of a release that hold core metadata (packaging.metadata.RawMetadata)."""
    own = {name: metadata[name] for name in OWN_COLUMNS if name in metadata}
    return own | {
        "core_metadata": {name: value for name, value in metadata.items() if name not in OWN_COLUMNS}
    }


def _check_digests(form: Form, incoming: Incoming) -> None:
    given = {field: form.text(field).lower() for field in DIGESTS if form.text(field)}
    if not given:
        raise invalid(f"An upload has at least one digest: {', '.join(DIGESTS)}.")
    for field, digest in given.items():
        if not hmac.compare_digest(digest.encode(), getattr(incoming, DIGESTS[field]).encode()):
            raise invalid(f"The file does not have the digest that '{field}' says.")


def _project(session: Session, token: Token, distribution: Distribution) -> Project:
    """Return the project, locked; the first upload makes it, and its user the owner."""
    if token.project and token.project.normalized_name != distribution.normalized_name:
        raise forbidden(f"The token is for the project '{token.project.normalized_name}' only.")
    query = select(Project).where(Project.normalized_name == distribution.normalized_name).with_for_update()
    query = query.execution_options(populate_existing=True)
    project = session.scalars(query).first()
    if project is None:
        session.execute(select(func.pg_advisory_xact_lock(NEW_PROJECT)))  # one at a time: each sees all names
        project = session.scalars(query).first() or _new_project(session, token, distribution)
    if not any(role.user_id == token.user_id for role in project.roles):
        raise forbidden(f"The user '{token.user.username}' has no role in the project '{project.name}'.")
    return project


def _new_project(session: Session, token: Token, distribution: Distribution) -> Project:
    name = distribution.normalized_name
    if name in RESERVED:
        raise invalid(f"'{name}' is the name of a module of Python itself.")
    looks = literal_column(LOOKALIKE_NAME) == lookalike_of(name)
    if gone := session.scalar(select(Retired.name).where(Retired.canonical_version == "", looks).limit(1)):
        raise invalid(f"The project '{gone}' was deleted; its name is not used again.")
    alike = session.scalar(select(Project.name).where(Project.lookalike_name == lookalike_of(name)).limit(1))
    if alike:
        raise invalid(f"The name '{name}' is too similar to that of the project '{alike}'.")
    project = Project(name=distribution.name, roles=[Role(user=token.user, name="owner")])
    session.add(project)
    session.flush()
    return project


def _is_here(session: Session, distribution: Distribution, incoming: Incoming) -> bool:
    """Tell whether the same file was uploaded before; refuse another one of this name, however it is spelled."""
    identity = identity_of(distribution.filename)
    file = session.scalars(select(File).where(File.identity == identity)).first()
    if file is None:
        return False
    if (file.filename, file.sha256) != (distribution.filename, incoming.sha256):
        raise invalid(f"File already exists: '{file.filename}'. A file is never replaced.")
    return True


def _release(session: Session, project: Project, distribution: Distribution) -> Release:
    """Return the release; the first file makes it and gives it its metadata."""
    version, canonical = str(distribution.version), canonicalize_version(distribution.version)
    if session.get(Retired, (project.normalized_name, canonical)):
        raise invalid(f"Version {version} of '{project.name}' was deleted; it is not used again.")
    release = find_release(project, version)
    if release is None:
        columns = release_columns(distribution.metadata)
        release = Release(project=project, version=version, canonical_version=canonical, **columns)
    return release


def _file(
    session: Session, release: Release, token: Token, distribution: Distribution, incoming: Incoming
) -> File:
    file = File(
        release=release,
        uploader_id=token.user_id,
        filename=distribution.filename,
        path=place_of(incoming.sha256, distribution.filename),
        packagetype=distribution.packagetype,
        python_version=distribution.python_version,
        size_bytes=incoming.size_bytes,
        sha256=incoming.sha256,
        blake2_256=incoming.blake2_256,
    )
    session.add(file)
    session.flush()
    return file
