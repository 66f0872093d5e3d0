"""The checkouts of `tests/graph`, for tests with kills, signals and concurrent runs."""

from __future__ import annotations

import importlib.util
import pathlib
import sys

_spec = importlib.util.spec_from_file_location(
    "engine_checkouts", pathlib.Path(__file__).parents[1] / "graph" / "conftest.py"
)
_module = sys.modules.setdefault("engine_checkouts", importlib.util.module_from_spec(_spec))
_spec.loader.exec_module(_module)

Checkout = _module.Checkout
checkout = _module.checkout
engine = _module.engine
