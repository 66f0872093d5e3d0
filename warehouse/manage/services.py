"""Yanking and deleting, and who may."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from warehouse.accounts.models import User
from warehouse.files.storage import METADATA_SUFFIX, Storage
from warehouse.projects.models import File, Project, Release, Retired, Role
from warehouse.projects.services import lock_serials, refresh_project


def set_yanked(session: Session, release: Release, is_yanked: bool, reason: str = "") -> None:
    """Hide a release from installers that do not ask for exactly this one (PEP 592), or offer it again."""
    release.yanked, release.yanked_reason = is_yanked, reason
    refresh_project(session, release.project)


def delete_release(
    session: Session, storage: Storage, on_commit: Callable[..., Any], release: Release
) -> None:
    """Delete a release and its files for good; its version is never used again."""
    project = release.project
    _retire(session, project, release.canonical_version)
    _discard(storage, on_commit, release.files)
    session.execute(delete(Release).where(Release.id == release.id))  # its files go with it
    session.expire_all()
    refresh_project(session, project)


def delete_project(
    session: Session, storage: Storage, on_commit: Callable[..., Any], project: Project
) -> None:
    """Delete a project with all releases; its name is never used again."""
    for release in project.releases:
        _discard(storage, on_commit, release.files)
    _retire(session, project)
    session.execute(delete(Project).where(Project.id == project.id))  # all that belongs to it goes with it
    session.expire_all()


def set_role(session: Session, project: Project, user: User, name: str) -> None:
    """Give a person a role, another one if there is one already."""
    for role in project.roles:
        if role.user_id == user.id:
            role.name = name
            return
    project.roles.append(Role(user=user, name=name))
    session.flush()


def is_last_owner(project: Project, user: User) -> bool:
    """Tell whether nobody else owns the project."""
    return [role.user_id for role in project.roles if role.name == "owner"] == [user.id]


def _retire(session: Session, project: Project, canonical_version: str = "") -> None:
    lock_serials(session)
    session.add(Retired(name=project.normalized_name, canonical_version=canonical_version))


def _discard(storage: Storage, on_commit: Callable[..., Any], files: list[File]) -> None:
    for file in files:
        on_commit(storage.discard, file.path)
        on_commit(storage.discard, file.path + METADATA_SUFFIX)
