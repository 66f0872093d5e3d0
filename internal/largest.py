"""Show the projects whose files take the most room: `doit internal largest --count=20`."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from warehouse.cli.session import open_session
from warehouse.errors import WarehouseError
from warehouse.projects.models import File, Project, Release

MEGABYTE = 1_000_000


def largest(session: Session, count: int) -> Sequence[tuple[str, int, int]]:
    """Return the name, the number of files and the bytes of projects, the largest first."""
    size = func.sum(File.size_bytes)
    asked = (
        select(Project.name, func.count(), size).join(Release, Release.project_id == Project.id).join(File)
    )
    found = session.execute(asked.group_by(Project.name).order_by(size.desc(), Project.name).limit(count))
    return [(name, files, int(total)) for name, files, total in found]


def main(words: Sequence[str]) -> None:
    """Print a table of them."""
    parser = argparse.ArgumentParser(prog="doit internal largest", description=__doc__)
    parser.add_argument("--count", type=int, default=10, help="how many projects (10)")
    given = parser.parse_args(words)
    table = Table("project", "files", "MB")
    with open_session() as (session, _):
        for name, files, total in largest(session, given.count):
            table.add_row(name, str(files), f"{total / MEGABYTE:.1f}")
    Console(soft_wrap=True).print(table)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except WarehouseError as error:
        sys.exit(f"error: {error}")
