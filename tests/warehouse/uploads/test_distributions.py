"""What an upload claims is checked field by field, and the parts have to agree."""

import io
from typing import Any

import pytest

from tests.warehouse.factories import upload_fields
from warehouse.uploads.distributions import Distribution, read_distribution
from warehouse.uploads.errors import UploadRefused
from warehouse.uploads.form import Form

WHEEL = "sample-1.0-py3-none-any.whl"


def read(filename: str = WHEEL, **fields: str | list[str]) -> Distribution:
    """Read a good upload with some fields changed."""
    good = upload_fields(b"") | fields
    values = {name: value if isinstance(value, list) else [value] for name, value in good.items()}
    return read_distribution(Form(values, filename, io.BytesIO()))


def refused(**changes: Any) -> str:
    """Read a bad upload; return the reason of its refusal."""
    with pytest.raises(UploadRefused) as refusal:
        read(**changes)
    assert refusal.value.status == 400
    return refusal.value.reason


def test_a_wheel_is_read():
    distribution = read(name="Sam.Ple", filename="sam_ple-1.0-py3-none-any.whl")
    assert distribution.name == "Sam.Ple"
    assert distribution.normalized_name == "sam-ple"
    assert str(distribution.version) == "1.0"
    assert distribution.python_version == "py3"


def test_an_sdist_is_read():
    distribution = read(filename="sample-1.0.tar.gz", filetype="sdist", pyversion="")
    assert distribution.packagetype == "sdist"
    assert distribution.python_version == "source"


def test_metadata_is_taken_in_the_shape_of_core_metadata():
    metadata = read(
        metadata_version="2.4",
        keywords="a, b",
        classifiers=["Programming Language :: Python", "Typing :: Typed"],
        requires_dist=["other>=1"],
        license_file=["LICENSE"],
        license_expression="MIT",
        platform=["any"],
        requires_python=">=3.11",
        project_urls=["Home, https://example.org/?a,b", "Source,https://example.org/source"],
        author="UNKNOWN",
    ).metadata
    assert metadata["keywords"] == ["a", "b"]
    assert metadata["license_files"] == ["LICENSE"]
    assert metadata["platforms"] == ["any"]
    assert metadata["project_urls"] == {
        "Home": "https://example.org/?a,b",
        "Source": "https://example.org/source",
    }
    assert "author" not in metadata


def test_a_field_newer_than_the_declared_version_is_taken():
    metadata = read(metadata_version="2.1", license_file=["LICENSE"], license_expression="MIT").metadata
    assert (metadata["license_files"], metadata["license_expression"]) == (["LICENSE"], "MIT")


@pytest.mark.parametrize("fields", [{":action": "submit"}, {":action": ""}, {"protocol_version": "2"}])
def test_another_protocol_is_refused(fields: dict[str, str]):
    assert refused(**fields) == "The upload API takes ':action' file_upload in 'protocol_version' 1."


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "'name' is a required field"),
        ({"version": ""}, "'version' is a required field"),
        ({"metadata_version": "9.9"}, "'9.9' is not a valid metadata version"),
        ({"name": "-sample"}, "'-sample' is invalid for 'name'"),
        ({"version": "one"}, "'one' is invalid for 'version'"),
        ({"requires_python": "three"}, "'three' is invalid for 'requires-python'"),
        ({"requires_dist": ["a b c"]}, "'a b c' is invalid for 'requires-dist'"),
        ({"summary": "two\nlines"}, "'summary' must be a single line"),
        ({"description_content_type": "text/html"}, "'description-content-type'"),
        ({"license_expression": "No such licence"}, "'No such licence' is invalid for 'license-expression'"),
        ({"name": "", "version": "one"}, "'name' is a required field; 'one' is invalid for 'version'."),
        (
            {"project_urls": ["https://example.org/"]},
            "The project URL 'https://example.org/' is not 'label, URL'.",
        ),
        ({"filetype": "bdist_egg"}, "The file type 'bdist_egg' is not taken; bdist_wheel and sdist are."),
        ({"name": "a" * 201}, "The metadata is invalid: 'name' is longer than 200 characters."),
        ({"version": "1" * 5000}, "The metadata is invalid: 'version' is longer than 200 characters."),
        ({"pyversion": "p" * 201}, "The field 'pyversion' is longer than 200 characters."),
        ({"license": "a" * 200_001}, "The metadata is invalid: 'license' is longer than 200000 characters."),
        ({"keywords": "ab," * 5001}, "The metadata is invalid: 'keywords' is longer than 10000 characters."),
        (
            {"project_urls": [f"{'a' * 20_000}, https://a.example"]},
            "The metadata is invalid: 'project-urls' is longer than 20000 characters.",
        ),
        ({"summary": "a" * 513}, "The metadata is invalid: 'summary' is longer than 512 characters."),
        (
            {"requires_dist": ["a; " + "(" * 5000]},
            "The metadata is invalid: a requirement has too many parentheses.",
        ),
        ({"filetype": ""}, "The file type '' is not taken"),
        ({"version": "1.0+local"}, "'1.0+local' is a local version (PEP 440), which an index does not have."),
        (
            {"requires_dist": ["foo @ https://example.org/foo.whl"]},
            "'foo @ https://example.org/foo.whl' is invalid",
        ),
        (
            {"license": "MIT", "license_expression": "MIT"},
            "'license' is not given beside 'license-expression'",
        ),
        ({"home_page": "javascript:alert(1)"}, "'javascript:alert(1)' is invalid for 'home-page'"),
        (
            {"project_urls": ["Home, javascript:alert(1)"]},
            "'javascript:alert(1)' is invalid for 'project-urls'",
        ),
        ({"requires_python": ">=" + "1" * 5000}, "'requires-python' is longer than 512 characters"),
        ({"requires_python": ">=" + "1" * 101}, "'requires-python' has a number of more than 100 digits"),
        ({"requires_dist": ["a>=" + "1" * 101]}, "'requires-dist' has a number of more than 100 digits"),
    ],
)
def test_a_bad_field_is_refused_with_its_reason(fields: dict[str, Any], reason: str):
    assert reason in refused(**fields)


@pytest.mark.parametrize(
    ("filename", "filetype"),
    [
        ("", "bdist_wheel"),
        ("../sample-1.0-py3-none-any.whl", "bdist_wheel"),
        ("a/sample-1.0-py3-none-any.whl", "bdist_wheel"),
        ("a\\sample-1.0-py3-none-any.whl", "bdist_wheel"),
        (".sample-1.0-py3-none-any.whl", "bdist_wheel"),
        ("sample-1.0-py3-none-any.whl\n", "bdist_wheel"),
        ("sämple-1.0-py3-none-any.whl", "bdist_wheel"),
        ("sample-1.0.tar.gz", "bdist_wheel"),
        ("sample-1.0-py3-none-any.whl", "sdist"),
        ("sample-1.0.zip", "sdist"),
        ("s" * 250 + "-1.0.tar.gz", "sdist"),
    ],
)
def test_a_bad_file_name_is_refused(filename: str, filetype: str):
    assert (
        refused(filename=filename, filetype=filetype) == f"'{filename}' is not the file name of a {filetype}."
    )


@pytest.mark.parametrize(
    ("filename", "filetype", "reason"),
    [
        ("sample.whl", "bdist_wheel", "Invalid wheel filename"),
        ("sample-x-py3-none-any.whl", "bdist_wheel", "Invalid wheel filename"),
        ("sample.tar.gz", "sdist", "Invalid sdist filename"),
    ],
)
def test_a_malformed_file_name_is_refused(filename: str, filetype: str, reason: str):
    assert refused(filename=filename, filetype=filetype).startswith(reason)


@pytest.mark.parametrize(
    ("filename", "filetype"),
    [
        ("other-1.0-py3-none-any.whl", "bdist_wheel"),
        ("sample-2.0-py3-none-any.whl", "bdist_wheel"),
        ("other-1.0.tar.gz", "sdist"),
        ("sample-1.1.tar.gz", "sdist"),
    ],
)
def test_a_file_name_of_something_else_is_refused(filename: str, filetype: str):
    assert refused(filename=filename, filetype=filetype) == (
        f"The file name '{filename}' does not agree with the name 'sample' and version '1.0'."
    )


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4"])
def test_metadata_of_all_versions_that_were_written_is_taken(version: str):
    assert read(metadata_version=version).metadata["metadata_version"] == version


def test_equal_versions_agree():
    assert str(read(filename="sample-1.0-py3-none-any.whl", version="1.0.0").version) == "1.0.0"


@pytest.mark.parametrize("platform", ["linux_x86_64", "foobar", "manylinux_x86_64", "macosx_x86_64", "win64"])
def test_a_platform_that_installers_do_not_share_is_refused(platform: str):
    reason = f"The platform '{platform}' is not one that installers share; 'manylinux' is, for one."
    assert refused(filename=f"sample-1.0-cp311-cp311-{platform}.whl") == reason


@pytest.mark.parametrize(
    "platform",
    ["manylinux1_i686", "manylinux_2_17_x86_64.manylinux2014_x86_64", "musllinux_1_2_aarch64", "linux_armv7l",
     "macosx_10_9_universal2", "macosx_11_0_arm64", "win32", "win_amd64", "win_arm64", "ios_13_0_arm64_iphoneos",
     "android_21_arm64_v8a", "pyodide_2024_0_wasm32", "emscripten_3_1_58_wasm32"],
)  # fmt: skip
def test_a_platform_that_installers_share_is_taken(platform: str):
    assert read(filename=f"sample-1.0-cp311-cp311-{platform}.whl").packagetype == "bdist_wheel"
