"""Finding projects and releases, and keeping a project's face true."""

import re
from dataclasses import dataclass

from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import Version
from sqlalchemy import desc, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from warehouse.accounts.models import User
from warehouse.projects.models import SERIAL, File, Project, Release, Retired, Role

SERIALS = 2  # the number of a lock that transactions hold
SEARCH_RESULTS = 24  # on a page


def find_project(session: Session, name: str) -> Project | None:
    """Return the project whose normalized name (PEP 503) is that of `name`."""
    return session.scalars(select(Project).where(Project.normalized_name == canonicalize_name(name))).first()


def find_release(project: Project, version: str) -> Release | None:
    """Return the release with an equal version: 1.0 finds 1.0.0."""
    canonical = canonicalize_version(version)
    return next((each for each in project.releases if each.canonical_version == canonical), None)


def required(session: Session, requirements: list[str]) -> list[tuple[str, str | None]]:
    """Return what is required, each with the normalized name of its project if there is one."""
    names = [canonicalize_name(re.split(r"[^\w.-]", each.strip(), maxsplit=1)[0]) for each in requirements]
    known = set(session.scalars(select(Project.normalized_name).where(Project.normalized_name.in_(names))))
    return [(each, name if name in known else None) for each, name in zip(requirements, names, strict=True)]


def newest_first(releases: list[Release]) -> list[Release]:
    """Sort releases by version (PEP 440), the newest first."""
    return sorted(releases, key=lambda each: Version(each.version), reverse=True)


def preferred(releases: list[Release]) -> Release | None:
    """Return what an installer takes: the newest final release, else the newest, yanked ones last of all."""
    return max(
        releases,
        key=lambda each: (not each.yanked, not Version(each.version).is_prerelease, Version(each.version)),
        default=None,
    )


def refresh_project(session: Session, project: Project, *, is_news: bool = True) -> None:
    """Make a changed project show its preferred release, and give it a new serial; news come first in lists."""
    release = preferred(project.releases)
    project.latest_version = release.version if release else None
    project.summary = release.summary if release else ""
    if is_news:
        project.updated = func.now()
    lock_serials(session)
    project.serial = SERIAL.next_value()
    session.flush()


def lock_serials(session: Session) -> None:
    """Let only this transaction draw serials until it ends: who has seen one has seen all that are lower."""
    session.execute(select(func.pg_advisory_xact_lock(SERIALS)))


def last_serial(session: Session) -> int:
    """Return the newest serial of any change, deletions included."""
    newest = (
        func.coalesce(select(func.max(column)).scalar_subquery(), 0)
        for column in (Project.serial, Retired.serial)
    )
    return session.scalar(select(func.greatest(*newest))) or 0


def projects_of(session: Session, user: User) -> list[Project]:
    """Return the projects in which a person has a role."""
    query = select(Project).join(Project.roles).where(Role.user_id == user.id)
    return list(session.scalars(query.order_by(Project.normalized_name)))


def role_in(project: Project, user: User | None) -> str | None:
    """Return the person's role, "owner" or "maintainer"."""
    return next((role.name for role in project.roles if user and role.user_id == user.id), None)


def recently_released(session: Session, count: int) -> list[Project]:
    """Return the projects whose shown release is the newest."""
    query = select(Project).join(Project.latest).options(contains_eager(Project.latest))
    return list(session.scalars(query.order_by(Release.created.desc(), Project.id.desc()).limit(count)))


def count_everything(session: Session) -> dict[str, int]:
    """Count projects, releases and files."""
    tables = {"projects": Project, "releases": Release, "files": File}
    counts = session.execute(
        select(*(select(func.count()).select_from(table).scalar_subquery() for table in tables.values()))
    ).one()
    return dict(zip(tables, counts, strict=True))


@dataclass(frozen=True)
class Found:
    """A page of what a search found, and how much there is in all."""

    projects: list[Project]
    count: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.count // SEARCH_RESULTS)


def search(session: Session, words: str, classifier: str = "", page: int = 1) -> Found:
    """Return the projects whose name or words fit, parts of names and misspelled ones too, the best first; all without words."""
    name = canonicalize_name(words)
    query = func.websearch_to_tsquery("english", words)
    rank = func.similarity(Project.normalized_name, name) + func.ts_rank(Project.searched_text, query)
    found = select(Project)
    if words:
        near = Project.normalized_name.op("%")(name), Project.normalized_name.contains(name, autoescape=True)
        found = found.where(or_(*near, Project.searched_text.op("@@")(query)))
    if classifier:
        found = found.where(Project.classifiers.contains([classifier]))
    count = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    order = (desc(rank), Project.normalized_name) if words else (Project.normalized_name,)
    start = (page - 1) * SEARCH_RESULTS
    found = found.order_by(*order).offset(start).limit(SEARCH_RESULTS).options(joinedload(Project.latest))
    return Found(list(session.scalars(found)), count)
