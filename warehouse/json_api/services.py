"""What the JSON documents say, in the shape that PyPI gave them."""

from typing import Any

from warehouse.downloads.services import UNKNOWN, Downloads
from warehouse.projects.models import File, Project, Release
from warehouse.projects.services import newest_first

TEXTS = ("author", "author_email", "download_url", "home_page", "license", "maintainer", "maintainer_email")
OPTIONAL = (
    "dynamic", "license_expression", "license_files", "platform", "project_urls", "provides_extra", "requires_dist",
)  # fmt: skip


def release_document(
    project: Project, release: Release, page: str, files_url: str, downloads: Downloads
) -> dict[str, Any]:
    """Return the document of a release; `page` is the project's address, `files_url` the file store's."""
    return {
        "info": _info(project, release, page) | {"downloads": downloads.periods},
        "last_serial": project.serial,
        "urls": [_file(file, release, files_url, downloads) for file in release.files],
        "vulnerabilities": [],
    }


def project_document(
    project: Project, release: Release, page: str, files_url: str, downloads: Downloads
) -> dict[str, Any]:
    """Return the document of a project: that of a release, and the files of all releases."""
    releases = {
        each.version: [_file(file, each, files_url, downloads) for file in each.files]
        for each in reversed(newest_first(project.releases))
    }
    return release_document(project, release, page, files_url, downloads) | {"releases": releases}


def _info(project: Project, release: Release, page: str) -> dict[str, Any]:
    metadata = release.core_metadata
    return {
        **{name: metadata.get(name, "") for name in TEXTS},
        **{name: metadata.get(name) for name in OPTIONAL},
        "bugtrack_url": None,  # this and its kind: what clients may read, and PyPI has not filled for years
        "classifiers": metadata.get("classifiers", []),
        "description": release.description,
        "description_content_type": release.description_content_type,
        "docs_url": None,
        "keywords": ",".join(metadata.get("keywords", [])),
        "name": project.name,
        "package_url": page,
        "project_url": page,
        "release_url": f"{page}{release.version}/",
        "requires_python": release.requires_python,
        "summary": release.summary,
        "version": release.version,
        "yanked": release.yanked,
        "yanked_reason": release.yanked_reason or None,
    }


def _file(file: File, release: Release, files_url: str, downloads: Downloads) -> dict[str, Any]:
    return {
        "comment_text": "",
        "digests": {"blake2b_256": file.blake2_256, "sha256": file.sha256},
        "downloads": downloads.files.get(file.id, UNKNOWN),
        "filename": file.filename,
        "has_sig": False,
        "packagetype": file.packagetype,
        "python_version": file.python_version,
        "requires_python": release.requires_python,
        "size": file.size_bytes,
        "upload_time": file.uploaded.strftime("%Y-%m-%dT%H:%M:%S"),
        "upload_time_iso_8601": file.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "url": files_url + file.path,
        "yanked": release.yanked,
        "yanked_reason": release.yanked_reason or None,
    }
