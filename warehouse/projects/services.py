"""Finding projects and releases, and keeping a project's face true."""

from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import Version
from sqlalchemy import desc, func, or_, select
from sqlalchemy.orm import Session

from warehouse.accounts.models import User
from warehouse.projects.models import SERIAL, File, Project, Release, Role

SEARCH_RESULTS = 50


def find_project(session: Session, name: str) -> Project | None:
    """Return the project whose normalized name (PEP 503) is that of `name`."""
    normalized = canonicalize_name(name)
    return session.scalars(select(Project).where(Project.normalized_name == normalized)).first()


def find_release(project: Project, version: str) -> Release | None:
    """Return the release with an equal version: 1.0 finds 1.0.0."""
    canonical = canonicalize_version(version)
    return next((each for each in project.releases if each.canonical_version == canonical), None)


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


def refresh_project(session: Session, project: Project) -> None:
    """Make a changed project show its preferred release, and give it a new serial."""
    release = preferred(project.releases)
    project.latest_version = release.version if release else None
    project.summary = release.summary if release else ""
    project.updated = func.now()
    project.serial = SERIAL.next_value()
    session.flush()


def projects_of(session: Session, user: User) -> list[Project]:
    """Return the projects in which a person has a role."""
    query = select(Project).join(Project.roles).where(Role.user_id == user.id)
    return list(session.scalars(query.order_by(Project.normalized_name)))


def role_in(project: Project, user: User | None) -> str | None:
    """Return the person's role, "owner" or "maintainer"."""
    return next((role.name for role in project.roles if user and role.user_id == user.id), None)


def recently_updated(session: Session, count: int) -> list[Project]:
    """Return the projects that changed last."""
    query = select(Project).where(Project.latest_version.is_not(None))
    return list(session.scalars(query.order_by(Project.updated.desc(), Project.id.desc()).limit(count)))


def count_everything(session: Session) -> dict[str, int]:
    """Count projects, releases and files."""
    tables = {"projects": Project, "releases": Release, "files": File}
    counts = session.execute(
        select(*(select(func.count()).select_from(table).scalar_subquery() for table in tables.values()))
    ).one()
    return dict(zip(tables, counts, strict=True))


def search(session: Session, words: str) -> list[Project]:
    """Return the projects whose name or summary fits, misspelled names too, the best first."""
    name = canonicalize_name(words)
    query = func.websearch_to_tsquery("english", words)
    rank = func.similarity(Project.normalized_name, name) + func.ts_rank(Project.searched_text, query)
    fits = or_(Project.normalized_name.op("%")(name), Project.searched_text.op("@@")(query))
    found = select(Project).where(fits).order_by(desc(rank), Project.normalized_name).limit(SEARCH_RESULTS)
    return list(session.scalars(found))
