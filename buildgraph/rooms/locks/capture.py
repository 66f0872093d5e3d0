"""Capture: run pip-compile and keep what each chosen package requires, as the resolver saw it.

pip-tools throws the metadata away after choosing. Its resolver hands the result of pip's resolver to one method, which is
the seam used here; asking the index again would be a second resolution that may see another state.

A lock must also serve the first patch release of its oldest Python (Debian 12 has 3.11.2; releases that ask for 3.11.5
exist), so files are chosen as for that version, whatever version runs the resolver.

The resolver sees one environment: that Python, on this platform. A package that only others need may refuse that Python and
have no wheel for this platform, so it is chosen for the Python that needs it, from every platform's files.

Where no set of versions fits, the graph's file holds the causes instead, [requirement, who asks, the Python that its
releases ask for] each, and the exit code
is `IMPOSSIBLE`. Where it failed for another reason that is known, it holds a phrase, and the code is `FAILED`.

Usage: python -m buildgraph.rooms.locks.capture GRAPH PYTHON OTHERS pip-compile-arguments…
(OTHERS: a JSON object, from the names that only other environments need to the Python that needs each)
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
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
    from pip._internal.exceptions import DistributionNotFound, UnsupportedPythonVersion
    from pip._internal.index import collector
    from pip._internal.models.target_python import TargetPython
    from piptools.scripts import compile as command

    pythons = json.loads(others)
    offers = Offers()
    here = TargetPython(py_version_info=_release(python))
    targets = {
        name: TargetPython(py_version_info=_release(each), platforms=list(WHEELS))
        for name, each in pythons.items()
    }

    def target(name: str) -> TargetPython:
        return targets.get(canonicalize_name(name), here)

    resolver = command.BacktrackingResolver
    command.BacktrackingResolver = _capturing(resolver, Path(graph), python, target, offers)  # type: ignore[misc] # the seam
    _see_as(python)
    _admit(pythons)
    _hash_as_told(command.PyPIRepository)
    stop_without_answer(collector)
    try:
        command.cli(arguments)
    except (DistributionNotFound, UnsupportedPythonVersion) as error:
        Path(graph).write_text(json.dumps(_causes(error, offers)), encoding="utf-8")
        sys.exit(IMPOSSIBLE)
    except Exception as error:
        if not (said := phrase(error)):
            raise
        Path(graph).write_text(json.dumps(said), encoding="utf-8")
        sys.exit(FAILED)


@dataclass
class Offers:
    """The files that the indexes offer, and which Python the releases ask for that refuse ours, by name."""

    files: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)

    def told(self, name: str) -> str:
        """Return the names of a package's files, separated by spaces."""
        return " ".join(sorted(self.files.get(name, ())))

    def python(self, requirement: str) -> str:
        """Return which Python the releases of what is required ask for, "" if none refuses ours."""
        return self.refused.get(canonicalize_name(Requirement(requirement).name), [""])[-1]


def _release(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split("."))


def _see_as(python: str) -> None:
    """Have markers mean this Python, whichever runs the resolver, so that its result depends on the lock's alone."""
    from pip._vendor.packaging import markers

    default = markers.default_environment

    def environment() -> dict[str, Any]:
        minor = python.rpartition(".")[0]
        return {
            **default(),
            "python_version": minor,
            "python_full_version": python,
            "implementation_version": python,
        }

    markers.default_environment = environment  # type: ignore[assignment] # the same, as a plain dictionary


def _admit(pythons: Mapping[str, str]) -> None:
    """Have the Requires-Python of these packages asked for the Python that each is for; pip knows one for all."""
    from pip._internal.resolution.resolvelib.candidates import _InstallRequirementBackedCandidate as Candidate

    follow = Candidate.iter_dependencies

    def iter_dependencies(self: Any, with_requires: bool) -> Iterator[Any]:
        found = iter(follow(self, with_requires))
        python = pythons.get(canonicalize_name(self.project_name))
        asked = next(found)
        yield None if python and self.dist.requires_python.contains(python, prereleases=True) else asked
        yield from found

    Candidate.iter_dependencies = iter_dependencies  # type: ignore[method-assign] # another seam


def _choose_for(finder: Any, target: Callable[[str], object], offers: Offers) -> None:
    """Have pip's finder choose a package's files for the Python and the platforms that `target` says for its name."""
    for method in ("make_link_evaluator", "make_candidate_evaluator"):
        make = getattr(finder, method)

        def for_name(project_name: str, *arguments: Any, make: Any = make, **options: Any) -> Any:
            finder._target_python = target(project_name)
            found = make(project_name, *arguments, **options)
            if hasattr(found, "evaluate_link"):
                _note(found, canonicalize_name(project_name), offers)
            return found

        setattr(finder, method, for_name)


def _note(evaluator: Any, name: str, offers: Offers) -> None:
    """Have an evaluator of files note what it is shown."""
    evaluate = evaluator.evaluate_link

    def noting(link: Any) -> Any:
        offers.files.setdefault(name, set()).add(link.filename)
        found = evaluate(link)
        if found[0].name == "requires_python_mismatch":
            offers.refused.setdefault(name, []).append(link.requires_python)
        return found

    evaluator.evaluate_link = noting


def _hash_as_told(repository: Any) -> None:
    """Have pip-tools take the digests that the index gives with its files.

    It asks for a page of JSON that few indexes have, and without that it downloads each file of each release.
    """
    compute = repository._get_file_hash

    def digest(self: Any, link: Any) -> str:
        return f"sha256:{link.hash}" if link.hash_name == "sha256" else compute(self, link)

    repository._get_file_hash = digest
    repository._get_hashes_from_pypi = lambda *_: {}


def _about(candidate: Any, metadata: Message) -> dict[str, str]:
    """Return what a report of an upgrade tells of a release: its day, where its changes are told, its index's page, why it was yanked."""
    link = getattr(candidate, "source_link", None)
    uploaded = getattr(link, "upload_time", None)
    urls = (line.partition(",") for line in metadata.get_all("Project-URL") or ())
    told = (url.strip() for label, _, url in urls if label.strip().lower() in CHANGES)
    return {
        "uploaded": uploaded.date().isoformat() if uploaded else "",
        "changes": next(told, ""),
        "page": str(getattr(link, "comes_from", None) or ""),
        "python": metadata.get("Requires-Python") or "",
        "extras": " ".join(canonicalize_name(extra) for extra in metadata.get_all("Provides-Extra") or ()),
        "yanked": (getattr(link, "yanked_reason", "") or "no reason is told")
        if getattr(link, "is_yanked", False)
        else "",
    }


def _capturing(
    resolver: Any, graph: Path, python: str, target: Callable[[str], Any], offers: "Offers"
) -> Any:
    """Return pip-tools' resolver, for the Python of each package, which writes the graph of its result."""

    class Capturing(resolver):
        def __init__(self, *, repository: Any, **options: Any) -> None:
            super().__init__(repository=repository, **options)
            # Requires-Python is asked twice: of the links of an index, and of the metadata of what was chosen.
            _choose_for(repository.finder, target, offers)
            make_resolver = repository.command.make_resolver
            repository.command.make_resolver = partial(make_resolver, py_version_info=_release(python))

        def _get_install_requirements(self, resolver_result: Any) -> Any:
            pins, about = {}, {}
            for candidate in resolver_result.mapping.values():
                dist = getattr(candidate, "dist", None)
                if dist is not None:
                    name = canonicalize_name(candidate.project_name)
                    requires = tuple(dist.metadata.get_all("Requires-Dist") or ())
                    pins[name] = Pin(name, str(candidate.version), requires)
                    about[name] = _about(candidate, dist.metadata) | {"files": offers.told(name)}
            graph.write_text(render_graph(pins.values()), encoding="utf-8")
            graph.with_suffix(".about.json").write_text(json.dumps(about), encoding="utf-8")
            return super()._get_install_requirements(resolver_result=resolver_result)

    return Capturing


def _causes(error: Exception, offers: "Offers") -> list[tuple[str, str, str]]:
    """Return what could not be had: a requirement, who asks for it, and the Python that its releases ask for."""
    causes = getattr(error.__cause__, "causes", ())
    return [_unsupported(cause) for cause in causes if hasattr(cause.requirement, "specifier")][:1] or [
        (str(cause.requirement), _name(cause.parent), offers.python(str(cause.requirement)))
        for cause in causes
    ]


def _unsupported(cause: Any) -> tuple[str, str, str]:
    """Return a release that refuses this Python, as it is asked for, by whom, and which Python it asks for."""
    asked = cause.parent.get_install_requirement()
    by = getattr(asked.comes_from, "name", "") or ""
    return str(asked.req), by, str(cause.requirement.specifier)


def _name(parent: Any) -> str:
    """Name the release that asks for something, "" for an input file."""
    return f"{parent.name} {parent.version}" if parent is not None else ""


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
