"""What a person meets later: nothing to do, stopping, moving the checkout, working as another user."""

import base64
import json
import os
import re
import signal
from pathlib import Path

import pytest

from buildgraph.rooms.node import Node

from .checkout import Checkout, edited, owners

NODE = Node("requirements/node.txt")
MADE_ONCE = ("assets", "locks", "docs", "env", "node", "lint", "locks:check")


@pytest.mark.parametrize("task", MADE_ONCE)
def test_a_second_run_does_nothing(checkout: Checkout, task: str):
    checkout.run(f"python3 dodo.py {task}")
    before = _times(checkout.folder)

    output = checkout.run(f"python3 dodo.py {task}")

    assert f"{task}: up to date" in output
    assert _times(checkout.folder) == before


def test_doit_of_the_environment_is_the_same_command(checkout: Checkout):
    assert "assets: up to date" in checkout.run("doit assets")
    assert checkout.run("doit list") == checkout.run("python3 dodo.py list")


def test_node_modules_of_another_platform_are_found_and_rebuilt(checkout: Checkout):
    npm = [str(checkout.folder / NODE.program), str(checkout.folder / NODE.npm)]
    checkout.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--os=darwin", "--cpu=arm64"])
    modules = checkout.folder / "node_modules"
    assert (modules / "@esbuild/darwin-arm64").exists()

    assert "node:modules" in checkout.run("doit node")

    assert not (modules / "@esbuild/darwin-arm64").exists()
    assert "assets: up to date" in checkout.run("doit assets")


def test_an_npm_package_with_other_bytes_than_locked_is_refused(checkout: Checkout):
    lock = checkout.folder / "package-lock.json"
    package = json.loads(lock.read_text())
    stimulus = package["packages"]["node_modules/@hotwired/stimulus"]
    stimulus["integrity"] = "sha512-" + base64.b64encode(bytes(64)).decode()

    with edited(lock, json.dumps(package, indent=2)):
        output = checkout.run("doit node", code=1)

    assert "A package does not have the digest of the lock, so nothing of it was installed" in output
    checkout.run("doit node")


def test_a_package_installed_by_hand_is_removed(checkout: Checkout):
    pip = [str(checkout.folder / ".venv/bin/python"), "-m", "pip", "install", "--quiet"]
    checkout.run([*pip, "--no-deps", "six"])

    assert "env" in checkout.run("doit env")

    assert checkout.run([str(checkout.folder / ".venv/bin/python"), "-c", "import six"], code=1)
    assert "env: up to date" in checkout.run("doit env")


def test_a_foreign_doit_is_the_same_command(checkout: Checkout):
    stock = [str(checkout.folder / ".venv/bin/python"), "-m", "doit"]

    assert checkout.run([*stock, "assets"]) == "assets: up to date\n"
    assert checkout.run([*stock, "why", "docs"]) == checkout.run("doit why docs")


def test_ctrl_c_leaves_no_process_and_frees_the_port(checkout: Checkout):
    with checkout.serving() as served:
        assert len(checkout.processes()) >= 4
        os.killpg(served.process.pid, signal.SIGINT)
        served.process.wait(30)

    assert served.code == 130
    assert checkout.processes() == []
    assert served.status("/") == 0
    assert "Traceback" not in served.output


def test_no_service_runs_for_a_task_that_needs_none(checkout: Checkout):
    services = checkout.folder / ".buildgraph/services"
    before = _times(services)

    checkout.run("python3 dodo.py assets docs lint locks:check")

    assert _times(services) == before


def test_every_file_belongs_to_the_user_who_ran_the_tasks(checkout: Checkout):
    assert owners(checkout.folder) == {os.getuid()}


def test_a_moved_checkout_works(checkout: Checkout):
    moved = checkout.places[1]
    checkout.folder.rename(moved)

    output = checkout.run("python3 dodo.py env assets db")

    assert "assets:style" not in output, "what does not depend on the place is not made again"
    for script in ("pytest", "ruff", "doit", "alembic"):
        assert str(moved) in (moved / ".venv/bin" / script).read_text("utf-8", "replace") or script == "ruff"
    assert "assets: up to date" in checkout.run("doit assets")
    with checkout.serving() as served:
        assert served.status("/") == 200


def _times(folder: Path) -> dict[str, int]:
    """Return the modification times of what tasks make, without the build's own ledger and logs."""
    own = re.compile(r"/\.buildgraph/(?!assets|services|postgresql)|\.pyc$|/\.buildgraph$")
    return {
        str(path): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and not own.search(str(path))
    }
