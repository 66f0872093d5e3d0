"""The checkouts of `tests/graph`, for tests with kills, signals and concurrent runs."""

from __future__ import annotations

import importlib.util
import pathlib
import sys

_HERE = pathlib.Path(__file__).parent


def _load(name: str, path: pathlib.Path):
    """Load a file as a module, whichever way pytest imports test modules."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


_checkouts = _load("engine_checkouts", _HERE.parent / "graph" / "conftest.py")
_load("graph_model", _HERE / "graph_model.py")
_load("in_process", _HERE / "in_process.py")
_load("processes", _HERE / "processes.py")

Checkout = _checkouts.Checkout
checkout = _checkouts.checkout
engine = _checkouts.engine
