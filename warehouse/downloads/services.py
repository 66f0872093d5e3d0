"""How often the files of a project were taken."""

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from warehouse.downloads.models import DownloadCount
from warehouse.projects.models import File, Release

UNKNOWN = -1
"""What the JSON documents say where nobody counts, as PyPI's do."""
DAYS = {"last_day": 1, "last_week": 7, "last_month": 30}
"""Periods, in whole days before today, which counts as well."""


@dataclass(frozen=True)
class Downloads:
    """Counts by period, and of all days by file."""

    periods: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DAYS, UNKNOWN))
    files: dict[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many there were ever."""
        return sum(self.files.values())


def downloads_of(session: Session, project_id: int) -> Downloads:
    """Return the counts of a project, unknown ones where nothing was counted."""
    days = {
        name: func.coalesce(
            func.sum(DownloadCount.count).filter(DownloadCount.day >= func.current_date() - number), 0
        )
        for name, number in DAYS.items()
    }
    asked = select(DownloadCount.file_id, func.sum(DownloadCount.count), *days.values())
    asked = (
        asked.join(File, File.id == DownloadCount.file_id)
        .join(Release)
        .where(Release.project_id == project_id)
    )
    rows = session.execute(asked.group_by(DownloadCount.file_id)).all()
    if not rows:
        return Downloads()
    periods = {name: sum(int(row[2 + place]) for row in rows) for place, name in enumerate(DAYS)}
    return Downloads(periods, {row[0]: int(row[1]) for row in rows})
