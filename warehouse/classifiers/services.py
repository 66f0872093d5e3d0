"""Keeping the classifiers in step, and asking about them."""

from collections.abc import Iterable

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from warehouse.classifiers.models import Classifier
from warehouse.projects.models import Project

PRIVATE = "Private ::"  # a project that says this does not want to be uploaded by mistake


def synchronize(session: Session) -> int:
    """Make the table hold what the package knows; return how many there are. Those it dropped are deprecated."""
    from trove_classifiers import classifiers, deprecated_classifiers

    known = dict.fromkeys(classifiers, False) | dict.fromkeys(deprecated_classifiers, True)
    rows = [{"name": name, "is_deprecated": deprecated} for name, deprecated in known.items()]
    statement = insert(Classifier).values(rows)
    newer = {"is_deprecated": statement.excluded.is_deprecated}
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=newer))
    session.execute(update(Classifier).where(Classifier.name.not_in(known)).values(is_deprecated=True))
    return len(known)


def unknown_classifiers(session: Session, names: Iterable[str]) -> list[str]:
    """Return those of the names that an upload may not have; before a first synchronization all are allowed."""
    wanted = set(names)
    if any(name.startswith(PRIVATE) for name in wanted):
        return sorted(name for name in wanted if name.startswith(PRIVATE))
    if not wanted or session.scalar(select(func.count()).select_from(Classifier)) == 0:
        return []
    allowed = select(Classifier.name).where(Classifier.name.in_(wanted), Classifier.is_deprecated.is_(False))
    return sorted(wanted - set(session.scalars(allowed)))


def used_classifiers(session: Session) -> list[str]:
    """Return the classifiers that any project has, for the filter of the search."""
    names = select(func.unnest(Project.classifiers).label("name")).distinct().order_by("name")
    return list(session.scalars(names))
