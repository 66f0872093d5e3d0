"""Members in one run of tests: what a change of a library breaks in a service is found at once, and a change of a service runs nothing of the library."""

from __future__ import annotations

import pytest

from .harness import IMPACT, Project

SETTINGS = "[pytest]\npythonpath = services/app/src libs/shared/core/src libs/internal/alone/src\ntestpaths = services/*/tests libs/*/*/tests\n"
FILES = {
    "pytest.ini": SETTINGS,
    "libs/shared/core/src/core/__init__.py": "def price(cents):\n    return f'{cents / 100:.2f}'\n\n\ndef unused():\n    return 1\n",
    "libs/shared/core/tests/test_core.py": "from core import price\n\n\ndef test_price_is_text():\n    assert isinstance(price(100), str)\n",
    "libs/internal/alone/src/alone/__init__.py": "X = 1\n",
    "libs/internal/alone/tests/test_alone.py": "from alone import X\n\n\ndef test_alone():\n    assert X == 1\n",
    "services/app/src/app/__init__.py": "from core import price\n\n\ndef line(cents):\n    return f'pay {price(cents)}'\n",
    "services/app/tests/test_app.py": "from app import line\n\n\ndef test_line():\n    assert line(150) == 'pay 1.50'\n",
}
SERVICE = "services/app/tests/test_app.py::test_line"
LIBRARY = "libs/shared/core/tests/test_core.py::test_price_is_text"


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "project")
    made.write(FILES)
    assert made.pytest(*IMPACT).counts == (3, 0)
    return made


def test_a_library_that_breaks_a_service_is_found_in_the_same_run(project):
    project.write(
        {
            "libs/shared/core/src/core/__init__.py": FILES["libs/shared/core/src/core/__init__.py"].replace(
                ".2f", ".1f"
            )
        }
    )

    run = project.pytest(*IMPACT)

    assert run.counts == (2, 1), "what uses it and itself run, and the third does not"
    assert (run.outcomes[SERVICE], run.outcomes[LIBRARY]) == ("failed", "passed")
    assert run.code == 1


def test_a_change_of_a_service_runs_nothing_of_the_library(project):
    project.write(
        {"services/app/src/app/__init__.py": FILES["services/app/src/app/__init__.py"].replace("pay", "owe")}
    )

    run = project.pytest(*IMPACT)

    assert run.counts == (1, 2)
    assert run.outcomes[SERVICE] == "failed"


def test_what_no_test_of_a_library_or_service_uses_runs_nothing(project):
    source = FILES["libs/shared/core/src/core/__init__.py"].replace("return 1", "return 2")
    project.write({"libs/shared/core/src/core/__init__.py": source})

    assert project.pytest(*IMPACT).counts == (0, 3)
