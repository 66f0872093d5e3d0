"""A person's own npm configuration shapes neither the lock nor node_modules; the checkout's may."""

from pathlib import Path

import pytest

from buildgraph.rooms.node.modules import install, lock

from .conftest import NODE
from .packages import MODULES, Registry, describe

THREE = {"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"}
SHAPING = {
    "omit": "optional",
    "only": "prod",
    "os": "darwin",
    "cpu": "arm64",
    "libc": "musl",
    "ignore-scripts": "false",
    "dangerously-allow-all-scripts": "true",
    "legacy-peer-deps": "true",
    "force": "true",
    "package-lock": "false",
    "package-lock-only": "true",
    "lockfile-version": "1",
    "install-links": "true",
    "install-strategy": "linked",
    "dry-run": "true",
    "global": "true",
    "prefix": "elsewhere",
    "before": "2001-01-01",
    "save": "false",
    "tag": "next",
    "node-options": "--require=./nowhere.js",
    "script-shell": "/nowhere",
    "format-package-lock": "false",
    "omit-lockfile-registry-resolved": "false",
    "bin-links": "false",
    "engine-strict": "true",
}


def made() -> tuple[str, dict[str, str]]:
    """Lock, install, and return the lock and every file of node_modules."""
    Path("package-lock.json").unlink(missing_ok=True)
    lock(NODE)
    install(MODULES)
    ignored = (MODULES.stamp, MODULES.record)
    files = {path.as_posix(): path.read_text() for path in Path("node_modules").rglob("*") if path.is_file()}
    return Path("package-lock.json").read_text(), {name: files[name] for name in files if name not in ignored}


@pytest.fixture
def project_of_two_kinds(registry: Registry) -> Registry:
    """A project in which each of the settings would show: engines, kinds of dependencies, scripts, a range."""
    describe(
        {"plain": "^1.0.0"}, devDependencies={"marking": "1.0.0", "other": "1.0.0"}, engines={"node": "18"}
    )
    registry.lock()
    return registry


@pytest.mark.parametrize("way", ["file", "variables"])
def test_what_a_person_has_set_changes_neither_lock_nor_packages(
    project_of_two_kinds: Registry, monkeypatch, way
):
    before = made()

    if way == "file":
        text = "".join(f"{name}={value}\n" for name, value in SHAPING.items())
        (Path.home() / ".npmrc").write_text(text)
    else:
        for name, value in SHAPING.items():
            monkeypatch.setenv(f"npm_config_{name.replace('-', '_')}", value)

    assert made() == before
    assert not list(Path().glob("ran-*")) and not Path("elsewhere").exists()


def test_a_registry_that_only_a_person_s_own_file_names_is_asked(project_of_two_kinds: Registry, monkeypatch):
    server = project_of_two_kinds.server
    monkeypatch.delenv("NPM_CONFIG_REGISTRY")
    monkeypatch.setenv("OWN_TOKEN", "own")
    place = server.url.removeprefix("http:")
    (Path.home() / ".npmrc").write_text(f"registry={server.url}/\n{place}/:_authToken=${{OWN_TOKEN}}\n")

    made()

    assert set(server.logins) == {"Bearer own"}


def test_what_the_checkout_s_file_says_is_done(project_of_two_kinds: Registry):
    with Path(".npmrc").open("a") as file:
        file.write("omit=dev\n")

    _, files = made()

    assert "node_modules/plain/index.js" in files and "node_modules/other/index.js" not in files
