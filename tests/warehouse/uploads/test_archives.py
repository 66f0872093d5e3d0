"""An archive is what its name says, and harms nobody who unpacks it."""

import gzip
import io
import tarfile
import warnings
import zipfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version

import quarantine
from tests.warehouse.factories import make_sdist, make_wheel, make_zip
from warehouse.uploads import archives
from warehouse.uploads.archives import check_archive, read_metadata
from warehouse.uploads.distributions import Distribution
from warehouse.uploads.errors import UploadRefused

compress = partial(gzip.compress, mtime=0)
WHEEL = Distribution(
    "sample-1.0-py3-none-any.whl", "bdist_wheel", "py3", "sample", "sample", Version("1.0"), {}
)
SDIST = Distribution("sample-1.0.tar.gz", "sdist", "source", "sample", "sample", Version("1.0"), {})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for an archive."""
    return tmp_path / "archive"


def members() -> bytes:
    """Return an sdist without the zeros at its end."""
    content = gzip.decompress(make_sdist())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        last = archive.getmembers()[-1]
    return compress(content[: last.offset_data + -(-last.size // 512) * 512])


def refused(path: Path, content: bytes, distribution: Distribution) -> str:
    """Check a bad archive; return the reason of its refusal."""
    path.write_bytes(content)
    with pytest.raises(UploadRefused) as refusal:
        check_archive(path, distribution)
    assert refusal.value.status == 400
    return refusal.value.reason


def test_the_metadata_of_a_wheel_is_returned(path: Path):
    path.write_bytes(make_wheel())
    check_archive(path, WHEEL)
    metadata, raw = read_metadata(path, WHEEL.filename)
    assert metadata == b"Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n"
    assert raw == {"metadata_version": "2.1", "name": "sample", "version": "1.0"}


def test_the_package_information_of_an_sdist_is_returned(path: Path):
    path.write_bytes(make_sdist(information="Name: sample\nVersion: 1\n"))
    check_archive(path, SDIST)
    said = {"name": "sample", "version": "1"}
    assert read_metadata(path, SDIST.filename) == (b"Name: sample\nVersion: 1\n", said)


def test_package_information_is_a_file(path: Path):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        link = tarfile.TarInfo("sample-1.0/PKG-INFO")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert refused(path, content.getvalue(), SDIST) == (
        "The archive has a file that is no file of its folder: 'sample-1.0/PKG-INFO'."
    )


def with_member(name: str, kind: bytes, target: str = "") -> bytes:
    """Return an sdist that has another member."""
    content = io.BytesIO(gzip.decompress(make_sdist()))
    with tarfile.open(fileobj=content, mode="a:") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        archive.addfile(member)
    return gzip.compress(content.getvalue())


@pytest.mark.parametrize(
    ("kind", "target", "is_taken"),
    [
        (tarfile.SYMTYPE, "../sample-1.0/setup.py", True),
        (tarfile.SYMTYPE, "setup.py", True),
        (tarfile.SYMTYPE, "../../etc", False),
        (tarfile.SYMTYPE, "/etc/passwd", False),
        (tarfile.SYMTYPE, "..\\x", False),
        (tarfile.LNKTYPE, "sample-1.0/setup.py", True),
        (tarfile.LNKTYPE, "../etc/passwd", False),
        (tarfile.CHRTYPE, "", False),
        (tarfile.FIFOTYPE, "", False),
    ],
)
def test_links_lead_inside_and_devices_are_refused(path: Path, kind: bytes, target: str, is_taken: bool):
    path.write_bytes(with_member("sample-1.0/more", kind, target))
    if is_taken:
        check_archive(path, SDIST)
    else:
        reason = refused(path, path.read_bytes(), SDIST)
        assert reason == "The archive has a file that is no file of its folder: 'sample-1.0/more'."


def test_an_sdist_has_one_package_information(path: Path):
    twice = make_sdist("sample-1.0/PKG-INFO", "other-1.0/PKG-INFO")
    assert refused(path, twice, SDIST) == "An sdist has one PKG-INFO file in its folder."


def ambiguous() -> dict[str, bytes]:
    """Return wheels that two programs read in two ways."""
    wheel = make_wheel()
    twice = io.BytesIO(wheel)
    with warnings.catch_warnings(), zipfile.ZipFile(twice, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("sample-1.0.dist-info/WHEEL", "another")
    local = wheel.replace(b"sample-1.0.dist-info/WHEEL", b"sample-1.0.dist-info/WHEE2", 1)
    overlap = bytearray(make_zip({"a": "x"}) and wheel)
    first, second = wheel.index(b"PK\x01\x02"), wheel.index(b"PK\x01\x02", wheel.index(b"PK\x01\x02") + 4)
    overlap[second + 42 : second + 46] = overlap[first + 42 : first + 46]
    null = wheel.replace(b"sample-1.0.dist-info/WHEEL", b"sample-1.0.dist-info/WHE\0L")
    case = make_wheel(**{"sample-1.0.dist-info/Wheel": ""})
    return {"case": case, "twice": twice.getvalue(), "local name": local, "before": b"#!/bin/sh\n" + wheel, "overlap": bytes(overlap), "null": null}  # fmt: skip


@pytest.mark.parametrize("name", ambiguous())
def test_a_wheel_that_is_read_in_two_ways_is_refused(path: Path, name: str):
    assert refused(path, ambiguous()[name], WHEEL).startswith(
        "The archive is read in more than one way at 'sample-1.0.dist-info/"
    )


@pytest.mark.parametrize("distribution", [WHEEL, SDIST])
@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"PK\x05\x06", b"\x1f\x8b\x08", make_wheel()[:-30], make_sdist()[:-30]]
)
def test_a_damaged_archive_is_refused(path: Path, content: bytes, distribution: Distribution):
    reason = refused(path, content, distribution)
    assert reason.startswith(f"'{distribution.filename}' is damaged: ")


def test_a_wheel_whose_metadata_is_damaged_is_refused(path: Path):
    wheel = bytearray(make_wheel())
    place = wheel.index(b"METADATA") + len(b"METADATA")
    wheel[place : place + 8] = b"\xff" * 8
    assert "is damaged: " in refused(path, bytes(wheel), WHEEL)


@pytest.mark.parametrize(
    ("members", "count"),
    [({"sample/__init__.py": ""}, 0), ({"a.dist-info/METADATA": "", "b.dist-info/METADATA": ""}, 2)],
)
def test_a_wheel_has_one_metadata_file(path: Path, members: dict[str, str], count: int):
    reason = refused(path, make_zip(members), WHEEL)
    assert reason == f"'{WHEEL.filename}' has {count} METADATA files; a wheel has one."


@pytest.mark.parametrize(("name", "version"), [("other", "1.0"), ("sample", "2.0")])
def test_metadata_of_something_else_is_refused(path: Path, name: str, version: str):
    reason = refused(path, make_wheel(name, version), WHEEL)
    assert reason == f"The metadata in '{WHEEL.filename}' is of {name} {version[0]}."
    reason = refused(path, make_sdist(information=f"Name: {name}\nVersion: {version}\n"), SDIST)
    assert reason == f"The metadata in '{SDIST.filename}' is of {name} {version[0]}."


@pytest.mark.parametrize(
    ("distribution", "content"),
    [(WHEEL, make_zip({"sample-1.0.dist-info/METADATA": ""})), (SDIST, make_sdist(information=""))],
)
def test_metadata_without_a_name_is_refused(path: Path, distribution: Distribution, content: bytes):
    assert refused(path, content, distribution) == f"The metadata in '{distribution.filename}' is of nothing."


@pytest.mark.parametrize(
    ("folder", "more", "reason"),
    [
        ("evil-9", "", "has its metadata in 'evil-9.dist-info', which is of something else"),
        ("sample-9", "", "has its metadata in 'sample-9.dist-info', which is of something else"),
        ("sample", "", "has its metadata in 'sample.dist-info', which is of something else"),
        ("sample-1.0", "Requires-Dist: foo (>=\n", "has wrong metadata: 'foo (>=' is invalid for 'requires-dist'"),
        ("sample-1.0", "Requires-Dist: foo @ https://example.org/foo.whl\n", "has wrong metadata: 'foo @ "
         "https://example.org/foo.whl' is invalid for 'requires-dist': it names an address, which no index can answer for"),
        ("sample-1.0", f"Requires-Python: >={'1' * 500}\n",
         "has wrong metadata: 'requires-python' has a number of more than 100 digits"),
        ("sample-1.0", "Metadata-Version: 9.9\n", "has metadata of version '9.9', which nobody knows"),
    ],
)  # fmt: skip
def test_a_wheel_that_installers_refuse_is_refused(path: Path, folder: str, more: str, reason: str):
    metadata = f"Name: sample\nVersion: 1.0\n{more}"
    content = make_wheel(**{f"{folder}.dist-info/METADATA": metadata})
    if folder != "sample-1.0":
        content = make_zip({f"{folder}.dist-info/METADATA": metadata})
    assert refused(path, content, WHEEL) == f"'{WHEEL.filename}' {reason}."


@pytest.mark.parametrize("version", ["1.0", "1.2", "2.0", "2.1", "2.4", "2.9"])
def test_a_wheel_with_metadata_of_any_known_age_is_taken(path: Path, version: str):
    metadata = f"Metadata-Version: {version}\nName: sample\nVersion: 1.0\nLicense: x\nLicense-Expression: x\n"
    path.write_bytes(make_wheel(**{"sample-1.0.dist-info/METADATA": metadata}))
    check_archive(path, WHEEL)


LICENSED = "Metadata-Version: {}\nName: sample\nVersion: 1.0\nLicense-File: LICENSE\n"


@pytest.mark.parametrize("version", ["2.1", "2.4"])
@pytest.mark.parametrize("place", ["", "sample-1.0/LICENSE", "sample-1.0.dist-info/licenses/LICENSE"])
@pytest.mark.parametrize("distribution", [WHEEL, SDIST])
def test_metadata_of_2_4_has_its_license_files_with_it(
    path: Path, distribution: Distribution, version: str, place: str
):
    metadata, is_wheel = LICENSED.format(version), distribution is WHEEL
    more = [place] if place else []
    if is_wheel:
        content = make_wheel(**{"sample-1.0.dist-info/METADATA": metadata} | dict.fromkeys(more, ""))
    else:
        content = make_sdist("sample-1.0/PKG-INFO", *more, information=metadata)
    if not is_wheel and ".dist-info" in place and version == "2.1":
        assert refused(path, content, distribution).endswith(" beside its folder 'sample-1.0'.")
    elif version == "2.1" or place.startswith("sample-1.0.dist-info" if is_wheel else "sample-1.0/"):
        path.write_bytes(content)
        check_archive(path, distribution)
    else:
        reason = refused(path, content, distribution)
        assert reason == f"'{distribution.filename}' lacks the license file 'LICENSE'."


def test_an_equal_name_and_version_pass(path: Path):
    metadata = "Metadata-Version: 2.1\nName: SAMPLE\nVersion: 1.0.0\n"
    path.write_bytes(make_wheel(**{"sample-1.0.dist-info/METADATA": metadata}))
    check_archive(path, WHEEL)
    assert read_metadata(path, WHEEL.filename)[0] == metadata.encode()


EVIL = ("/etc/passwd", "../x", "sample/../../x", "..", "C:\\x", "a\\..\\b", "c:x")


@pytest.mark.parametrize("name", EVIL)
def test_a_wheel_that_leaves_its_folder_is_refused(path: Path, name: str):
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "")
    assert (
        refused(path, wheel.getvalue(), WHEEL) == f"The archive has a file outside of its folder: '{name}'."
    )


@pytest.mark.parametrize("name", EVIL)
def test_an_sdist_that_leaves_its_folder_is_refused(path: Path, name: str):
    assert (
        refused(path, make_sdist(name), SDIST) == f"The archive has a file outside of its folder: '{name}'."
    )


def test_an_sdist_has_package_information(path: Path):
    assert (
        refused(path, make_sdist("sample-1.0/setup.py"), SDIST)
        == "An sdist has a PKG-INFO file in its folder."
    )


@pytest.mark.parametrize(("distribution", "content"), [(WHEEL, make_wheel()), (SDIST, make_sdist())])
@pytest.mark.parametrize(("limit", "value"), [("MEMBERS", 1), ("UNPACKED_BYTES", -1)])
def test_an_archive_that_unpacks_to_too_much_is_refused(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    distribution: Distribution,
    content: bytes,
    limit: str,
    value: int,
):
    monkeypatch.setattr(archives, limit, value)
    assert refused(path, content, distribution) == "The archive unpacks to too much."


def test_a_bomb_is_refused_before_it_is_unpacked(path: Path):
    bomb = io.BytesIO()
    with tarfile.open(fileobj=bomb, mode="w:gz") as archive:
        member = tarfile.TarInfo("sample-1.0/PKG-INFO")
        archive.addfile(member)
        member = tarfile.TarInfo("sample-1.0/zeros")
        member.size = archives.UNPACKED_BYTES + 1
        archive.fileobj.write(member.tobuf())
    assert refused(path, bomb.getvalue(), SDIST) == "The archive unpacks to too much."


def test_a_huge_header_is_not_read(path: Path):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", pax_headers={"comment": "x" * archives.METADATA_BYTES}):
        pass
    assert (
        refused(path, content.getvalue(), SDIST) == "'sample-1.0.tar.gz' is damaged: a header is too large."
    )


def test_whatever_a_parser_raises_is_damage(path: Path):
    """tarfile of Python 3.11.7 converts a length of a PAX header to a number that C does not have."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        member = tarfile.TarInfo("x")
        member.type, records = tarfile.XHDTYPE, b"9" * 20 + b" path=x\n"
        member.size = len(records)
        archive.addfile(member, io.BytesIO(records))
    assert "'sample-1.0.tar.gz' is damaged: " in refused(path, content.getvalue(), SDIST)


def test_more_memory_than_there_is_is_no_damage(path: Path, monkeypatch: pytest.MonkeyPatch):
    def ask(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(archives, "_sdist", ask)
    with pytest.raises(MemoryError):  # which ends the process of the quarantine
        archives.look(str(path), SDIST.filename)


def test_huge_metadata_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archives, "METADATA_BYTES", 10)
    reason = refused(path, make_wheel(), WHEEL)
    assert reason == f"The METADATA of '{WHEEL.filename}' is larger than 10 bytes."
    monkeypatch.setattr(archives, "METADATA_BYTES", 1000)
    reason = refused(path, make_sdist(information="x" * 1001), SDIST)
    assert reason == "The PKG-INFO is larger than 1000 bytes."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([(WHEEL, make_wheel()), (SDIST, make_sdist())]),
    st.integers(0, 400),
    st.binary(min_size=1, max_size=20),
)
def test_any_damage_is_survived(path: Path, case: tuple[Distribution, bytes], place: int, noise: bytes):
    distribution, content = case
    place %= len(content)
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    try:
        check_archive(path, distribution)
    except UploadRefused as refusal:
        assert refusal.status == 400


@pytest.mark.parametrize(
    ("content", "distribution"),
    [
        (make_wheel() + b"more", WHEEL),
        (make_sdist() + make_sdist("evil-1.0/PKG-INFO"), SDIST),
        *((members() + rest, SDIST) for rest in (compress(b"x" * 512 + bytes(1024)), compress(b"x"))),
    ],
)
def test_nothing_is_behind_the_end_of_an_archive(path: Path, content: bytes, distribution: Distribution):
    assert refused(path, content, distribution) == "The archive has something behind its end."


@pytest.mark.parametrize("zeros", [0, 100, 1024])
def test_an_archive_may_end_without_an_end(path: Path, zeros: int):
    path.write_bytes(members() + compress(bytes(zeros)))
    check_archive(path, SDIST)


def test_a_large_archive_has_more_time(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.write_bytes(make_sdist())
    asked: list[float] = []
    really = quarantine.ask
    monkeypatch.setattr(archives, "READ_BYTES", path.stat().st_size // 3)

    def ask(*question: str, more_seconds: float) -> object:
        asked.append(more_seconds)
        return really(*question)

    monkeypatch.setattr(quarantine, "ask", ask)
    check_archive(path, SDIST)
    assert 3 <= asked[0] < 3.1


@pytest.mark.parametrize("name", ["WHEEL", "RECORD"])
def test_a_wheel_has_what_installers_need(path: Path, name: str):
    info = "sample-1.0.dist-info"
    members = {f"{info}/METADATA": "Name: sample\nVersion: 1.0\n", f"{info}/WHEEL": "", f"{info}/RECORD": ""}
    del members[f"{info}/{name}"]
    assert refused(path, make_zip(members), WHEEL) == f"'{WHEEL.filename}' lacks '{info}/{name}'."


def test_names_may_differ_in_case_only_where_systems_tell_them_apart(path: Path):
    path.write_bytes(make_wheel(**{"a/x": "", "a/X": ""}))
    assert read_metadata(path, "sample-1.0-cp311-cp311-manylinux_2_28_x86_64.whl")[1]["name"] == "sample"
    assert refused(path, path.read_bytes(), WHEEL) == "The archive is read in more than one way at 'a/X'."


@pytest.mark.parametrize(
    ("folder", "version", "is_taken"),
    [("Sample-1.0.0", "2.4", True), ("whatever", "2.1", True), ("whatever", "2.2", False)],
)
def test_the_folder_of_an_sdist_is_its_own(path: Path, folder: str, version: str, is_taken: bool):
    information = f"Metadata-Version: {version}\nName: sample\nVersion: 1.0\n"
    path.write_bytes(make_sdist(f"{folder}/PKG-INFO", information=information))
    if is_taken:
        check_archive(path, SDIST)
    else:
        assert refused(path, path.read_bytes(), SDIST).endswith("which is of something else.")
