"""Root in somebody else's checkout: one sentence, and nothing that belongs to root afterwards."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import owner
from buildgraph.rooms.environment import launcher

ROOT = Path(__file__).parents[2]
SOMEBODY, GROUP = 54321, 54322  # nobody's id on any system that this is tested on
SAID = "this checkout belongs to '#54321', and you are root: what root makes in it, '#54321' could not change. Run it as '#54321': "
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be root in another's checkout"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of somebody else's, with a `doit` of its environment."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / "buildgraph", folder / "buildgraph", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "dodo.py").write_text(
        "from buildgraph import bootstrap\nbootstrap.hand_over(__file__, __name__)\n"
    )
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    launcher.write(folder / ".venv/bin/python", "doit", str(folder / "dodo.py"))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, SOMEBODY, GROUP, follow_symlinks=False)
    return folder


@needs_root
@pytest.mark.parametrize("program", ["dodo.py", ".venv/bin/doit"])
@pytest.mark.parametrize("words", [["assets"], ["list"], ["test", "-k", "a name"]], ids=" ".join)
def test_root_is_refused_and_leaves_nothing(checkout: Path, program: str, words: list[str]):
    command = [sys.executable, program] if program == "dodo.py" else [program]
    environment = {"PATH": "/nowhere"}  # without sudo; Python writes its bytecode

    done = subprocess.run([*command, *words], cwd=checkout, env=environment, capture_output=True, text=True)

    quoted = " ".join(words).replace("a name", "'a name'")
    command = f"setpriv --reuid=54321 --regid=54322 --clear-groups python3 dodo.py {quoted}"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {SAID}{command}\n")
    assert {path.lstat().st_uid for path in (checkout, *checkout.rglob("*"))} == {SOMEBODY}


def test_who_is_not_root_or_has_made_the_checkout_is_not_refused(tmp_path: Path, monkeypatch):
    owner.refuse_root(str(tmp_path))
    if hasattr(os, "geteuid"):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        owner.refuse_root("/nowhere")


@needs_root
def test_ci_may_mount_a_folder(checkout: Path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(SystemExit):
        owner.refuse_root(str(checkout))

    monkeypatch.setenv("CI", "true")

    owner.refuse_root(str(checkout))


def test_with_sudo_it_is_sudo(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/sudo")
    monkeypatch.chdir(tmp_path)

    said = owner.sentence(str(tmp_path), SOMEBODY, GROUP, ["serve"])

    assert said == f"{SAID}sudo -u '#54321' python3 dodo.py serve"
