"""Wheels of sample projects, built in memory: equal bytes for equal projects (PEP 427)."""

import hashlib
import re
from base64 import urlsafe_b64encode
from io import BytesIO
from typing import cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from packaging.metadata import Metadata, RawMetadata

from warehouse.samples.projects import SampleProject, SampleRelease

WHEEL = "Wheel-Version: 1.0\nGenerator: warehouse\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
MODULE = '''"""{summary}."""

__version__ = "{version}"


def describe() -> str:
    """Say what this is."""
    return "{name} {version}: a sample"
'''


def wheel_name(project: SampleProject, release: SampleRelease) -> str:
    """Return the file name of a release's wheel."""
    return f"{project.module}-{release.version}-py3-none-any.whl"


def core_metadata(release: SampleRelease) -> bytes:
    """Return the METADATA of a release."""
    message = Metadata.from_raw(cast(RawMetadata, release.metadata)).as_rfc822()
    head, end, body = bytes(message).partition(b"\n\n")
    return re.sub(rb"(?m)^[a-z-]+:", lambda name: name[0].title(), head) + end + body  # as twine knows them


def build_wheel(project: SampleProject, release: SampleRelease) -> bytes:
    """Return a wheel with one module."""
    info = f"{project.module}-{release.version}.dist-info"
    module = MODULE.format(summary=release.metadata["summary"], version=release.version, name=project.name)
    members = {
        f"{project.module}/__init__.py": module.encode(),
        f"{info}/METADATA": core_metadata(release),
        f"{info}/WHEEL": WHEEL.encode(),
    }
    lines = [f"{name},{_record(content)}\n" for name, content in members.items()]
    record = "".join([*lines, f"{info}/RECORD,,\n"])
    wheel = BytesIO()
    with ZipFile(wheel, "w", ZIP_DEFLATED) as archive:
        for name, content in (members | {f"{info}/RECORD": record.encode()}).items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)  # ZipInfo's own time: 1980, every time
    return wheel.getvalue()


def _record(content: bytes) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(content)}"
