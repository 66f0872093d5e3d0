"""Capture: run pip-compile and keep what each chosen package requires, as the resolver saw it.

pip-tools throws the metadata away after choosing. Its resolver hands the result of pip's resolver to one method, which is
the seam used here; asking the index again would be a second resolution that may see another state.

A lock must also serve the first patch release of its oldest Python (Debian 12 has 3.11.2; releases that ask for 3.11.5
exist), so files are chosen as for that version, whatever version runs the resolver.

Usage: python -m buildgraph.rooms.locks.capture GRAPH PYTHON pip-compile-arguments…
"""

import sys
from pathlib import Path

from packaging.utils import canonicalize_name

from .closure import Pin
from .render import render_graph


def main(graph: str, python: str, arguments: list[str]) -> None:
    """Run pip-compile with these arguments, for this oldest Python, and write the graph of its result."""
    from pip._internal.models.target_python import TargetPython
    from piptools.scripts import compile as command

    oldest = TargetPython(py_version_info=tuple(int(part) for part in python.split(".")))

    class Capturing(command.BacktrackingResolver):
        def __init__(self, *arguments, repository, **options):  # type: ignore[no-untyped-def]
            super().__init__(*arguments, repository=repository, **options)
            # The finder drops files whose Requires-Python refuses its target.
            repository.finder._target_python = oldest

        def _get_install_requirements(self, resolver_result):  # type: ignore[no-untyped-def]
            pins = {}
            for candidate in resolver_result.mapping.values():
                dist = getattr(candidate, "dist", None)
                if dist is not None:
                    name = canonicalize_name(candidate.project_name)
                    requires = tuple(dist.metadata.get_all("Requires-Dist") or ())
                    pins[name] = Pin(name, str(candidate.version), requires)
            Path(graph).write_text(render_graph(pins.values()), encoding="utf-8")
            return super()._get_install_requirements(resolver_result=resolver_result)

    command.BacktrackingResolver = Capturing
    command.cli(arguments)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
