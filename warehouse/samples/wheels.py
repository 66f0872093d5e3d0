"""Wheels of sample projects, built in memory: equal bytes for equal projects (PEP 427)."""

import hashlib
from base64 import urlsafe_b64encode
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from warehouse.samples.projects import SampleProject, SampleRelease

WHEEL = "Wheel-Version: 1.0\nGenerator: warehouse\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
MODULE = '''"""{summary}."""

__version__ = "{version}"


def describe() -> str:
    """Say what this is."""
    return "{name} {version}: a sample"
'''
HEADERS = {
    "metadata_version": "Metadata-Version",
    "name": "Name",
    "version": "Version",
    "summary": "Summary",
    "author": "Author",
    "license_expression": "License-Expression",
    "requires_python": "Requires-Python",
    "description_content_type": "Description-Content-Type",
}


def wheel_name(project: SampleProject, release: SampleRelease) -> str:
    """Return the file name of a release's wheel."""
    return f"{project.module}-{release.version}-py3-none-any.whl"


def core_metadata(release: SampleRelease) -> bytes:
    """Return the METADATA of a release."""
    metadata = release.metadata
    lines = [f"{header}: {metadata[field]}" for field, header in HEADERS.items() if field in metadata]
    lines.append(f"Keywords: {','.join(metadata['keywords'])}")
    lines += [f"Classifier: {classifier}" for classifier in metadata["classifiers"]]
    lines += [f"Requires-Dist: {requirement}" for requirement in metadata["requires_dist"]]
    lines += [f"Project-URL: {label}, {url}" for label, url in metadata["project_urls"].items()]
    return "\n".join([*lines, "", metadata["description"]]).encode()


def build_wheel(project: SampleProject, release: SampleRelease) -> bytes:
    """Return a wheel with one module."""
    info = f"{project.module}-{release.version}.dist-info"
    module = MODULE.format(summary=release.metadata["summary"], version=release.version, name=project.name)
    members = {
        f"{project.module}/__init__.py": module.encode(),
        f"{info}/METADATA": core_metadata(release),
        f"{info}/WHEEL": WHEEL.encode(),
    }
    record = (
        "".join(f"{name},{_record(content)}\n" for name, content in members.items()) + f"{info}/RECORD,,\n"
    )
    wheel = BytesIO()
    with ZipFile(wheel, "w", ZIP_DEFLATED) as archive:
        for name, content in (members | {f"{info}/RECORD": record.encode()}).items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)  # ZipInfo's own time: 1980, every time
    return wheel.getvalue()


def _record(content: bytes) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(content)}"
