"""A file's metadata is made available once, whole, or not at all; what is damaged or gone harms nothing."""

import hashlib
import logging
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webtest import TestApp

import quarantine
from tests.warehouse.factories import (
    log_in,
    make_file,
    make_person,
    make_project,
    make_sdist,
    make_wheel,
    make_zip,
)
from warehouse.files.storage import Storage
from warehouse.projects.models import File, Project, Role
from warehouse.projects.services import find_project
from warehouse.uploads import extraction
from warehouse.uploads.errors import UploadRefused
from warehouse.uploads.extraction import extract_metadata

WHEEL = "sample-1.0-py3-none-any.whl"
SDIST = "sample-1.0.tar.gz"
SAYS = """\
Metadata-Version: 2.1
Name: {name}
Version: 1.0
Summary: A lantern
Requires-Python: >=3.9
Keywords: light,way
Classifier: Private :: Do Not Upload
Requires-Dist: wick
Description-Content-Type: text/markdown

# Lantern
"""


def store(db: Session, storage: Storage, content: bytes, filename: str = WHEEL, **release: Any) -> File:
    """Add a project with a file."""
    project = make_project(db, "sample", **release)
    file = make_file(db, project.releases[0], filename)
    storage.write(content, file.path)
    return file


def described(name: str = "sample") -> bytes:
    """Return a wheel that says a lot about itself."""
    return make_zip({"sample-1.0.dist-info/METADATA": SAYS.format(name=name)})


def test_the_metadata_of_a_wheel_is_announced(app: TestApp, db: Session, storage: Storage):
    file = store(db, storage, described())
    before = app.get("/simple/sample/")
    assert before.html.a.get("data-core-metadata") is None
    updated = find_project(db, "sample").updated
    assert extract_metadata(db, storage, file.id) == "sample"
    db.commit()
    digest = hashlib.sha256(SAYS.format(name="sample").encode()).hexdigest()
    after = app.get("/simple/sample/")
    assert after.html.a["data-core-metadata"] == f"sha256={digest}"
    assert after.etag != before.etag
    beside = app.get(after.html.a["href"].partition("#")[0] + ".metadata")
    assert hashlib.sha256(beside.body).hexdigest() == digest
    assert find_project(db, "sample").updated == updated


def test_what_the_form_left_out_is_completed(db: Session, storage: Storage):
    file = store(db, storage, described(), core_metadata={"keywords": ["mine"]})
    extract_metadata(db, storage, file.id)
    db.commit()
    release, project = file.release, file.release.project
    assert (release.summary, release.requires_python) == ("A lantern", ">=3.9")
    assert (release.description, release.description_content_type) == ("# Lantern\n", "text/markdown")
    assert release.core_metadata["keywords"] == ["mine"]
    assert release.core_metadata["requires_dist"] == ["wick"]
    assert "classifiers" not in release.core_metadata
    assert project.summary == "A lantern"
    db.refresh(project, ["search_words"])
    assert project.search_words == "mine # Lantern\n"


def test_a_field_newer_than_the_declared_version_is_taken(db: Session, storage: Storage):
    text = SAYS.format(name="sample").replace("Requires-Dist", "License-File: LICENSE\nRequires-Dist")
    file = store(db, storage, make_sdist(information=text), SDIST)
    assert extract_metadata(db, storage, file.id) == "sample"
    assert file.release.core_metadata["license_files"] == ["LICENSE"]
    assert file.release.summary == "A lantern"


def test_what_the_form_said_stays(db: Session, storage: Storage):
    file = store(db, storage, described(), summary="Mine", description="*Mine*", requires_python=">=3.8")
    extract_metadata(db, storage, file.id)
    release = file.release
    assert (release.summary, release.requires_python) == ("Mine", ">=3.8")
    assert (release.description, release.description_content_type) == ("*Mine*", "")


def test_an_sdist_completes_its_release_and_announces_nothing(app: TestApp, db: Session, storage: Storage):
    file = store(db, storage, make_sdist(information=SAYS.format(name="Sample")), SDIST)
    assert extract_metadata(db, storage, file.id) == "sample"
    db.commit()
    assert (file.metadata_sha256, file.release.summary) == (None, "A lantern")
    assert not storage.locate(file.path + ".metadata").exists()


@pytest.mark.parametrize("filename", [WHEEL, SDIST])
def test_a_second_run_changes_nothing(db: Session, storage: Storage, filename: str):
    content = described() if filename == WHEEL else make_sdist(information=SAYS.format(name="sample"))
    file = store(db, storage, content, filename)
    extract_metadata(db, storage, file.id)
    db.commit()
    serial = find_project(db, "sample").serial
    storage.discard(file.path + ".metadata")
    assert extract_metadata(db, storage, file.id) is None
    db.commit()
    assert find_project(db, "sample").serial == serial
    assert storage.locate(file.path + ".metadata").exists() is (filename == WHEEL)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SAYS.format(name="other"), f"The metadata in '{SDIST}' is of other 1."),
        ("", f"The metadata in '{SDIST}' is of nothing."),
    ],
)
def test_nothing_is_taken_from_metadata_of_something_else(
    db: Session, storage: Storage, text: str, reason: str
):
    file = store(db, storage, make_sdist(information=text), SDIST)
    assert extract_metadata(db, storage, file.id) is None
    assert (file.release.summary, file.metadata_faults) == ("", [reason])


@pytest.mark.parametrize(
    ("before", "after", "dropped", "fault"),
    [
        ("A lantern", "x" * 513, "summary", "'summary' is longer than 512 characters"),
        (">=3.9", "three", "requires_python", "'three' is invalid for 'requires-python'"),
        (">=3.9", ">=3" + "9" * 101, "requires_python", "'requires-python' has a number of more than 100 digits"),
        ("wick", "wick (>=", "requires_dist", "'wick (>=' is invalid for 'requires-dist'"),
        ("wick", "wick @ https://example.org/w", "requires_dist", "'wick @ https://example.org/w' is invalid for "
         "'requires-dist': it names an address, which no index can answer for"),
        ("# Lantern", "# Lantern\0", "description", "'description' has a null character"),
        ("2.1", "9.9", None, "'9.9' is not a valid metadata version"),
        ("Summary", "Home-page: javascript:alert(1)\nSummary", None,
         "'javascript:alert(1)' is invalid for 'home-page': write it as 'https://host/path'"),
        ("Summary", "Project-URL: Docs, ftp://example.org\nSummary", None,
         "'ftp://example.org' is invalid for 'project-urls': write it as 'https://host/path'"),
        ("Summary", "License: MIT\nLicense-Expression: MIT\nSummary", None,
         "'license' is not given beside 'license-expression'"),
    ],
)  # fmt: skip
def test_each_field_that_is_right_in_itself_is_taken_and_the_others_are_listed(
    app: TestApp, db: Session, storage: Storage, before: str, after: str, dropped: str | None, fault: str
):
    text = SAYS.format(name="sample").replace(before, after, 1)
    file = store(db, storage, make_sdist(information=text), SDIST)
    assert extract_metadata(db, storage, file.id) == "sample"
    release = file.release
    taken = {
        "summary": release.summary == "A lantern",
        "requires_python": release.requires_python == ">=3.9",
        "requires_dist": release.core_metadata.get("requires_dist") == ["wick"],
        "description": release.description == "# Lantern\n",
    }
    assert taken == {name: name != dropped for name in taken}
    assert not release.core_metadata.keys() & {"home_page", "project_urls", "license"}
    assert file.metadata_faults == [fault]
    db.add(Role(project_id=release.project_id, user=make_person(db), name="owner"))
    db.commit()
    log_in(app)
    assert app.get("/manage/sample/").html.select_one("details li").text == fault


def test_what_old_tools_say_for_nothing_is_nothing(db: Session, storage: Storage):
    text = SAYS.format(name="sample").replace("Summary", "Home-page: UNKNOWN\nLicense: UNKNOWN\nSummary")
    file = store(db, storage, make_sdist(information=text), SDIST)
    extract_metadata(db, storage, file.id)
    assert (file.metadata_faults, file.release.core_metadata.keys() & {"home_page", "license"}) == ([], set())


@pytest.mark.parametrize("content", [b"nonsense", make_wheel()[:-30], make_zip({"a": ""})])
def test_a_damaged_wheel_is_logged_and_announces_nothing(
    db: Session, storage: Storage, caplog: pytest.LogCaptureFixture, content: bytes
):
    file = store(db, storage, content)
    with caplog.at_level(logging.WARNING):
        assert extract_metadata(db, storage, file.id) is None
    assert f"no metadata of '{WHEEL}': '{WHEEL}' " in caplog.text
    assert file.metadata_sha256 is None
    assert not storage.locate(file.path + ".metadata").exists()


def test_a_file_that_was_deleted_before_is_nothing_to_do(db: Session, storage: Storage):
    assert extract_metadata(db, storage, 10**12) is None


def test_a_file_that_is_not_on_the_disk_is_tried_again(db: Session, storage: Storage):
    file = store(db, storage, described())
    storage.discard(file.path)
    with pytest.raises(FileNotFoundError):
        extract_metadata(db, storage, file.id)


@pytest.mark.parametrize("table", [File, Project])
def test_a_file_that_is_deleted_while_it_is_read_stays_gone(
    db: Session, storage: Storage, monkeypatch: pytest.MonkeyPatch, table: type
):
    file = store(db, storage, described())
    number, beside = file.id, storage.locate(file.path + ".metadata")
    read = extraction.read_metadata

    def slow(*arguments: Any) -> Any:
        found = read(*arguments)
        db.execute(delete(table).execution_options(synchronize_session=False))
        return found

    monkeypatch.setattr(extraction, "read_metadata", slow)
    assert extract_metadata(db, storage, number) is None
    assert not beside.exists()
    assert db.scalars(select(File)).all() == []


@pytest.mark.parametrize("busy", ["archives:look", "faults:faults"])
def test_a_busy_moment_is_tried_again(
    db: Session, storage: Storage, monkeypatch: pytest.MonkeyPatch, busy: str
):
    file = store(db, storage, described())
    really = quarantine.ask

    def ask(function: str, *words: str, more_seconds: float = 0) -> Any:
        if function.endswith(busy):
            raise quarantine.Busy
        return really(function, *words)

    monkeypatch.setattr(quarantine, "ask", ask)

    with pytest.raises(UploadRefused) as refusal:
        extract_metadata(db, storage, file.id)
    assert refusal.value.status == 503
