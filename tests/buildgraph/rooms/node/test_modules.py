"""node_modules, by the real npm from a local registry: equal to the lock, verified, no script that is not allowed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.node import lockfile, npm, platforms
from buildgraph.rooms.node.modules import install, lock, repair

from ..conftest import HERE
from .conftest import NODE
from .packages import MODULES, describe

COMMAND = [sys.executable, *MODULES.install[1:]]
HOST = platforms.here().name


def by_hand(*arguments: str) -> None:
    """Run npm by hand, as a person does."""
    done = npm.start(NODE, *arguments, "--no-audit", "--no-fund")
    assert done.returncode == 0, done.stdout


def doit(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "buildgraph", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_lock_is_installed_and_the_stamp_says_for_what(registry):
    install(MODULES)

    assert {path.name for path in Path("node_modules").glob("[!.]*")} == {
        "plain",
        "marking",
        "other",
        "for-linux",
    }
    made = json.loads((HERE / NODE.stamp).read_text())
    locked = json.loads(Path("package-lock.json").read_text())["packages"]
    packages = {path: locked[path] for path in locked if path and path != "node_modules/for-mac"}
    assert json.loads(Path(MODULES.stamp).read_text()) == {
        "node": made["node"],
        "npm": made["npm"],
        "platform": HOST,
        "libc": platforms.libc(),
        **lockfile.summary({"packages": packages}),
    }
    assert len(packages) == 4


@pytest.mark.parametrize(("version", "text"), [("1.0.1", "plain"), ("1.0.0", "other bytes")])
def test_a_release_that_npm_s_cache_does_not_know_is_installed_and_has_another_stamp(registry, version, text):
    install(MODULES)
    before = Path(MODULES.stamp).read_text()

    registry.publish("plain", version, description=text)
    describe({"plain": version, "marking": "1.0.0", "other": "1.0.0"})
    registry.lock()
    install(MODULES)

    assert Path(MODULES.stamp).read_text() != before


def test_no_install_script_runs_and_those_that_did_not_are_named(registry):
    assert (
        install(MODULES)
        == lock(NODE)
        == (
            "not run: the install scripts of marking@1.0.0, other@1.0.0. To run those of a package, list it in package.json: "
            '"allowScripts": {"marking": true}; with false this message goes away.\n'
        )
    )
    assert not list(Path().glob("ran-*"))


@pytest.mark.parametrize("entry", ["marking", "marking@1.0.0", "marking@0.9.0 || 1.0.0"])
def test_only_the_scripts_of_listed_packages_run(registry, entry):
    describe(
        {"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"}, allowScripts={entry: True, "other": False}
    )

    assert install(MODULES) == ""
    assert [path.name for path in Path().glob("ran-*")] == ["ran-marking"]


def test_a_list_of_another_version_allows_nothing(registry):
    describe({"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"}, allowScripts={"marking@2.0.0": True})

    assert "install scripts of marking@1.0.0, other@1.0.0." in install(MODULES)
    assert not list(Path().glob("ran-*"))


def test_a_list_that_is_no_table_is_refused(registry):
    describe({"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"}, allowScripts=["marking"])

    with pytest.raises(BuildError) as caught:
        install(MODULES)
    assert str(caught.value) == (
        "package.json: 'allowScripts' is not a table of packages, each true or false. Correct it there."
    )


def test_a_tampered_package_is_refused_before_anything_of_it_is_there(registry, server):
    describe({"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"}, allowScripts={"marking": True})
    good = server.answers[registry.tarball("marking")]
    server.answers[registry.tarball("marking")] = server.answers[registry.tarball("other")]

    with pytest.raises(
        BuildError, match=r"^package-lock\.json: npm could not install: .*integrity.*does not have the digest"
    ):
        install(MODULES)
    assert not list(Path().glob("ran-*")) and not Path(MODULES.stamp).exists()

    server.answers[registry.tarball("marking")] = good
    install(MODULES)
    assert Path("ran-marking").exists()


@pytest.mark.parametrize(("answer", "said"), [(503, "503"), ("hang", "timeout"), ("closed", "ECONNREFUSED")])
def test_a_registry_that_does_not_answer_is_a_sentence(registry, server, monkeypatch, answer, said):
    if answer == "closed":
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")
    else:
        server.answers["*"] = server.hang if answer == "hang" else answer
        monkeypatch.setenv("NPM_CONFIG_FETCH_TIMEOUT", "500")

    with pytest.raises(BuildError) as caught:
        install(MODULES)
    text = str(caught.value)
    assert text.startswith("package-lock.json: npm could not install: ") and said in text, text
    assert text.endswith("Check the network and npm's configuration, and run the command again.")
    assert not Path(MODULES.stamp).exists()


def test_a_silent_registry_is_given_up_after_a_minute_unless_the_user_says_otherwise(project, quiet):
    user = Path("user")
    assert npm.environment(NODE, {}, user)["npm_config_fetch_timeout"] == "60000"

    Path(".npmrc").write_text("fetch-timeout=1000\n")

    assert "npm_config_fetch_timeout" not in npm.environment(NODE, {}, user)


def test_a_full_disk_is_a_sentence(registry, monkeypatch):
    said = "npm error code ENOSPC\nnpm error syscall write\nnpm error errno -28\nnpm error nospc ENOSPC: no space left on device, write\n"
    full = subprocess.CompletedProcess([], 228, stdout=said)
    monkeypatch.setattr(npm, "start", lambda *_: full)

    with pytest.raises(BuildError) as caught:
        install(MODULES)
    assert str(caught.value) == (
        "package-lock.json: npm could not install: ENOSPC: no space left on device, write. "
        "Free space and run the command again."
    )


def test_an_installation_that_is_killed_is_made_anew(registry, server):
    name = registry.tarball("plain")
    good = server.answers[name]
    server.answers[name] = server.stall(good)
    process = subprocess.Popen(COMMAND, start_new_session=True)
    while name not in server.asked:
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not Path(MODULES.stamp).exists()

    server.answers[name] = good
    assert doit().returncode == 0
    assert Path("node_modules/plain/index.js").exists() and Path(MODULES.stamp).exists()


def test_two_at_once_install_once(registry, server):
    command = [sys.executable, "-m", "buildgraph"]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]

    assert [process.wait() for process in both] == [0, 0]
    assert server.asked.count(registry.tarball("plain")) == 1


def other_platform() -> None:
    by_hand("ci", "--os=darwin", "--cpu=arm64", "--ignore-scripts")
    assert Path("node_modules/for-mac").exists() and not Path("node_modules/for-linux").exists()


def edited() -> None:
    Path("node_modules/plain/package.json").write_text("{}")


def deleted() -> None:
    for path in Path("node_modules/plain").iterdir():
        path.unlink()


def added() -> None:
    Path("node_modules/foreign").mkdir()
    Path("node_modules/foreign/package.json").write_text("{}")


def changed_lock() -> None:
    describe({"marking": "1.0.0", "other": "1.0.0"})
    lock(NODE)


@pytest.mark.slow(keep=2)
@pytest.mark.skipif(sys.platform != "linux", reason="the packages of the test are Linux's and another's")
@pytest.mark.parametrize("change", [other_platform, edited, deleted, added, changed_lock])
def test_what_is_not_what_was_installed_is_found_and_repaired(registry, change):
    first = doit()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "up to date" in doit().stdout
    change()

    again = doit()

    assert again.returncode == 0 and "up to date" not in again.stdout, again.stdout
    found = {path.name for path in Path("node_modules").glob("[!.]*")}
    plain = set() if change is changed_lock else {"plain"}
    assert found == {"marking", "other", "for-linux"} | plain
    assert not plain or "module.exports" in Path("node_modules/plain/index.js").read_text()
    assert "up to date" in doit().stdout


def test_an_edited_file_of_a_package_is_found_by_repair(registry):
    doit()
    assert repair(MODULES) == "node_modules: every file is as npm installed it"
    Path("node_modules/plain/index.js").write_text("module.exports = 'evil!'\n")

    assert repair(MODULES) == ("reinstalled, since edited, added or deleted: node_modules/plain/index.js")
    assert "plain" in Path("node_modules/plain/index.js").read_text()
    assert "up to date" in doit().stdout


def test_the_host_s_node_runs_no_script(registry, tmp_path, monkeypatch):
    host = tmp_path / "host"
    host.mkdir()
    (host / "node").write_text(f'#!/bin/sh\ntouch "{tmp_path}/host ran"\n')
    (host / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{host}{os.pathsep}{os.environ['PATH']}")
    describe({"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"}, allowScripts={"marking": True})

    install(MODULES)

    assert Path("ran-marking").exists() and not (tmp_path / "host ran").exists()


@pytest.mark.parametrize(
    ("package", "lock", "message"),
    [
        (
            '{\n "name": oops\n}',
            "{}",
            "package.json, line 2, column 10: 'package.json' is not JSON: Expecting value. Correct it there.",
        ),
        (
            "{}",
            "{,}",
            "package-lock.json, line 1, column 2: 'package-lock.json' is not JSON: Expecting property name enclosed in double quotes. Correct it there.",
        ),
        (
            '{"dependencies": {"a": "2.0.0"}}',
            '{"packages": {"": {"dependencies": {"a": "1.0.0"}}}}',
            "package-lock.json: 'a' is 2.0.0 in package.json and 1.0.0 in the lock. Run 'doit node:lock' and commit what it changes.",
        ),
        (
            "{}",
            '{"packages": {"": {"devDependencies": {"b": "1.0.0"}}}}',
            "package-lock.json: 'b' is absent in package.json and 1.0.0 in the lock. Run 'doit node:lock' and commit what it changes.",
        ),
    ],
)
def test_a_broken_package_file_is_named_with_its_place(project, package, lock, message):
    Path("package.json").write_text(package)
    Path("package-lock.json").write_text(lock)

    with pytest.raises(BuildError) as caught:
        install(MODULES)
    assert str(caught.value).replace("Illegal trailing comma", "Expecting property name") == message


def test_a_missing_lock_is_named(project):
    Path("package.json").write_text("{}")

    with pytest.raises(
        BuildError,
        match=r"there is no 'package-lock.json'\. 'doit node:lock' makes 'package-lock.json' from package.json; commit both\.",
    ):
        install(MODULES)


def test_a_token_that_npmrc_takes_from_the_environment_reaches_the_registry(registry, server, monkeypatch):
    place = server.url.removeprefix("http:")
    with Path(".npmrc").open("a") as file:
        file.write(f"{place}/:_authToken=${{MY_NPM_TOKEN}}\n")
    monkeypatch.setenv("MY_NPM_TOKEN", "tok3n")

    done = doit()

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(server.logins) == {"Bearer tok3n"}
