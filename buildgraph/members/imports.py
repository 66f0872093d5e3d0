"""Imports: the graph of all imports, by import-linter held to the contracts; each violation names both files and the rule."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from buildgraph.errors import BuildError
from buildgraph.suggest import did_you_mean

from . import BY_NAME, Members
from .contracts import Contract, allows, contracts
from .unread import refuse_unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from grimp import ImportGraph

CACHE = ".buildgraph/imports"


class Violation(NamedTuple):
    """An import that a contract forbids: the module that imports, the line, what is imported, and through which modules."""

    importer: str
    line: int
    imported: str
    through: tuple[str, ...]
    rule: str
    hint: str


def check(members: Members) -> None:
    """Raise BuildError for the first import that breaks a contract, after telling all others."""
    _refuse_dependencies(members)
    folders = {each.package: each.sources for each in (*members.roots, *members)}
    for member in members:
        if not Path(member.sources).is_dir():
            what = f"there is no '{member.sources}/', the package of '{member.name}'"
            raise BuildError(what, member.project, "Make it, with an '__init__.py'.")
    if not folders:
        print("there is nothing that could import")
        return
    refuse_unread(members)
    _refuse_hidden(members)
    sys.path[:0] = [*members.paths, "."]
    violations = sorted(set(_violations(members, tuple(folders))))
    if violations:
        last, *more = (_told(each, folders) for each in reversed(violations))
        for each in reversed(more):
            print(each)
        raise last
    print(f"the imports of {len(folders)} packages keep to the layout")


def _refuse_hidden(members: Members) -> None:
    """Raise for a member in whose place another package of its name is imported."""
    for member in members:
        found = find_spec(member.package)
        if (
            found
            and found.origin
            and not Path(found.origin).resolve().is_relative_to(Path(member.path).resolve())
        ):
            what = f"'{member.package}' is imported from '{found.origin}', not from '{member.sources}/'"
            raise BuildError(what, member.project, "Give the member a name that no installed package has.")


def _refuse_dependencies(members: Members) -> None:
    """Raise for a member that names one in its dependencies that it may not use."""
    by_name = {member.name: member for member in members}
    for member in members:
        kind = BY_NAME[member.kind]
        for name in member.uses:
            other = BY_NAME[by_name[name].kind]
            if not allows(kind, other):
                what = f"'{member.name}' depends on '{name}', and {kind.title} cannot use {other.title}"
                allowed = " and ".join(f"{BY_NAME[each].folder}/" for each in kind.uses)
                raise BuildError(what, member.project, f"It may use what lies in {allowed}.")


def _violations(members: Members, packages: tuple[str, ...]) -> Iterator[Violation]:
    import grimp
    from importlinter import api  # noqa: F401 (configures what its contracts ask for)

    try:
        graph = grimp.build_graph(*packages, include_external_packages=True, cache_dir=CACHE)
    except grimp.exceptions.SourceSyntaxError as error:
        where = f"{os.path.relpath(error.filename)}, line {error.lineno}"
        raise BuildError("Python cannot parse it", where, "Correct it.") from None
    session = {"root_packages": packages, "include_external_packages": "True"}
    for contract in contracts(members):
        find = _of_layers if contract.layers else _of_forbidden
        for links in find(contract, graph, session):
            through = tuple(link["importer"] for link in links[1:])
            line = min(number or 1 for number in links[0]["line_numbers"])
            imported = links[-1]["imported"]
            yield Violation(links[0]["importer"], line, imported, through, contract.rule, contract.hint)


def _of_forbidden(contract: Contract, graph: ImportGraph, session: dict[str, Any]) -> Iterable[list[dict]]:
    """Return the chains of imports that a contract forbids, each of one link."""
    from importlinter.contracts.forbidden import ForbiddenContract

    options = {
        "source_modules": [contract.package],
        "forbidden_modules": contract.forbidden,
        "allow_indirect_imports": "True",
    }
    done = ForbiddenContract(contract.rule, session, options).check(graph, verbose=False)
    return [chain for each in done.metadata["invalid_chains"] for chain in each["chains"]]


def _of_layers(contract: Contract, graph: ImportGraph, session: dict[str, Any]) -> Iterator[list[dict]]:
    """Yield the chains of imports from a lower layer to a higher one."""
    from importlinter.contracts.layers import LayersContract

    known = sorted(
        each.removeprefix(f"{contract.package}.") for each in graph.find_children(contract.package)
    )
    for layer in contract.layers:
        if layer not in known:
            hint = did_you_mean(layer, known) or f"There are {', '.join(known)}."
            raise BuildError(
                f"there is no module '{contract.package}.{layer}', a layer", contract.where, hint
            )
    options = {"layers": contract.layers, "containers": [contract.package]}
    done = LayersContract(contract.rule, session, options).check(graph, verbose=False)
    for dependency in done.metadata["invalid_dependencies"]:
        for route in dependency["routes"]:
            chain = list(route["chain"])
            yield chain
            yield from ([first, *chain[1:]] for first in route["extra_firsts"])
            yield from ([*chain[:-1], last] for last in route["extra_lasts"])


def _told(violation: Violation, folders: dict[str, str]) -> BuildError:
    """Return the sentence of a violation."""
    through = f" through {', '.join(repr(each) for each in violation.through)}" if violation.through else ""
    imported = f"'{violation.imported}' ({_file(violation.imported, folders)})"
    what = f"{imported} is imported{through}, but {violation.rule}"
    return BuildError(what, f"{_file(violation.importer, folders)}, line {violation.line}", violation.hint)


def _file(module: str, folders: dict[str, str]) -> str:
    """Return the file of a module of one of the packages, or the folder of what is not one of them."""
    package, _, rest = module.partition(".")
    if package not in folders:
        return f"{package}/"
    path = "/".join([folders[package], *filter(None, rest.split("."))])
    return f"{path}.py" if Path(f"{path}.py").is_file() else f"{path}/__init__.py"
