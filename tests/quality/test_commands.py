"""The pages of tasks and commands are what their help says."""

import subprocess
import sys
from pathlib import Path

from buildgraph.adapter import COMMANDS

ROOT = Path(__file__).parents[2]


def test_the_pages_of_commands_are_what_the_help_says():
    check = [sys.executable, "-m", "docs.commands", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_each_command_has_a_page():
    pages = {path.stem for path in (ROOT / "docs/commands").glob("*.md")}
    assert pages > COMMANDS.keys() | {"index", "serve", "db"}
