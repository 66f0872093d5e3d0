"""Apart: services that run next to the application, each served by a supervisor of its own at an address of its own.

Which of them run is said on the command line (`--with`, `--all`). The ports follow the application's own, in the order in which
`dodo.py` names the services, so an address stays the same also where others do not run; only where any port will do is each asked of the
system. What one program has to know of another's address is told by variables (`told`), to all of them.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildgraph.act.address import Address
from buildgraph.errors import BuildError
from buildgraph.suggest import did_you_mean


@dataclass(frozen=True)
class Apart:
    """A service that was asked for: the words that serve it, and where."""

    name: str
    words: tuple[str, ...]
    address: Address


def chosen(known: Mapping[str, Sequence[str]], names: str, is_all: bool, main: Address) -> tuple[Apart, ...]:
    """Return the services that are asked for, by names with commas between them; raise BuildError for one that is not known."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            near = did_you_mean(name, known)
            what = f"'{name}' is not a service of this repository"
            raise BuildError(what, "--with", near or f"There are {', '.join(known)}.")
    return tuple(
        Apart(name, (sys.executable if words[0] == "python" else words[0], *words[1:]), _at(main, place))
        for place, (name, words) in enumerate(known.items(), 1)
        if is_all or name in wanted
    )


def told(
    variables: Mapping[str, str], main: str, address: Address, others: Sequence[Apart]
) -> dict[str, str]:
    """Return variable → origin for each of the variables that stand for the application (`main`) or for a service that runs."""
    urls = {main: address.url, **{each.name: each.address.url for each in others}}
    return {variable: urls[name] for variable, name in variables.items() if name in urls}


def programs(others: Sequence[Apart]) -> dict[str, tuple[str, ...]]:
    """Return name → words of the supervisors."""
    return {each.name: (*each.words, f"--bind={_bind(each.address)}") for each in others}


def _at(main: Address, place: int) -> Address:
    """Return the address of the service at a place, counted from 1; the system is asked where the application's port is any."""
    if main.port:
        return Address(main.host, main.port + place)
    with socket.socket(socket.AF_INET6 if ":" in main.host else socket.AF_INET) as taken:
        taken.bind((main.host, 0))
        return Address(main.host, taken.getsockname()[1])


def _bind(address: Address) -> str:
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"
