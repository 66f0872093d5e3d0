"""What pyproject.toml promises of the processes that tests start is so, where it can be seen."""

import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.impact.unread import is_unread, rules_of, settings, unread_by

ROOT = Path(__file__).parents[2]
TESTS = "test:tests/warehouse/test_quarantine.py::test_it"
ASKED = {
    "warehouse.uploads.archives",
    "warehouse.uploads.faults",
    "warehouse.projects.rendering",
    "warehouse.mirrors.reading",
}
LOADED = "import sys; from importlib import import_module; import_module(sys.argv[1]); print(*(each.__file__ for name, each in sys.modules.items() if name.startswith('warehouse')), sep='\\n')"


def test_these_are_the_modules_of_the_questions():
    names = (
        line
        for path in (ROOT / "warehouse").rglob("*.py")
        for line in path.read_text(encoding="utf-8").split('"')
    )
    assert {
        name.partition(":")[0]
        for name in names
        if name.startswith("warehouse.") and ":" in name and "wsgi" not in name
    } == ASKED


@pytest.mark.parametrize("module", sorted(ASKED))
def test_the_quarantine_loads_nothing_of_what_it_is_said_not_to_read(module):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, module], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [Path(line).relative_to(ROOT).as_posix() for line in done.stdout.splitlines()]

    key = unread_by(TESTS, rules_of(settings(str(ROOT))))

    assert f"{module.replace('.', '/')}.py" in paths
    assert not [path for path in paths if is_unread(path, key)]
    assert is_unread("warehouse/pages/views.py", key)
