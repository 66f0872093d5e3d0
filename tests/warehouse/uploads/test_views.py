"""Uploads over HTTP: file and rows appear together or not at all, and every refusal has its reason."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyramid.registry import Registry
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from webtest import TestApp, TestResponse

from tests.warehouse.factories import basic, make_project, make_sdist, make_user, make_wheel, upload_fields
from warehouse.classifiers.models import Classifier
from warehouse.files.storage import Incoming, Storage
from warehouse.manage.services import delete_project, delete_release
from warehouse.projects.models import File, Project, Release, Role
from warehouse.projects.services import find_project
from warehouse.settings import Settings
from warehouse.tokens.models import Token
from warehouse.tokens.services import create_token
from warehouse.uploads import services

WHEEL = "sample-1.0-py3-none-any.whl"
Upload = Callable[..., TestResponse]


@pytest.fixture
def upload(app: TestApp, token: tuple[Token, str]) -> Upload:
    """Return a function that uploads a file as twine does."""

    def upload(
        filename: str = WHEEL,
        content: bytes | None = None,
        status: int = 200,
        password: str = "",
        **fields: str,
    ) -> TestResponse:
        content = make_wheel() if content is None else content
        headers = basic(password or token[1])
        files = [("content", filename, content)]
        return app.post(
            "/legacy/", upload_fields(content, **fields), headers=headers, upload_files=files, status=status
        )

    return upload


def stored(storage: Storage) -> list[Path]:
    """List all files of the store."""
    return sorted(path for path in storage.root.rglob("*") if path.is_file())


def rows(db: Session) -> list[int]:
    """Count projects, releases, files and roles."""
    return [db.scalar(select(func.count()).select_from(table)) for table in (Project, Release, File, Role)]


def test_a_wheel_is_stored(upload: Upload, db: Session, storage: Storage):
    content = make_wheel()
    assert (
        upload(content=content, requires_python=">=3.8", description="*Hi*", keywords="a").text
        == "Uploaded.\n"
    )
    file = db.scalars(select(File)).one()
    assert (file.filename, file.packagetype, file.python_version) == (WHEEL, "bdist_wheel", "py3")
    assert (file.size_bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert storage.locate(file.path).read_bytes() == content
    assert file.metadata_sha256 is None  # until a job has extracted it
    assert file.release.version == "1.0"
    assert (file.release.requires_python, file.release.description) == (">=3.8", "*Hi*")
    assert file.release.core_metadata["keywords"] == ["a"]
    assert len(stored(storage)) == 1
    jobs = db.execute(text("SELECT task_name, args FROM queue.procrastinate_jobs ORDER BY id"))
    assert [tuple(job) for job in jobs] == [
        ("warehouse:index_project", {"project_id": file.release.project_id}),
        ("warehouse:extract_metadata", {"file_id": file.id}),
        ("warehouse:render_descriptions", {}),
    ]


def test_the_first_upload_makes_the_project_and_its_owner(upload: Upload, db: Session):
    upload(name="Sam.Ple", filename="sam_ple-1.0-py3-none-any.whl", content=make_wheel("sam-ple"))
    project = find_project(db, "sam_ple")
    assert (project.name, project.summary, project.latest_version) == ("Sam.Ple", "A sample", "1.0")
    assert [(role.user.username, role.name) for role in project.roles] == [("alice", "owner")]


def test_an_upload_marks_the_token_as_used(upload: Upload, db: Session, token: tuple[Token, str]):
    upload()
    db.refresh(token[0])
    assert token[0].last_used is not None


def test_a_release_takes_several_files(upload: Upload, db: Session):
    upload()
    upload("sample-1.0.tar.gz", make_sdist(), filetype="sdist", name="SAMPLE", version="1.0.0")
    upload("sample-1.0-cp311-none-any.whl")
    assert rows(db) == [1, 1, 3, 1]


def test_the_project_shows_the_newest_upload(upload: Upload, db: Session):
    upload()
    serial = find_project(db, "sample").serial
    upload("sample-2.0-py3-none-any.whl", make_wheel(version="2.0"), version="2.0", summary="Better")
    db.expire_all()
    project = find_project(db, "sample")
    assert (project.latest_version, project.summary) == ("2.0", "Better")
    assert project.serial > serial


def test_what_was_uploaded_can_be_found_and_downloaded(upload: Upload, app: TestApp):
    content = make_wheel()
    upload(content=content)
    link = app.get("/simple/sample/").html.a
    assert app.get(link["href"].partition("#")[0]).body == content


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (WHEEL, WHEEL),
        (WHEEL, "Sample-1.0-py3-none-any.whl"),
        (WHEEL, "sample-1-py3-none-any.whl"),
        (WHEEL, "sample-01-py3-none-any.whl"),
        (WHEEL, "sample-v1.0.0-py3-none-any.whl"),
        ("sample-1.0-1-py3-none-any.whl", "sample-1.0-01-py3-none-any.whl"),
        ("sample-1.0-py2.py3-none-any.whl", "sample-1.0-PY3.py2-none-any.whl"),
        ("sample-1.0.tar.gz", "SAMPLE-1.0.0.tar.gz"),
    ],
)
def test_a_file_is_never_replaced_however_its_name_is_spelled(
    upload: Upload, db: Session, storage: Storage, first: str, again: str
):
    kind = {"filetype": "sdist"} if first.endswith(".tar.gz") else {}
    upload(first, make_sdist() if kind else None, **kind)
    before = stored(storage), rows(db)
    other = make_sdist("sample-1.0/PKG-INFO", "sample-1.0/x.py") if kind else make_wheel(extra="x")
    response = upload(again, other, status=400, **kind)
    reason = f"File already exists: '{first}'. A file is never replaced."
    assert (response.text, response.status) == (f"{reason}\n", f"400 {reason}")
    assert (stored(storage), rows(db)) == before


def test_the_identical_file_again_is_no_error_and_no_change(upload: Upload, db: Session, storage: Storage):
    upload()
    before = stored(storage), rows(db), find_project(db, "sample").serial
    assert upload().text == "This file is here already.\n"
    assert (stored(storage), rows(db), find_project(db, "sample").serial) == before
    jobs = db.scalar(text("SELECT count(*) FROM queue.procrastinate_jobs"))
    assert jobs == 3


def test_the_identical_file_is_not_taken_from_somebody_else(upload: Upload, db: Session, settings: Settings):
    upload()
    _, password = create_token(db, settings.secret, make_user(db, "bob"))
    db.commit()
    assert (
        upload(status=403, password=password).text == "The user 'bob' has no role in the project 'sample'.\n"
    )


@pytest.mark.parametrize("build", ["sample-1.0-1", "SAMPLE-1.0.0"])
def test_a_deleted_version_is_not_used_again(upload: Upload, db: Session, storage: Storage, build: str):
    upload()
    delete_release(db, storage, lambda *_: None, find_project(db, "sample").releases[0])
    db.commit()
    response = upload(f"{build}-py3-none-any.whl", status=400)
    assert response.text == "Version 1.0 of 'sample' was deleted; it is not used again.\n"
    upload("sample-1.1-py3-none-any.whl", make_wheel(version="1.1"), version="1.1")


def test_a_deleted_name_is_not_used_again(upload: Upload, db: Session, storage: Storage):
    upload()
    delete_project(db, storage, lambda *_: None, find_project(db, "sample"))
    db.commit()
    response = upload("SAMPLE-2.0-py3-none-any.whl", make_wheel(version="2.0"), version="2.0", status=400)
    assert response.text == "The project 'sample' was deleted; its name is not used again.\n"
    alike = upload("s_amp1e-1.0-py3-none-any.whl", make_wheel("s-amp1e"), name="s-amp1e", status=400)
    assert alike.text == response.text


def upload_named(upload: Upload, name: str, status: int = 200) -> str:
    """Upload a wheel of another name; return what is said."""
    filename = f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    return upload(filename, make_wheel(name), name=name, status=status).text


@pytest.mark.parametrize("name", ["s-ample", "SAMP1E", "sampie"])
def test_a_name_that_looks_like_another_is_refused(upload: Upload, db: Session, name: str):
    upload()
    reason = f"The name '{name.lower()}' is too similar to that of the project 'sample'.\n"
    assert upload_named(upload, name, status=400) == reason
    assert rows(db)[0] == 1


@pytest.mark.parametrize("name", ["json", "XML", "concurrent"])
def test_a_module_of_python_itself_is_no_project(upload: Upload, name: str):
    reason = f"'{name.lower()}' is the name of a module of Python itself.\n"
    assert upload_named(upload, name, status=400) == reason


@pytest.mark.parametrize("name", ["5ample", "thread", "json-x"])
def test_other_names_are_free(upload: Upload, name: str):
    upload()
    assert upload_named(upload, name) == "Uploaded.\n"


@pytest.mark.parametrize("field", ["md5_digest", "sha256_digest", "blake2_256_digest"])
@pytest.mark.parametrize("digest", ["0" * 64, "ä"])
def test_a_wrong_digest_is_refused(upload: Upload, db: Session, storage: Storage, field: str, digest: str):
    response = upload(status=400, **{field: digest})
    assert response.text == f"The file does not have the digest that '{field}' says.\n"
    assert (stored(storage), rows(db)) == ([], [0, 0, 0, 0])


def test_right_digests_of_any_kind_are_taken(upload: Upload):
    content = make_wheel()
    digests = {
        "sha256_digest": "",
        "md5_digest": hashlib.md5(content).hexdigest().upper(),
        "blake2_256_digest": hashlib.blake2b(content, digest_size=32).hexdigest(),
    }
    upload(content=content, **digests)


def test_an_upload_without_a_digest_is_refused(upload: Upload):
    response = upload(status=400, sha256_digest="")
    assert (
        response.text == "An upload has at least one digest: md5_digest, sha256_digest, blake2_256_digest.\n"
    )


def test_a_reason_cannot_break_the_status_line(upload: Upload):
    response = upload(status=400, summary="x", name="ä\r\nSet-Cookie: a=b")
    assert "Set-Cookie" not in response.headers
    assert response.status.isascii()
    assert response.status.isprintable()


def test_a_failure_after_the_file_is_in_its_place_removes_it(
    upload: Upload, db: Session, storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    def broken(session: Session, project: Project) -> None:
        assert len(stored(storage)) == 1
        raise RuntimeError

    monkeypatch.setattr(services, "refresh_project", broken)
    upload(status=500)
    assert (stored(storage), rows(db)) == ([], [0, 0, 0, 0])


def test_a_full_disk_leaves_nothing(
    upload: Upload, db: Session, storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    def full(self: Storage, incoming: Incoming, path: str) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Storage, "keep", full)
    upload(status=500)
    assert (stored(storage), rows(db)) == ([], [0, 0, 0, 0])


def test_an_upload_beyond_the_limit_is_refused(
    upload: Upload, registry: Registry, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(registry, "upload_limits", replace(registry.upload_limits, file_bytes=100))
    assert upload(status=413).text == "The file is larger than 100 bytes.\n"


def test_an_upload_without_a_token_is_asked_for_one(app: TestApp):
    response = app.post("/legacy/", {}, status=401)
    assert response.text == "Upload with the user name '__token__' and an API token as the password.\n"
    assert response.headers["WWW-Authenticate"] == 'Basic realm="uploads", charset="UTF-8"'


@pytest.mark.parametrize("password", ["x", "warehouse-wrong"])
def test_a_bad_token_is_forbidden(upload: Upload, password: str):
    assert upload(status=403, password=password).text == "The API token is invalid or was revoked.\n"


def test_an_address_that_is_not_confirmed_uploads_nothing(
    upload: Upload, db: Session, token: tuple[Token, str]
):
    token[0].user.email_verified = False
    db.commit()
    assert upload(status=403).text.startswith("Confirm your email address first: ")
    assert rows(db) == [0, 0, 0, 0]


def test_attestations_are_taken_and_not_kept(upload: Upload, db: Session):
    upload(attestations="not JSON")
    assert "attestations" not in db.scalars(select(Release)).one().core_metadata


def test_a_token_of_another_project_is_forbidden(upload: Upload, db: Session, settings: Settings, token: Any):
    other = make_project(db, "other")
    _, text = create_token(db, settings.secret, token[0].user, project=other)
    db.commit()
    assert upload(status=403, password=text).text == "The token is for the project 'other' only.\n"


def test_a_token_of_the_project_is_good(upload: Upload, db: Session, settings: Settings, token: Any):
    project = make_project(db)
    project.roles.append(Role(user=token[0].user, name="maintainer"))
    _, text = create_token(db, settings.secret, token[0].user, project=project)
    db.commit()
    upload(password=text)


def test_somebody_else_s_project_is_forbidden(upload: Upload, db: Session, storage: Storage):
    project = make_project(db)
    project.roles.append(Role(user=make_user(db, "bob"), name="owner"))
    db.commit()
    response = upload(status=403)
    assert response.text == "The user 'alice' has no role in the project 'Sample'.\n"
    assert stored(storage) == []


def test_an_upload_api_takes_nothing_but_posts(app: TestApp):
    assert app.get("/legacy/", status=405).headers["Allow"] == "POST"


FIELDS = st.dictionaries(
    st.sampled_from(
        [":action", "name", "version", "filetype", "metadata_version", "summary", "requires_python",
         "project_urls", "keywords", "description_content_type", "sha256_digest", "pyversion", "classifiers"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=30),
    max_size=3,
)  # fmt: skip


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=60,
)
@given(
    fields=FIELDS,
    filename=st.one_of(
        st.just(WHEEL), st.text(st.characters(codec="utf-8", exclude_characters='\r\n"\0'), min_size=1)
    ),
    content=st.one_of(st.just(make_wheel()), st.binary(max_size=50)),
)
def test_a_malformed_upload_is_refused_and_leaves_nothing(
    upload: Upload, db: Session, storage: Storage, fields: dict[str, str], filename: str, content: bytes
):
    response = upload(filename, content, status="*", **fields)
    if response.status_int == 200:
        assert rows(db)[2] == 1
        db.query(Project).delete()
        db.commit()
        return
    assert response.status_int in (400, 413)
    assert response.text.strip()
    assert rows(db) == [0, 0, 0, 0]
    assert not [path for path in stored(storage) if path.parent.name == "incoming"]


def test_an_unknown_classifier_is_refused(upload: Upload, db: Session):
    db.add(Classifier(name="Topic :: Games/Entertainment"))
    db.commit()
    upload(classifiers="Topic :: Games/Entertainment")
    refused = upload(filename="sample-1.0-py2-none-any.whl", status=400, classifiers="Made :: Up")
    assert refused.text == "The classifier 'Made :: Up' is not taken.\n"
