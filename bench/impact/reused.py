"""A pytest plugin that writes which results a run with --impact reused, and what they are, if it is told where to."""

import json
import os

import pytest

from buildgraph.impact import store


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Look the outcomes up where the run says that it has them from."""
    path, impact = (
        os.environ.get("BUILDGRAPH_IMPACT_REUSED"),
        session.config.pluginmanager.get_plugin("impact"),
    )
    if not path or impact is None:
        return
    segments = {name: store.read(impact.folder, name) for name in set(impact.reused.values())}
    outcomes = {nodeid: segments[name].results[nodeid][0] for nodeid, name in impact.reused.items()}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(outcomes, file)
