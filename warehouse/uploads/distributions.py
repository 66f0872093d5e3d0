"""What an upload claims to be: file name, name, version and metadata, each checked and all in agreement."""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from packaging.metadata import RawMetadata
from packaging.utils import NormalizedName, canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from warehouse.uploads.errors import invalid
from warehouse.uploads.faults import LONGEST
from warehouse.uploads.form import Form
from warehouse.uploads.reading import read

FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}")  # no folder, no leading dot, nothing to quote
ARCHITECTURES = "x86_64|i686|aarch64|armv7l|ppc64le|ppc64|s390x|riscv64|loongarch64"
PLATFORM = re.compile(  # as PyPI takes them: a plain 'linux' says nothing of the libraries that it needs
    rf"any|win32|win_(arm64|amd64|ia64)|linux_armv[67]l|(manylinux(1|2010|2014|_[0-9]+_[0-9]+)"
    rf"|musllinux_[0-9]+_[0-9]+)_({ARCHITECTURES})"
    r"|macosx_[0-9]+_[0-9]+_(arm64|x86_64|i386|intel|ppc|ppc64|fat|fat3|fat32|fat64|universal|universal2)"
    r"|ios_[0-9]+_[0-9]+_(arm64|x86_64)_(iphoneos|iphonesimulator)"
    r"|android_[0-9]+_(arm64_v8a|armeabi_v7a|x86|x86_64)|(pyodide|pyemscripten|emscripten)_[0-9]+_[0-9]+(_[0-9]+)?_wasm32"
)
ENDINGS = {"bdist_wheel": ".whl", "sdist": ".tar.gz"}  # PEP 427 and PEP 625

# How the form names the fields of core metadata, where it differs from packaging.metadata.RawMetadata.
LISTS = {
    "platforms": "platform", "supported_platforms": "supported_platform", "classifiers": "classifiers",
    "requires_dist": "requires_dist", "provides_dist": "provides_dist", "obsoletes_dist": "obsoletes_dist",
    "requires_external": "requires_external", "provides_extra": "provides_extra", "dynamic": "dynamic",
    "license_files": "license_file",
}  # fmt: skip
TEXTS = (
    "metadata_version", "name", "version", "summary", "description", "description_content_type", "home_page",
    "download_url", "author", "author_email", "maintainer", "maintainer_email", "license", "license_expression",
    "requires_python",
)  # fmt: skip


@dataclass(frozen=True)
class Distribution:
    """A well-formed upload, before anybody has looked into its file."""

    filename: str
    packagetype: str
    python_version: str
    name: str
    normalized_name: NormalizedName
    version: Version
    metadata: RawMetadata


def read_distribution(form: Form) -> Distribution:
    """Return what the form says, or refuse it with the reason."""
    if form.text(":action") != "file_upload" or form.text("protocol_version") != "1":
        raise invalid("The upload API takes ':action' file_upload in 'protocol_version' 1.")
    if len(form.text("pyversion")) > LONGEST["pyversion"]:
        raise invalid(f"The field 'pyversion' is longer than {LONGEST['pyversion']} characters.")
    raw = _raw_metadata(form)
    check_metadata(raw)
    name, version = canonicalize_name(raw["name"]), Version(raw["version"])
    if version.local:
        raise invalid(f"'{version}' is a local version (PEP 440), which an index does not have.")
    packagetype = form.text("filetype")
    _check_filename(form.filename, packagetype, name, version)
    return Distribution(
        form.filename, packagetype, form.text("pyversion") or "source", raw["name"], name, version, raw
    )


def _raw_metadata(form: Form) -> RawMetadata:
    raw: dict[str, Any] = {name: text for name in TEXTS if (text := form.text(name))}
    raw |= {name: form.fields[field] for name, field in LISTS.items() if form.fields.get(field)}
    if keywords := form.text("keywords"):
        raw["keywords"] = [word.strip() for word in keywords.split(",")]
    if urls := form.fields.get("project_urls"):
        raw["project_urls"] = dict(_label_and_url(url) for url in urls)
    return cast(RawMetadata, raw)


def _label_and_url(text: str) -> tuple[str, str]:
    label, separator, url = text.partition(",")
    if not separator:
        raise invalid(f"The project URL '{text}' is not 'label, URL'.")
    return label.strip(), url.strip()


def check_metadata(raw: RawMetadata) -> None:
    """Refuse core metadata whose fields do not keep to their specifications, with the reasons."""
    if found := faults_of(raw):
        raise invalid(f"The metadata is invalid: {'; '.join(sorted(found.values()))}.")


def faults_of(raw: RawMetadata) -> dict[str, str]:
    """Return what is wrong with core metadata, by the names of its fields; reading it costs nobody else."""
    return read("The metadata", "warehouse.uploads.faults:faults", json.dumps(raw))


def _check_filename(filename: str, packagetype: str, name: NormalizedName, version: Version) -> None:
    if packagetype not in ENDINGS:
        raise invalid(f"The file type '{packagetype}' is not taken; {' and '.join(ENDINGS)} are.")
    if not FILENAME.fullmatch(filename) or not filename.endswith(ENDINGS[packagetype]):
        raise invalid(f"'{filename}' is not the file name of a {packagetype}.")
    try:
        if packagetype == "bdist_wheel":
            *claimed, _, tags = parse_wheel_filename(filename)
        else:
            claimed, tags = [*parse_sdist_filename(filename)], frozenset()
    except ValueError as error:
        raise invalid(f"{error}.") from None
    if foreign := sorted(tag.platform for tag in tags if not PLATFORM.fullmatch(tag.platform)):
        said = f"The platform '{foreign[0]}' is not one that installers share; 'manylinux' is, for one."
        raise invalid(said)
    if claimed != [name, version]:
        said = f"The file name '{filename}' does not agree with the name '{name}' and version '{version}'."
        raise invalid(said)
