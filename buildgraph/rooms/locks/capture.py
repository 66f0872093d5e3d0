"""Capture: run pip-compile and keep what each chosen package requires, as the resolver saw it.

pip-tools throws the metadata away after choosing. Its resolver hands the result of pip's resolver to one method, which is
the seam used here; asking the index again would be a second resolution that may see another state.

A lock must also serve the first patch release of its oldest Python (Debian 12 has 3.11.2; releases that ask for 3.11.5
exist), so files are chosen as for that version, whatever version runs the resolver.

A package that only other platforms need may have no wheel for this one, so those are chosen from every platform's files.

Where no set of versions fits, the graph's file holds the causes instead, [requirement, who asks] each, and the exit code
is `IMPOSSIBLE`. Where it failed for another reason that is known, it holds a phrase, and the code is `FAILED`.

Usage: python -m buildgraph.rooms.locks.capture GRAPH PYTHON OTHERS pip-compile-arguments…
(OTHERS: the names that only other platforms need, separated by commas)
"""

import json
import sys
from collections.abc import Callable
from email.message import Message
from functools import partial
from pathlib import Path

from packaging.utils import canonicalize_name

from .closure import Pin
from .environments import WHEELS
from .failures import phrase, stop_without_answer
from .render import render_graph

IMPOSSIBLE = 3
FAILED = 4
# Labels of Project-URL under which the changes of a release are told (well-known labels of the metadata specification).
CHANGES = (
    "changelog",
    "changes",
    "change log",
    "release notes",
    "releases",
    "history",
    "what's new",
    "whatsnew",
    "news",
)


def main(graph: str, python: str, others: str, arguments: list[str]) -> None:
    """Run pip-compile with these arguments, for this oldest Python, and write the graph of its result."""
    from pip._internal.exceptions import DistributionNotFound
    from pip._internal.index import collector
    from pip._internal.models.target_python import TargetPython
    from piptools.scripts import compile as command

    oldest = tuple(int(part) for part in python.split("."))

    class Capturing(command.BacktrackingResolver):
        def __init__(self, *arguments, repository, **options):  # type: ignore[no-untyped-def]
            super().__init__(*arguments, repository=repository, **options)
            # Requires-Python is asked twice: of the links of an index, and of the metadata of what was chosen.
            here = TargetPython(py_version_info=oldest)
            everywhere = TargetPython(py_version_info=oldest, platforms=list(WHEELS))
            targets = dict.fromkeys(others.split(","), everywhere)
            _choose_for(repository.finder, lambda name: targets.get(canonicalize_name(name), here))
            make_resolver = repository.command.make_resolver
            repository.command.make_resolver = partial(make_resolver, py_version_info=oldest)

        def _get_install_requirements(self, resolver_result):  # type: ignore[no-untyped-def]
            pins, about = {}, {}
            for candidate in resolver_result.mapping.values():
                dist = getattr(candidate, "dist", None)
                if dist is not None:
                    name = canonicalize_name(candidate.project_name)
                    requires = tuple(dist.metadata.get_all("Requires-Dist") or ())
                    pins[name] = Pin(name, str(candidate.version), requires)
                    about[name] = _about(candidate, dist.metadata)
            Path(graph).write_text(render_graph(pins.values()), encoding="utf-8")
            Path(graph).with_suffix(".about.json").write_text(json.dumps(about), encoding="utf-8")
            return super()._get_install_requirements(resolver_result=resolver_result)

    command.BacktrackingResolver = Capturing
    _hash_as_told(command.PyPIRepository)
    stop_without_answer(collector)
    try:
        command.cli(arguments)
    except DistributionNotFound as error:
        causes = getattr(error.__cause__, "causes", ())
        told = [(str(cause.requirement), _name(cause.parent)) for cause in causes]
        Path(graph).write_text(json.dumps(told), encoding="utf-8")
        sys.exit(IMPOSSIBLE)
    except Exception as error:
        if not (said := phrase(error)):
            raise
        Path(graph).write_text(json.dumps(said), encoding="utf-8")
        sys.exit(FAILED)


def _choose_for(finder: object, target: Callable[[str], object]) -> None:
    """Have pip's finder choose a package's files for the Python and the platforms that `target` says for its name."""
    for method in ("make_link_evaluator", "make_candidate_evaluator"):
        make = getattr(finder, method)

        def for_name(project_name: str, *arguments, make=make, **options):  # type: ignore[no-untyped-def]
            finder._target_python = target(project_name)  # type: ignore[attr-defined]
            return make(project_name, *arguments, **options)

        setattr(finder, method, for_name)


def _hash_as_told(repository: type) -> None:
    """Have pip-tools take the digests that the index tells beside its files.

    It asks for a page of JSON that few indexes have, and without that it downloads each file of each release.
    """
    compute = repository._get_file_hash  # type: ignore[attr-defined]

    def digest(self, link):  # type: ignore[no-untyped-def]
        return f"sha256:{link.hash}" if link.hash_name == "sha256" else compute(self, link)

    repository._get_file_hash = digest  # type: ignore[attr-defined]
    repository._get_hashes_from_pypi = lambda *_: {}  # type: ignore[attr-defined]


def _about(candidate: object, metadata: Message) -> dict[str, str]:
    """Return what a report of an upgrade tells of a release: its day, where its changes are told, its index's page, why it was yanked."""
    link = getattr(candidate, "source_link", None)
    uploaded = getattr(link, "upload_time", None)
    urls = (line.partition(",") for line in metadata.get_all("Project-URL") or ())
    told = (url.strip() for label, _, url in urls if label.strip().lower() in CHANGES)
    return {
        "uploaded": uploaded.date().isoformat() if uploaded else "",
        "changes": next(told, ""),
        "page": str(getattr(link, "comes_from", None) or ""),
        "yanked": (link.yanked_reason or "no reason is told") if getattr(link, "is_yanked", False) else "",
    }


def _name(parent: object) -> str:
    """Name the release that asks for something, "" for an input file."""
    return f"{parent.name} {parent.version}" if parent is not None else ""  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
