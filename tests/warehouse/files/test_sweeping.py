"""What killed processes have left goes, what is in use or new stays, and what is missing is told."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import log_in, make_file, make_person, make_project
from warehouse.accounts.models import OpenSession
from warehouse.events.models import Event
from warehouse.files import sweeping
from warehouse.files.storage import Storage
from warehouse.files.sweeping import AGE_SECONDS, sweep


def left(storage: Storage, place: str, age: float = AGE_SECONDS + 60) -> Path:
    """Leave a file of ten bytes there, of that age in seconds."""
    path = storage.locate(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"0123456789")
    os.utime(path, (time.time() - age,) * 2)
    return path


def stored(storage: Storage) -> list[str]:
    """List what is in the store."""
    return sorted(
        path.relative_to(storage.root).as_posix() for path in storage.root.rglob("*") if path.is_file()
    )


def told(db: Session) -> dict[str, object]:
    """Return what the last sweep has written down."""
    return db.scalars(select(Event.detail).where(Event.kind == "swept").order_by(Event.id.desc())).first()


def test_old_leftovers_go_and_nothing_else(db: Session, storage: Storage):
    file = make_file(db, make_project(db).releases[0], "sample-1.0-py3-none-any.whl")
    kept = [left(storage, file.path), left(storage, file.path + ".metadata")]
    kept += [left(storage, "incoming/tmp1", age=60), left(storage, "aa/bb/cc/new-1.0.tar.gz", age=60)]
    gone = ["incoming/tmp2", "dd/ee/ff/gone-1.0.tar.gz", f"{file.path}.123.part"]
    for place in gone:
        left(storage, place)
    sweep(db, storage)
    assert stored(storage) == sorted(path.relative_to(storage.root).as_posix() for path in kept)
    assert told(db) == {"removed": 3, "bytes": 30, "missing": 0, "names": []}
    sweep(db, storage)
    assert told(db) == {"removed": 0, "bytes": 0, "missing": 0, "names": []}


def test_folders_go_that_have_been_empty_for_a_day(storage: Storage):
    (
        left(storage, "incoming/a"),
        left(storage, "dd/ee/ff/b-1.0.tar.gz"),
        left(storage, "aa/bb/cc/c-1.0.tar.gz", age=60),
    )
    before, day = time.time() - AGE_SECONDS, (time.time() - AGE_SECONDS - 60,) * 2
    assert len(storage.sweep(set(), before)) == 2
    for _ in range(3):  # each that goes was in another, which is empty from then on
        for folder in (path for path in storage.root.rglob("*") if path.is_dir()):
            os.utime(folder, day)
        storage.sweep(set(), before)
    assert sorted(path.name for path in storage.root.rglob("*")) == [
        "aa",
        "bb",
        "c-1.0.tar.gz",
        "cc",
        "incoming",
    ]


def test_what_comes_to_the_place_of_a_leftover_meanwhile_stays(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    place, really = left(storage, "aa/bb/cc/a-1.0.tar.gz"), Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self == place:
            os.utime(place)  # an upload has put the same content there
        return really(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    assert storage.sweep(set(), time.time() - AGE_SECONDS) == []
    assert stored(storage) == ["aa/bb/cc/a-1.0.tar.gz"]


def test_what_goes_meanwhile_is_no_error(storage: Storage, monkeypatch: pytest.MonkeyPatch):
    left(storage, "incoming/a")

    def replace(self: Path, target: Path) -> Path:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "replace", replace)
    assert storage.sweep(set(), time.time() - AGE_SECONDS) == []


def test_rows_without_files_are_told_to_administrators(app: TestApp, db: Session, storage: Storage):
    make_person(db, "admin", is_admin=True)
    log_in(app, "admin")
    assert "No sweep yet: a worker does one each day." in app.get("/admin/").text
    make_file(db, make_project(db).releases[0], "sample-1.0-py3-none-any.whl")
    left(storage, "incoming/tmp1")
    sweep(db, storage)
    db.commit()
    page = app.get("/admin/").html.select_one("[aria-labelledby=leftovers]")
    values = [value.get_text(" ", strip=True) for value in page.find_all("dd")][1:]
    assert values == ["1 (10 Bytes)", "1 sample-1.0-py3-none-any.whl"]
    assert db.scalar(select(func.count()).select_from(OpenSession)) == 1


def test_a_clock_that_is_a_day_ahead_takes_nothing_for_old(
    db: Session, storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    arriving, ahead = left(storage, "incoming/tmp1", age=60), time.time() + AGE_SECONDS
    monkeypatch.setattr(sweeping.time, "time", lambda: ahead)
    sweep(db, storage)
    assert arriving.exists()


def test_sessions_that_are_over_go(db: Session, storage: Storage):
    user = make_person(db)
    for key, days in (("old", 31), ("new", 29)):
        db.add(OpenSession(key=key, user_id=user.id, created=func.now() - timedelta(days=days)))
    sweep(db, storage)
    assert db.scalars(select(OpenSession.key)).all() == ["new"]
