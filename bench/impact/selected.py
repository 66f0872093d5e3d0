"""A pytest plugin that writes which of the known tests a run with --impact would run, one line for each, and runs none, if it is told where to.

It is named in all runs, since another list of plugins is another run.
"""

import os

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Decide, as the session of a run does when it starts."""
    path = os.environ.get("BUILDGRAPH_IMPACT_SELECTED")
    if not path:
        return None
    from buildgraph.impact.plugin import decision_of  # not before pytest has imported it as a plugin

    decision, _ = decision_of(config, dict(os.environ))
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{nodeid}\n" for nodeid in decision.last if not decision.is_valid(nodeid))
    return 0
