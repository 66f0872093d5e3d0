"""A pytest plugin that writes what each test said: `pytest -p tests.buildgraph.impact.outcomes`."""

import json
import os


def pytest_runtest_logreport(report):
    """Append a line for each phase of a test."""
    if path := os.environ.get("BUILDGRAPH_IMPACT_OUTCOMES"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps([report.nodeid, report.when, report.outcome]) + "\n")
