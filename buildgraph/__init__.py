"""The build library: rules, checks and services on doit, made sound.

Nothing is imported until it is asked for: the bootstrap runs in this package on bare and on old Pythons.
"""

_HOMES = {
    "rule": "rules.verbs",
    "check": "rules.verbs",
    "run": "rules.verbs",
    "runs": "rules.verbs",
    "service": "rules.verbs",
    "option": "rules.verbs",
    "glob": "rules.verbs",
    "dotenv": "rules.environment_files",
    "BuildError": "errors",
}


def __getattr__(name):
    """Import a public name from its module when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError("module 'buildgraph' has no attribute " + repr(name))
    from importlib import import_module

    return getattr(import_module("buildgraph." + _HOMES[name]), name)
