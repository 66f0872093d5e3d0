"""A release of node at four local sources, pinned, and a project that may take it from there."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from buildgraph.rooms.node import Node, download, platforms, sources
from tests.wheels import locked

from ..conftest import HERE
from . import release
from .packages import DODO, Registry, describe
from .server import Answer, Server

NODE = Node("node.txt", "node.json")
KINDS = ("mirror", "nodejs.org", "npm", "wheel")


@dataclass
class Release:
    """The four sources of one release, each of which a test can spoil."""

    server: Server
    index: Path
    mark: Path

    @property
    def paths(self) -> dict[str, str]:
        """Return where each source has node, as its server sees it."""
        name, package = platforms.here().name, platforms.here().package
        archive = f"v{release.NODE}/node-v{release.NODE}-{name}.tar.gz"
        npm = f"/registry/{package}/-/{package}-{release.NODE}.tgz"
        return {"mirror": f"/mirror/{archive}", "nodejs.org": f"/dist/{archive}", "npm": npm}

    def spoil(self, kind: str, answer: Answer | None = None) -> None:
        """Let a source answer something else: by default another node, whose bytes are not the pinned ones."""
        other = release.program(self.mark, "echo tampered\n")
        if kind == "wheel":
            release.wheel(self.index, other)
        elif answer is not None:
            self.server.answers[self.paths[kind]] = answer
        else:
            make = release.package if kind == "npm" else release.nodejs_org
            self.server.answers[self.paths[kind]] = make(other)

    def without(self, *kinds: str) -> None:
        """Let sources answer 503; a wheel is gone from the index."""
        for kind in kinds:
            if kind == "wheel":
                next(self.index.glob("*.whl")).unlink()
            else:
                self.spoil(kind, 503)

    def only(self, kind: str) -> None:
        """Let all sources but one fail."""
        self.without(*(other for other in KINDS if other != kind))

    def pin(self, **changes: object) -> None:
        """Change the pin of this platform, by source."""
        path = Path(NODE.pin)
        text = json.loads(path.read_text())
        text["platforms"][platforms.here().name].update(changes)
        path.write_text(json.dumps(text))


@pytest.fixture
def server() -> Iterator[Server]:
    """A local web server."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without any configuration of npm, with caches and a home of their own."""
    for name in [name for name in os.environ if name.lower().startswith("npm_config_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NPM_CONFIG_CACHE", str(tmp_path / "npm"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def node(
    index: Path, project: Path, quiet: None, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Release:
    """The release at all four sources; a source that hangs is waited for a second."""
    made = Release(server, index, tmp_path / "it ran")
    program = release.program(made.mark)
    archive, package, npm = release.nodejs_org(program), release.package(program), release.npm_package()
    server.answers |= {made.paths["mirror"]: archive, made.paths["nodejs.org"]: archive}
    server.answers |= {made.paths["npm"]: package, f"/registry/npm/-/npm-{release.NPM}.tgz": npm}
    wheel = release.wheel(index, program)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"{server.url}/registry/")
    monkeypatch.setenv("NPM_CONFIG_NODEJS_ORG_MIRROR", f"{server.url}/mirror")
    monkeypatch.setattr(sources, "NODEJS_ORG_URL", f"{server.url}/dist")
    monkeypatch.setattr(download, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(download, "SILENCE_SECONDS", 1.0)
    digests = {"nodejs.org": archive, "npm": package, "wheel": wheel.read_bytes()}
    of = {"nodejs.org": release.sha256, "npm": release.sha512, "wheel": release.sha256}
    pinned = {kind: of[kind](content) for kind, content in digests.items()}
    pin = {"format": 1, "node": release.NODE, "npm": release.NPM, "npm_package": release.sha512(npm)}
    Path(NODE.pin).write_text(json.dumps(pin | {"platforms": {platforms.here().name: pinned}}))
    Path(NODE.lock).write_text(locked(wheel))
    return made


@pytest.fixture
def registry(project: Path, quiet: None, server: Server, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A project with the checkout's own node, two packages, and one more per platform."""
    if not (HERE / NODE.stamp).exists():
        pytest.skip("run 'doit node' first")
    for name in (NODE.folder, "buildgraph"):
        Path(name).symlink_to(HERE / name)
    Path("dodo.py").write_text(DODO)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", server.url)
    monkeypatch.setenv("NPM_CONFIG_FETCH_RETRIES", "0")
    Path(".npmrc").write_text("omit-lockfile-registry-resolved=true\nignore-scripts=true\naudit=false\n")
    registry = Registry(server)
    registry.publish("plain")
    registry.publish("marking", is_marking=True)
    registry.publish("other", is_marking=True)
    registry.publish("for-linux", os=["linux"])
    registry.publish("for-mac", os=["darwin"], cpu=["arm64"])
    describe({"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"})
    registry.lock()
    return registry
