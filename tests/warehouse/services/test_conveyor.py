"""Old addresses of files and documentation, asked of the real index: each ends where the index answers."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtest import TestApp

from conveyor.app import Conveyor
from conveyor.index import Answer, Index
from conveyor.settings import Settings
from tests.warehouse.factories import basic, make_project, make_sdist, make_wheel, upload_fields
from warehouse.files.storage import Storage
from warehouse.projects.models import File
from warehouse.tokens.models import Token
from warehouse.uploads.extraction import extract_metadata

INDEX, DOCS = "http://localhost", "docs.example.org"
WHEEL, SDIST = "sample_app-1.0-py3-none-any.whl", "sample_app-1.0.tar.gz"


class Followed:
    """Conveyor before the index, as a client that follows its redirects sees them."""

    def __init__(self, app: TestApp) -> None:
        self.app = app
        settings = Settings(INDEX, DOCS)
        self.conveyor = TestApp(Conveyor(settings, Index(settings, self.ask)))

    def ask(self, method: str, path: str, accept: str) -> Answer:
        """Ask the index as conveyor does over HTTP."""
        headers = {"Accept": accept}
        answer = self.app.request(path, method=method, headers=headers, status="*")
        return Answer(answer.status_int, answer.body)

    def place(self, path: str, host: str = "files.example.org", status: int = 302) -> str:
        """Return where an address leads."""
        return self.conveyor.get(path, headers={"Host": host}, status=status).headers.get("Location", "")

    def file(self, path: str) -> bytes:
        """Return the file at the end of an address."""
        place = self.place(path)
        assert place.startswith(f"{INDEX}/packages/")
        return self.app.get(place.removeprefix(INDEX)).body


@pytest.fixture
def followed(app: TestApp) -> Followed:
    """The index, with conveyor before it."""
    return Followed(app)


@pytest.fixture
def uploaded(app: TestApp, db: Session, token: tuple[Token, str], storage: Storage) -> dict[str, bytes]:
    """The files of a project, by name, uploaded; what the wheel says is extracted."""
    information = "Metadata-Version: 2.1\nName: sample-app\nVersion: 1.0\n"
    inside = ("sample_app-1.0/PKG-INFO", "sample_app-1.0/pyproject.toml")
    files = {WHEEL: make_wheel("sample-app"), SDIST: make_sdist(*inside, information=information)}
    for filename, content in files.items():
        kind = {"filetype": "sdist", "pyversion": "source"} if filename == SDIST else {}
        fields = upload_fields(content, name="Sample.App", **kind)
        app.post("/legacy/", fields, upload_files=[("content", filename, content)], headers=basic(token[1]))
    for number in db.scalars(select(File.id)).all():
        extract_metadata(db, storage, number)
    db.commit()
    return files


@pytest.mark.parametrize("project", ["Sample.App", "sample-app", "sample_app"])
def test_an_old_address_of_a_file_leads_to_it(followed: Followed, uploaded, project: str):
    assert followed.file(f"/packages/source/s/{project}/{SDIST}") == uploaded[SDIST]
    assert followed.file(f"/packages/py3/S/{project}/{WHEEL}") == uploaded[WHEEL]


def test_siblings_are_there_as_the_index_has_them(followed: Followed, uploaded):
    base = "/packages/py3/s/sample-app"
    assert followed.file(f"{base}/{WHEEL}.metadata").startswith(b"Metadata-Version: 2.1\nName: sample-app\n")
    assert followed.place(f"{base}/{SDIST}.metadata", status=404) == ""
    assert followed.place(f"{base}/{WHEEL}.asc", status=404) == ""


def test_a_present_address_leads_to_itself_on_the_index(followed: Followed, uploaded):
    path = followed.place(f"/packages/source/s/sample-app/{SDIST}").removeprefix(INDEX)
    assert followed.place(path) == INDEX + path
    assert followed.place(path.replace(SDIST, "sample_app-2.0.tar.gz"), status=404) == ""


def test_a_file_of_another_project_or_of_none_is_not_there(followed: Followed, uploaded):
    assert followed.place(f"/packages/source/o/other/{SDIST}", status=404) == ""
    assert followed.place("/packages/source/s/sample-app/sample_app-2.0.tar.gz", status=404) == ""


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ({"Documentation": "https://sample.example.net/en/"}, "https://sample.example.net/en/"),
        ({"Documentation": "javascript:alert(1)"}, f"{INDEX}/project/sample/"),
        ({"Documentation": "https://user@evil.example/"}, f"{INDEX}/project/sample/"),
        ({"Documentation": f"https://sample.{DOCS}/"}, f"{INDEX}/project/sample/"),
        ({"Homepage": "https://sample.example.net/"}, f"{INDEX}/project/sample/"),
        ({}, f"{INDEX}/project/sample/"),
    ],
)
def test_documentation_is_where_the_project_says_or_its_page(
    followed: Followed, db: Session, urls: dict[str, str], expected: str
):
    make_project(db, core_metadata={"project_urls": urls})
    assert followed.place("/a/b.html", f"Sample.{DOCS}") == expected
    assert followed.place("/sample/a/b.html", DOCS) == expected
    followed.app.get("/project/sample/")


def test_a_project_without_releases_has_a_page_and_what_does_not_exist_has_nothing(
    followed: Followed, db: Session
):
    make_project(db, "Empty", versions=())
    assert followed.place("/empty/", DOCS) == f"{INDEX}/project/empty/"
    followed.app.get("/project/empty/")
    assert followed.place("/nothing/", DOCS, status=404) == ""


def test_the_index_is_healthy(followed: Followed):
    followed.conveyor.app.index.check()
