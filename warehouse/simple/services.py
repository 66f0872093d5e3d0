"""The documents of the simple API, in the shape of PEP 691; the HTML pages are drawn from the same values."""

from typing import Any

from packaging.version import Version
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from warehouse.projects.models import File, Project, Release

API_VERSION = "1.1"  # PEP 700


def index_document(session: Session, serial: int) -> dict[str, Any]:
    """Return the list of all projects; the serial was asked before, so the list may have newer changes but none older."""
    columns = select(Project.name, Project.normalized_name, Project.serial).order_by(Project.normalized_name)
    return {
        "meta": {"api-version": API_VERSION, "_last-serial": serial},
        "projects": [
            {"name": name, "_normalized": normalized, "_last-serial": own}
            for name, normalized, own in session.execute(columns)
        ],
    }


def project_document(session: Session, project: Project, files_url: str) -> dict[str, Any]:
    """Return the list of a project's files; `files_url` is where the file store is reached, with a slash."""
    query = select(File).join(File.release).where(Release.project_id == project.id)
    files = list(session.scalars(query.options(contains_eager(File.release)).order_by(File.filename)))
    files.sort(key=lambda file: Version(file.release.version))
    return {
        "meta": {"api-version": API_VERSION, "_last-serial": project.serial},
        "name": project.normalized_name,
        "versions": list(dict.fromkeys(file.release.version for file in files)),
        "files": [_file_entry(file, files_url) for file in files],
    }


def _file_entry(file: File, files_url: str) -> dict[str, Any]:
    release = file.release
    metadata = {"sha256": file.metadata_sha256} if file.metadata_sha256 else False
    return {
        "filename": file.filename,
        "url": files_url + file.path,
        "hashes": {"sha256": file.sha256},
        "requires-python": release.requires_python,
        "size": file.size_bytes,
        "upload-time": file.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "yanked": (release.yanked_reason or True) if release.yanked else False,
        "core-metadata": metadata,
    }
