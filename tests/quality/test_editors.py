"""What editors are told: tests run in them, their tasks are the graph's, and their matchers find what the tools say."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[2]
TASKS = json.loads((ROOT / ".vscode/tasks.json").read_text("utf-8"))["tasks"]
RUNS = sorted((ROOT / ".run").glob("*.run.xml"))
ONE = "tests/warehouse/test_db.py::test_a_migrated_database_passes"
VARIABLES = ("DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PYTEST_XDIST_WORKER")


def python(*words: str, **environment: str) -> subprocess.CompletedProcess:
    """Run the environment's Python as an editor does: with nothing set."""
    plain = {name: text for name, text in os.environ.items() if name not in VARIABLES}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=plain | environment, capture_output=True, text=True
    )


def test_a_single_database_test_runs_from_an_editor():
    done = python("-m", "pytest", "-p", "no:cacheprovider", ONE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout and "warning" not in done.stdout


def test_an_address_that_does_not_answer_is_one_sentence():
    done = python("-m", "pytest", "-p", "no:cacheprovider", ONE, DATABASE_URL="postgresql://localhost:1/x")

    assert done.returncode == 1
    assert "cannot reach the server of DATABASE_URL: connection failed" in done.stdout
    assert "Run the tests with 'doit test', which starts a database." in done.stdout
    assert "Traceback" not in done.stdout


def test_tasks_and_run_configurations_name_tasks_of_the_graph():
    listed = subprocess.run(
        [sys.executable, "dodo.py", "list", "--all"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tasks = set(re.findall(r"^  (\S+)", listed.stdout, re.MULTILINE))
    named = {word for each in TASKS for word in each["args"][1:]}
    for path in RUNS:
        options = {each.get("name"): each.get("value") for each in ElementTree.parse(path).iter("option")}
        if "SCRIPT_NAME" in options:
            assert options["SCRIPT_NAME"] == "$PROJECT_DIR$/dodo.py"
            named |= set(options["PARAMETERS"].split())
        assert options["SDK_HOME"] == "$PROJECT_DIR$/.venv/bin/python"

    assert len(RUNS) == 4
    assert {"serve", "test", "lint"} <= named <= tasks


def test_a_container_is_built_where_prebuilds_build():
    settings = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))

    assert settings["updateContentCommand"] == ["python3", "dodo.py"]
    assert "postCreateCommand" not in settings
