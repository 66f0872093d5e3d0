"""Makers of rows, archives and upload forms for tests."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from packaging.utils import canonicalize_version
from sqlalchemy.orm import Session
from webtest import TestApp, TestResponse

from warehouse.accounts.models import User
from warehouse.accounts.services import set_password
from warehouse.projects.models import File, Project, Release
from warehouse.projects.services import refresh_project

INFORMATION = "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n"
FIRST_DAY = datetime(2025, 5, 1, tzinfo=UTC)


def make_user(db: Session, username: str = "alice") -> User:
    """Add a person."""
    user = User(username=username, email=f"{username}@example.org", email_verified=True)
    db.add(user)
    db.flush()
    return user


def make_project(
    db: Session, name: str = "Sample", versions: tuple[str, ...] = ("1.0",), **release: Any
) -> Project:
    """Add a project with releases; `release` are further columns of each of them."""
    project = Project(name=name)
    db.add(project)
    for version in versions:
        canonical = canonicalize_version(version)
        db.add(Release(project=project, version=version, canonical_version=canonical, **release))
    db.flush()
    db.refresh(project)
    refresh_project(db, project)
    db.commit()
    return project


def make_file(db: Session, release: Release, filename: str, **columns: Any) -> File:
    """Add a file's row, without content."""
    sha256 = hashlib.sha256(filename.encode()).hexdigest()
    file = File(
        release=release,
        filename=filename,
        path=f"{sha256[:2]}/{sha256[2:4]}/{sha256[4:]}/{filename}",
        packagetype="bdist_wheel" if filename.endswith(".whl") else "sdist",
        python_version="py3",
        size_bytes=1000,
        sha256=sha256,
        blake2_256=sha256,
        **({"uploaded": FIRST_DAY} | columns),
    )
    db.add(file)
    db.commit()
    return file


def make_wheel(name: str = "sample", version: str = "1.0", **members: bytes | str) -> bytes:
    """Return the bytes of a wheel; `members` are further files by name."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    installed = {f"{info}/WHEEL": "Wheel-Version: 1.0\n", f"{info}/RECORD": ""}
    return make_zip({f"{info}/METADATA": metadata} | installed | members)


def make_zip(members: dict[str, bytes | str]) -> bytes:
    """Return the bytes of a zip archive, the same for the same members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in members.items():
            archive.writestr(zipfile.ZipInfo(path), text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def make_sdist(*names: str, information: str = INFORMATION) -> bytes:
    """Return the bytes of an sdist with empty files of those names, the same for the same names.

    `information` is what its PKG-INFO says.
    """
    content = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=content, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for name in names or ("sample-1.0/PKG-INFO", "sample-1.0/setup.py"):
            content_of_file = information.encode() if name.endswith("/PKG-INFO") else b""
            member = tarfile.TarInfo(name)
            member.size = len(content_of_file)
            archive.addfile(member, io.BytesIO(content_of_file))
    return content.getvalue()


def upload_fields(content: bytes, **fields: str) -> dict[str, str]:
    """Return the fields that twine sends with a file; empty ones in `fields` are left out."""
    given = {
        ":action": "file_upload",
        "protocol_version": "1",
        "filetype": "bdist_wheel",
        "pyversion": "py3",
        "metadata_version": "2.1",
        "name": "sample",
        "version": "1.0",
        "summary": "A sample",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
    }
    return {name: value for name, value in (given | fields).items() if value}


def basic(password: str, username: str = "__token__") -> dict[str, str]:
    """Return the header of HTTP's basic authentication."""
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


PASSWORD = "correct horse battery"


def make_person(db: Session, username: str = "alice", **columns: Any) -> User:
    """Add a person who can log in with PASSWORD."""
    user = make_user(db, username)
    set_password(user, PASSWORD)
    for name, value in columns.items():
        setattr(user, name, value)
    db.commit()
    return user


def log_in(app: TestApp, username: str = "alice", password: str = PASSWORD) -> TestResponse:
    """Log in as a browser does, and return what comes of it."""
    form = app.get("/account/login/").forms["login"]
    form["username"], form["password"] = username, password
    return form.submit()
