"""What npm says when it fails, by real failures of the real npm: the reason is the line that has it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.rooms.node import npmfailure
from buildgraph.rooms.node.modules import install, lock
from tests.servers import distrusted

from ..conftest import HERE
from .conftest import NODE
from .packages import MODULES, Registry, describe
from .test_lockfile import LOCK, THREE, refusal

CHECK = "Check the network and npm's configuration, and run the command again."


def installing() -> str:
    return refusal(lambda: install(MODULES))


def locking() -> str:
    return refusal(lambda: lock(NODE))


def test_a_lock_of_one_platform_names_what_it_lacks_and_the_task_that_writes_it(registry: Registry):
    text = json.loads(LOCK.read_text())
    del text["packages"]["node_modules/for-linux"]
    LOCK.write_text(json.dumps(text))

    assert installing() == (
        "package-lock.json: npm could not install: Missing: for-linux@1.0.0 from lock file. "
        "Run 'doit node:lock' and commit what it changes."
    )


def test_a_peer_that_the_lock_lacks_is_named(registry: Registry):
    registry.publish("needing", peerDependencies={"peer": "1.0.0"})
    registry.publish("peer")
    describe({**THREE, "needing": "1.0.0"})
    registry.lock()
    text = json.loads(LOCK.read_text())
    del text["packages"]["node_modules/peer"]
    LOCK.write_text(json.dumps(text))

    assert installing() == (
        "package-lock.json: npm could not install: Missing: peer@1.0.0 from lock file. "
        "Run 'doit node:lock' and commit what it changes."
    )


def test_many_missing_packages_are_counted(registry: Registry):
    text = json.loads(LOCK.read_text())
    text["packages"] = {"": text["packages"][""]}
    LOCK.write_text(json.dumps(text))

    assert installing() == (
        "package-lock.json: npm could not install: Missing: for-linux@1.0.0 from lock file; Missing: for-mac@1.0.0 from lock file "
        "and 3 more. Run 'doit node:lock' and commit what it changes."
    )


def test_an_override_that_contradicts_a_dependency_is_named(registry: Registry):
    describe(THREE, overrides={"plain": "0.9.0"})

    assert installing() == (
        "package-lock.json: npm could not install: npm cannot read the package-lock.json next to this package.json. "
        "Run 'doit node:lock': it says what does not fit, or rewrites it."
    )
    assert locking() == (
        "package.json: npm could not lock: Override for plain@1.0.0 conflicts with direct dependency. "
        "Correct 'overrides' in package.json."
    )


@pytest.mark.parametrize("failing", [installing, locking])
def test_engines_that_do_not_fit_say_which_and_what_is_here(registry: Registry, failing):
    with Path(".npmrc").open("a") as file:
        file.write("engine-strict=true\n")
    describe(THREE, engines={"node": "18.x"})

    message = failing()
    assert """'engines' asks for {"node":"18.x"}, and this is {"node":"v""" in message
    assert message.endswith(
        "Correct 'engines' in package.json, or take another node: 'requirements/node.in'."
    )


def test_packages_that_do_not_fit_each_other_are_both_named(registry: Registry):
    registry.publish("needing", peerDependencies={"plain": "2.0.0"})
    describe({**THREE, "needing": "1.0.0"})

    assert locking() == (
        "package.json: npm could not lock: it found plain@1.0.0, which does not fit 'peer plain@\"2.0.0\" from needing@1.0.0'. "
        "Name releases in package.json that fit each other."
    )


def test_a_release_that_nobody_has_is_named(registry: Registry):
    describe({**THREE, "plain": "9.0.0"})

    assert locking() == (
        "package.json: npm could not lock: No matching version found for plain@9.0.0. Correct it in package.json."
    )


def test_a_package_that_nobody_has_is_named(registry: Registry):
    describe({**THREE, "nobody": "1.0.0"})

    assert locking() == (
        f"package.json: npm could not lock: 404 Not Found - GET {registry.server.url}/nobody. "
        "Check the name in package.json, and which registry your npm configuration names."
    )


@pytest.mark.parametrize(("status", "said"), [(401, "401 Unauthorized"), (403, "403 Forbidden")])
def test_a_login_that_is_not_accepted_is_told_as_that(registry: Registry, status, said):
    registry.server.answers["/plain"] = status
    LOCK.unlink()

    message = locking()
    assert message.startswith(
        f"package.json: npm could not lock: the registry does not accept your login ({status} "
    ), message
    assert said in message
    assert message.endswith("Renew the token or login of that registry in your npm configuration.")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("workspace:*", 'Unsupported URL Type "workspace:": workspace:*'),
        (
            "no version!",
            'Invalid tag name "no version!" of package "plain@no version!": Tags may not have any characters that encodeURIComponent encodes',
        ),
    ],
)
def test_a_version_that_is_none_is_told_with_the_file(registry: Registry, version, said):
    describe({**THREE, "plain": version})

    assert locking() == f"package.json: npm could not lock: {said}. Correct it in package.json."


def test_an_archive_that_is_not_there_is_not_the_network_s_fault(registry: Registry):
    describe({**THREE, "mine": "file:mine.tgz"})

    assert locking() == (
        "package.json: npm could not lock: ENOENT: no such file or directory, open "
        f"'{Path('mine.tgz').absolute()}'. Correct it in package.json."
    )


def test_a_registry_that_cannot_be_reached_is_named(registry: Registry, monkeypatch):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")
    LOCK.unlink()

    message = locking()
    assert message.startswith("package.json: npm could not lock: request to http://127.0.0.1:9/"), message
    assert message.endswith(f"failed, reason: connect ECONNREFUSED 127.0.0.1:9. {CHECK}")


def test_a_certificate_that_is_not_trusted_is_told_as_that(registry: Registry, monkeypatch):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", distrusted(registry.server.http))
    LOCK.unlink()

    message = locking()
    assert message.startswith("package.json: npm could not lock: request to https://127.0.0.1:"), message
    assert "failed, reason: " in message
    assert "certificate" in message.partition("reason: ")[2].partition(".")[0]
    assert message.endswith(
        "If the certificate is that of your company, name its authority: npm's 'cafile', or NODE_EXTRA_CA_CERTS."
    )


def on_a_disk(options: str) -> str:
    """Install where node_modules is a disk of its own, in a mount namespace; return what is said."""
    Path("node_modules").mkdir()
    mount = f'mount -t tmpfs -o {options} none node_modules && exec "$@"'
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"]).returncode:
        pytest.skip("this machine allows no mount namespaces")
    command = [*words, sys.executable, *MODULES.install[1:]]
    environ = {**os.environ, "PYTHONPATH": os.fspath(HERE)}
    run = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run
    return run.stderr


def test_a_full_disk_is_told_though_npm_ends_well(registry: Registry):
    registry.publish("large", files={"package/large": "x" * 100_000})
    describe({**THREE, "large": "1.0.0"})
    registry.lock()

    assert on_a_disk("size=64k") == (
        "error: package-lock.json: npm could not install: a package's file was lost: "
        "ENOSPC: no space left on device, write. Free space and run the command again.\n"
    )


def test_a_disk_that_cannot_be_written_is_told(registry: Registry):
    assert on_a_disk("ro") == (
        "error: 'node_modules/.installed.json': Read-only file system. Free space or make it writable.\n"
    )


def test_an_install_script_that_fails_is_told_with_what_it_said(registry: Registry):
    registry.publish(
        "failing", scripts={"postinstall": "node -e 'console.error(`no compiler`); process.exit(3)'"}
    )
    registry.locked["node_modules/failing"]["hasInstallScript"] = True
    describe({**THREE, "failing": "1.0.0"}, allowScripts={"failing": True})
    registry.lock()

    message = installing()
    assert (
        message.startswith("package.json: npm could not run install scripts: ") and "no compiler" in message
    )
    assert "network" not in message


def test_an_unknown_failure_is_told_by_all_that_npm_said():
    said = "npm error code EWHATEVER\nnpm error\nnpm error first\nnpm error second\nnpm error A complete log of this run\n"

    assert npmfailure.explain(said) == ("code EWHATEVER / first / second", "")
    assert npmfailure.explain("") == ("it said nothing", "")
