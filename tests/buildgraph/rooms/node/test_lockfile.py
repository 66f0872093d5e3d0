"""package-lock.json with its digests: what lacks one is neither written nor installed from."""

import json
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.node import lockfile
from buildgraph.rooms.node.modules import install, lock

from .conftest import NODE
from .packages import MODULES, Registry, describe

LOCK = Path("package-lock.json")
THREE = {"plain": "1.0.0", "marking": "1.0.0", "other": "1.0.0"}


def packages() -> dict[str, dict]:
    return json.loads(LOCK.read_text())["packages"]


def digests() -> dict[str, str | None]:
    return {path: described.get("integrity") for path, described in packages().items() if path}


def without(*names: str, value: str | None = None) -> None:
    """Take the digests of packages out of the lock, or put something else in their place."""
    text = json.loads(LOCK.read_text())
    for name in names:
        described = text["packages"][f"node_modules/{name}"]
        described.pop("integrity")
        described |= {"integrity": value} if value is not None else {}
    LOCK.write_text(json.dumps(text))


def refusal(action) -> str:
    with pytest.raises(BuildError) as caught:
        action()
    return str(caught.value)


def test_a_lock_written_anew_beside_node_modules_has_all_digests(registry: Registry):
    lock(NODE)
    before = digests()
    install(MODULES)
    LOCK.unlink()

    lock(NODE)

    assert digests() == before and None not in before.values() and len(before) == 5


@pytest.mark.parametrize("value", [None, "", "nonsense", "md5-1B2M2Y8AsgTpgAmY7PhCfg==", "sha512-"])
def test_a_package_without_a_digest_that_npm_compares_is_not_installed(registry: Registry, value):
    without("plain", value=value)

    assert refusal(lambda: install(MODULES)) == (
        "package-lock.json: 'plain@1.0.0' is without a digest that could be verified. "
        "Restore it with 'git checkout -- package-lock.json', or delete it and run 'doit node:lock'."
    )
    assert not Path("node_modules").exists()


def test_several_packages_without_digests_are_named_and_counted(registry: Registry):
    without("plain", "marking", "other", "for-mac")

    assert refusal(lambda: install(MODULES)) == (
        "package-lock.json: 'for-mac@1.0.0', 'marking@1.0.0', 'other@1.0.0' and 1 more are without a digest that could be verified. "
        "Restore it with 'git checkout -- package-lock.json', or delete it and run 'doit node:lock'."
    )


def test_a_lock_that_lacks_digests_is_not_locked_on(registry: Registry):
    without("other")
    before = LOCK.read_bytes()

    assert refusal(lambda: lock(NODE)) == (
        "package-lock.json: 'other@1.0.0' is without a digest that could be verified. "
        "Restore it with 'git checkout -- package-lock.json', or delete it and run 'doit node:lock'."
    )
    assert LOCK.read_bytes() == before


def test_a_registry_that_tells_no_digest_leaves_the_lock_as_it_was(registry: Registry):
    LOCK.unlink()
    described = json.loads(registry.server.answers["/plain"])
    del described["versions"]["1.0.0"]["dist"]["integrity"]
    registry.server.answers["/plain"] = json.dumps(described).encode()

    assert refusal(lambda: lock(NODE)) == (
        "package-lock.json: 'plain@1.0.0' is without a digest that could be verified. "
        "Ask who runs the registry for one that tells digests."
    )
    assert not LOCK.exists()


def test_a_lock_of_the_first_format_is_refused(registry: Registry):
    text = {"lockfileVersion": 1, "dependencies": {"plain": {"version": "1.0.0"}}}
    LOCK.write_text(json.dumps(text | {"packages": {"": json.loads(Path("package.json").read_text())}}))

    assert refusal(lambda: install(MODULES)) == (
        "package-lock.json: the format is 1, but only 2 and 3 can be verified. Run 'doit node:lock' and commit what it changes."
    )


@pytest.mark.parametrize("action", [lambda: install(MODULES), lambda: lock(NODE)])
def test_a_shrinkwrap_that_npm_would_read_instead_is_refused(registry: Registry, action):
    Path("npm-shrinkwrap.json").write_text(LOCK.read_text())

    assert refusal(action) == (
        "npm would read 'npm-shrinkwrap.json' in place of 'package-lock.json'. Rename it to 'package-lock.json', or delete it."
    )


def test_a_package_from_a_repository_is_refused_with_what_to_write_instead():
    locked = {"node_modules/a": {"version": "1.0.0", "resolved": "git+ssh://git@example.org/a.git#0123"}}

    assert refusal(lambda: lockfile.refuse_absent_digests({"packages": locked}, "")) == (
        "package-lock.json: 'a@1.0.0' is from a repository, for which the lock has no digest. "
        "Name a release of it in package.json."
    )


def test_a_workspace_of_the_checkout_needs_no_digest(registry: Registry):
    Path("libs/mine").mkdir(parents=True)
    Path("libs/mine/package.json").write_text(json.dumps({"name": "mine", "version": "1.0.0"}))
    describe(THREE, workspaces=["libs/*"])
    lock(NODE)

    install(MODULES)

    assert Path("node_modules/mine/package.json").exists()
    assert packages()["node_modules/mine"] == {"resolved": "libs/mine", "link": True}


def test_what_is_bundled_needs_no_digest_only_below_a_package_that_bundles():
    digest = "sha512-" + "A" * 86 + "=="
    outer, inner = "node_modules/outer", "node_modules/outer/node_modules/inner"
    locked = {outer: {"integrity": digest, "bundleDependencies": ["inner"]}, inner: {"inBundle": True}}
    assert lockfile.without_digest(locked) == []

    del locked[outer]["bundleDependencies"]
    assert lockfile.without_digest(locked) == [inner]


def test_the_two_sides_of_a_merge_are_merged_by_npm(registry: Registry):
    lock(NODE)
    text = LOCK.read_text()
    line = '  "requires": true,\n'
    LOCK.write_text(text.replace(line, f"<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> other\n", 1))

    lock(NODE)

    assert json.loads(LOCK.read_text()) == json.loads(text)


def test_the_committed_lock_has_all_digests():
    path = Path(__file__).parents[4] / LOCK
    assert lockfile.without_digest(json.loads(path.read_text())["packages"]) == []


def test_a_lock_that_is_no_object_is_one_sentence(registry: Registry):
    LOCK.write_text("[]")

    assert refusal(lambda: lock(NODE)) == "'package-lock.json' is not a JSON object. Correct it there."


def test_files_with_a_byte_order_mark_are_read(registry: Registry):
    for path in (Path("package.json"), LOCK):
        path.write_text("\ufeff" + path.read_text(), "utf-8")

    install(MODULES)

    assert Path("node_modules/plain/index.js").exists()


@pytest.mark.parametrize("name", ["package.json", "package-lock.json"])
@pytest.mark.parametrize("action", [lambda: install(MODULES), lambda: lock(NODE)])
def test_files_of_another_encoding_are_one_sentence(registry: Registry, action, name):
    Path(name).write_bytes(b'{\n "author": "J\xfcrgen"\n}\n')

    assert refusal(action) == f"'{name}' is not UTF-8 (line 2). Save it as UTF-8."
