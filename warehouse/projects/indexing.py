"""What the search knows of a project beside its name and summary: the words of its preferred release."""

from sqlalchemy.orm import Session

from warehouse.projects.models import Project
from warehouse.projects.services import preferred

LONGEST = 20_000  # characters of keywords and description; what comes later says little about what it is
LONGEST_CLASSIFIER = 200  # characters; an index of PostgreSQL's has room for some 2,000


def index_project(session: Session, project_id: int) -> None:
    """Write down the words of a project that is still there."""
    project = session.get(Project, project_id, with_for_update=True)  # the last to write has read last
    release = preferred(project.releases) if project else None
    if project is None or release is None:
        return
    keywords, classifiers = (release.core_metadata.get(name, []) for name in ("keywords", "classifiers"))
    project.search_words = " ".join([*keywords, release.description])[:LONGEST]
    project.classifiers = [each for each in classifiers if len(each) <= LONGEST_CLASSIFIER]
