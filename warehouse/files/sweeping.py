"""Sweeping: what processes that were killed have left is removed, and what is missing is told to administrators.

A file comes to its place before its row can be seen, so only what is older than any request is taken for a leftover. A
row without its file is an operator's to mend: it is named and stays.
"""

import time

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from warehouse.accounts.models import LONGEST_SESSION, OpenSession
from warehouse.events.models import Event
from warehouse.files.storage import METADATA_SUFFIX, Storage
from warehouse.projects.models import File

AGE_SECONDS = 24 * 3600
NAMED = 10  # missing files in an event


def sweep(session: Session, storage: Storage) -> None:
    """Remove leftovers, and write down what was found; the clock here may be ahead of others."""
    before = min(time.time(), session.scalars(select(func.now())).one().timestamp()) - AGE_SECONDS
    names = session.execute(select(File.path, File.filename).order_by(File.filename)).all()
    known = {path + suffix for path, _ in names for suffix in ("", METADATA_SUFFIX)}
    sizes = storage.sweep(known, before)
    missing = [name for path, name in names if not storage.locate(path).is_file()]
    session.execute(delete(OpenSession).where(OpenSession.created < func.now() - LONGEST_SESSION))
    detail = {"removed": len(sizes), "bytes": sum(sizes), "missing": len(missing), "names": missing[:NAMED]}
    session.add(Event(kind="swept", detail=detail))
