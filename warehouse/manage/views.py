"""The page of a project's people. Each action is a form of its own; what cannot be undone asks for the name."""

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from sqlalchemy import select

from warehouse.accounts.models import User
from warehouse.events.services import latest, record
from warehouse.forms import _, go, text
from warehouse.manage import services
from warehouse.projects.models import Project, Release
from warehouse.projects.services import newest_first, role_in
from warehouse.projects.views import project_of_route

ROLES = ("maintainer", "owner")


def manage(request: Request) -> dict[str, Any]:
    """Show what can be done to a project."""
    project = _project(request, *ROLES)
    return {
        "project": project,
        "releases": newest_first(project.releases),
        "roles": sorted(project.roles, key=lambda role: role.user.username),
        "is_owner": role_in(project, request.user) == "owner",
        "events": latest(request.db, project=project.normalized_name),
    }


def yank(request: Request) -> HTTPSeeOther:
    """Yank a release, for a reason."""
    project, release = _release(request, *ROLES)
    if release is None:
        return _back(request, project, _("There is no such release."))
    reason = text(request, "reason", 300)
    services.set_yanked(request.db, release, True, reason)
    _note(request, project, "yanked", version=release.version, reason=reason)
    return _back(request, project, _("The release is yanked."))


def unyank(request: Request) -> HTTPSeeOther:
    """Offer a yanked release again."""
    project, release = _release(request, *ROLES)
    if release is None:
        return _back(request, project, _("There is no such release."))
    services.set_yanked(request.db, release, False)
    _note(request, project, "unyanked", version=release.version)
    return _back(request, project, _("The release is offered again."))


def delete_release(request: Request) -> HTTPSeeOther:
    """Delete a release whose version was typed."""
    project, release = _release(request, "owner")
    if release is None or text(request, "confirm") != release.version:
        return _back(request, project, _("Nothing was deleted: type the version to confirm."))
    services.delete_release(request.db, request.registry.storage, request.on_commit, release)
    _note(request, project, "release-deleted", version=release.version)
    return _back(request, project, _("The release is deleted."))


def delete_project(request: Request) -> HTTPSeeOther:
    """Delete a project whose name was typed."""
    project = _project(request, "owner")
    if text(request, "confirm") != project.name:
        return _back(request, project, _("Nothing was deleted: type the name to confirm."))
    _note(request, project, "project-deleted")
    services.delete_project(request.db, request.registry.storage, request.on_commit, project)
    return go(request, _("The project is deleted."), "account")


def add_role(request: Request) -> HTTPSeeOther:
    """Give somebody a role."""
    project, user, name = _project(request, "owner"), _user(request), text(request, "role")
    if user is None or name not in ROLES:
        return _back(request, project, _("There is no such user."))
    if name != "owner" and services.is_last_owner(project, user):
        return _back(request, project, _("A project keeps an owner."))
    services.set_role(request.db, project, user, name)
    _note(request, project, "role-added", of=user.username, role=name)
    request.mail(user, "role-added", role=name, project=project.name)
    return _back(request, project, _("The role is given."))


def remove_role(request: Request) -> HTTPSeeOther:
    """Take somebody's role."""
    project, user = _project(request, "owner"), _user(request)
    role = next((role for role in project.roles if user and role.user_id == user.id), None)
    if user is None or role is None:
        return _back(request, project, _("There is no such user."))
    if services.is_last_owner(project, user):
        return _back(request, project, _("A project keeps an owner."))
    request.db.delete(role)
    _note(request, project, "role-removed", of=user.username)
    return _back(request, project, _("The role is taken."))


def _project(request: Request, *roles: str) -> Project:
    """Return the project, locked where something is to be changed; not having a role is refused."""
    project = project_of_route(request)
    if request.method == "POST":
        lock = select(Project.id).where(Project.id == project.id).with_for_update()
        if request.db.scalar(lock) is None:  # somebody was faster
            raise HTTPNotFound(comment=f"There is no project {project.normalized_name}.")
        request.db.expire_all()  # roles and releases, too, are those of now
    if role_in(project, request.user) not in roles:
        raise HTTPForbidden(comment="")
    return project


def _release(request: Request, *roles: str) -> tuple[Project, Release | None]:
    project = _project(request, *roles)
    version = text(request, "version")
    return project, next((each for each in project.releases if each.version == version), None)


def _user(request: Request) -> User | None:
    return request.db.scalars(select(User).where(User.username == text(request, "username"))).first()


def _note(request: Request, project: Project, kind: str, **detail: str) -> None:
    record(request, kind, user=request.user, project=project.normalized_name, **detail)
    request.purge(project.normalized_name)


def _back(request: Request, project: Project, message: Any) -> HTTPSeeOther:
    return go(request, message, "manage", name=project.normalized_name)
