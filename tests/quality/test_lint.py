import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os\n\nos.fork()\n", "TID251"),
        ("import fcntl\n", "TID251"),
        ("from os import symlink\n", "TID251"),
        ("import subprocess\n\nsubprocess.run('true', shell=True)\n", "S602"),
        ("import os\n\nos.system('true')\n", "S605"),
    ],
)
def test_what_would_break_another_platform_or_start_a_shell_is_refused(code, rule):
    command = [
        ROOT / ".venv/bin/ruff",
        "check",
        "--no-cache",
        "--output-format=concise",
        "--stdin-filename=buildgraph/new.py",
        "-",
    ]

    done = subprocess.run(command, input=code, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 1
    assert rule in done.stdout


def test_what_the_settings_of_types_do_not_allow_is_refused(tmp_path):
    refused = {
        "def double(number): return number * 2": "no-untyped-def",
        "def triple(number: int = None) -> int: return number * 3": "assignment",
        "number: int = 1  # type: ignore[assignment]": "unused-ignore",
        "import nothing_of_this_name": "import-not-found",
        "is_text = 1 == 'one'": "comparison-overlap",
    }
    (tmp_path / "new.py").write_text("\n".join(refused) + "\n")
    command = [ROOT / ".venv/bin/python", "-m", "mypy", f"--cache-dir={tmp_path}/cache", tmp_path / "new.py"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 1, done.stdout + done.stderr
    found = re.findall(r"new\.py:(\d+):(?:\d+:)? error: .*\[([a-z-]+)\]$", done.stdout, re.MULTILINE)
    assert sorted(found) == [(str(line), rule) for line, rule in enumerate(refused.values(), 1)]


def test_what_the_types_may_not_see_has_its_reason():
    for path in (ROOT / "dodo.py", *(ROOT / "warehouse").rglob("*.py"), *(ROOT / "buildgraph").rglob("*.py")):
        for line in path.read_text("utf-8").splitlines():
            assert "# type: ignore" not in line or re.search(r"# type: ignore\[[a-z, -]+\] # \w", line), (
                path,
                line,
            )


def test_the_two_halves_never_import_each_other():
    for half, other in (("warehouse", "buildgraph"), ("buildgraph", "warehouse")):
        for path in (ROOT / half).rglob("*.py"):
            text = path.read_text("utf-8")
            assert f"import {other}" not in text and f"from {other}" not in text, path


def test_the_library_knows_nothing_of_this_application():
    for path in (ROOT / "buildgraph").rglob("*"):
        if path.suffix in (".py", ".mjs"):
            assert "warehouse" not in path.read_text("utf-8").lower(), path


def test_no_room_imports_another():
    rooms = ROOT / "buildgraph/rooms"
    names = {path.name for path in rooms.iterdir() if path.is_dir()} - {"__pycache__"}
    for path in rooms.rglob("*.py"):
        own = path.relative_to(rooms).parts[0]
        for name in names - {own}:
            assert f"rooms.{name}" not in path.read_text("utf-8"), f"{path} imports the room '{name}'"
