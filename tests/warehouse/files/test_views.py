"""Downloads are complete, resumable and cached for ever; nothing else in the folder can be had."""

import pytest
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import make_file, make_project
from warehouse.files.storage import Storage
from warehouse.projects.models import File

CONTENT = b"0123456789" * 100


@pytest.fixture
def file(db: Session, storage: Storage) -> File:
    """A wheel with metadata beside it."""
    file = make_file(db, make_project(db).releases[0], "sample-1.0-py3-none-any.whl", metadata_sha256="f00d")
    storage.write(CONTENT, file.path)
    storage.write(b"Name: sample\n", file.path + ".metadata")
    return file


def test_a_file_is_handed_out(app: TestApp, file: File):
    response = app.get(f"/packages/{file.path}")
    assert response.body == CONTENT
    assert response.content_type == "application/octet-stream"
    assert response.etag == file.sha256
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Content-Encoding" not in response.headers
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_an_address_of_before_still_works(app: TestApp, file: File):
    assert app.get(f"/files/{file.path}").body == CONTENT


def test_the_metadata_beside_a_wheel_is_handed_out(app: TestApp, file: File):
    response = app.get(f"/packages/{file.path}.metadata")
    assert response.body == b"Name: sample\n"
    assert response.etag == "f00d"


def test_a_known_file_is_not_sent_again(app: TestApp, file: File):
    response = app.get(f"/packages/{file.path}", headers={"If-None-Match": f'"{file.sha256}"'}, status=304)
    assert response.body == b""


def test_a_download_can_be_resumed(app: TestApp, file: File):
    response = app.get(f"/packages/{file.path}", headers={"Range": "bytes=990-"}, status=206)
    assert response.body == CONTENT[990:]
    assert response.headers["Content-Range"] == "bytes 990-999/1000"


def test_a_range_beyond_the_end_is_refused(app: TestApp, file: File):
    app.get(f"/packages/{file.path}", headers={"Range": "bytes=2000-"}, status=416)


def test_the_end_of_a_file_is_a_range(app: TestApp, file: File):
    response = app.get(f"/packages/{file.path}", headers={"Range": "bytes=-10"}, status=206)
    assert response.body == CONTENT[-10:]


@pytest.mark.parametrize(
    "asked",
    ["bytes=-0", "bytes=0-1,5-6", f"bytes={'9' * 5000}-", f"bytes=0-{'9' * 5000}", "bytes=x", "lines=1-2"],
)
def test_what_asks_for_no_single_range_gets_the_whole(app: TestApp, file: File, asked: str):
    assert app.get(f"/packages/{file.path}", headers={"Range": asked}, status=200).body == CONTENT


def test_head_has_the_size_and_no_body(app: TestApp, file: File):
    response = app.head(f"/packages/{file.path}")
    assert response.content_length == len(CONTENT)
    assert response.body == b""


def test_a_file_without_metadata_has_none(app: TestApp, db: Session, file: File):
    file.metadata_sha256 = None
    db.commit()
    app.get(f"/packages/{file.path}.metadata", status=404)


def test_an_unknown_file_is_not_found(app: TestApp):
    app.get(f"/packages/00/00/{'0' * 60}/sample-1.0.tar.gz", status=404)


def test_a_lost_file_is_not_found(app: TestApp, storage: Storage, file: File):
    storage.discard(file.path)
    app.get(f"/packages/{file.path}", status=404)


@pytest.mark.parametrize(
    "path", ["", "incoming/x", "../secret", "%2e%2e/secret", "..%2fsecret", "%00", "/etc/passwd", "C:\\x"]
)
def test_nothing_else_can_be_had(app: TestApp, storage: Storage, path: str):
    storage.write(b"x", "incoming/x")
    (storage.root.parent / "secret").write_text("secret")
    app.get(f"/packages/{path}", status=404)
