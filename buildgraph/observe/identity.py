"""Identity: what a task's command is, apart from the content of its inputs.

The parts are those of an Action of the Remote Execution API: command, environment, declared inputs and
outputs, platform, and the tools that it runs. No part contains the checkout's own place, so that a moved
checkout stays fresh; only a rule that asks for it by `{root}` has it in its identity.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from buildgraph.errors import BuildError
from buildgraph.layout import is_exact
from buildgraph.library import located, said
from buildgraph.observe.digests import FOLDER, of_bytes
from buildgraph.observe.facts import Facts
from buildgraph.rules.rooted import is_rooted
from buildgraph.rules.secrets import is_secret
from buildgraph.rules.values import PYTHON, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLATFORM = f"{sys.platform} {os.uname().machine if hasattr(os, 'uname') else os.environ.get('PROCESSOR_ARCHITECTURE', '')}"
INTERPRETER = (
    f"{sys.implementation.name} {sys.version.split()[0]} {os.path.basename(sys.prefix).partition('+')[0]}"
)
"""`python` is the interpreter of the tools environment, whose folder is named by the digest of its lock; what follows of this library is known by its code."""


def identity(rule: Rule, words: Sequence[str], environ: Mapping[str, str], facts: Facts) -> dict[str, Any]:
    """Return the identity of `rule` started as `words`, in JSON's types."""
    own = words[0]
    tools = (*rule.tools, own) if own != PYTHON and own not in rule.inputs else rule.tools
    found: dict[str, Any] = {
        "command": list(words),
        "environment": dict(rule.environment),
        "inherited variable": {name: _value(name, environ.get(name)) for name in rule.inherit},
        "tool": {path: digest for tool in tools for path, digest in _tool(tool, rule, facts)},
        "interpreter": INTERPRETER if own == PYTHON else "",
        "declared inputs": list(rule.inputs),
        "declared outputs": list(rule.outputs),
        "platform": PLATFORM,
    }
    if is_rooted(rule, words):
        found["root"] = os.getcwd()
    return found


def _tool(tool: str, rule: Rule, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the files of a tool with the digests of their content."""
    place = located(tool)
    for path in (place,) if is_exact(tool) else facts.expand(place):
        digest = _content(facts.digest(path))
        if digest == FOLDER and path == place:
            raise BuildError(
                f"the tool '{tool}' is a folder", rule.where, f"Write '{tool}/' for all files below it."
            )
        yield said(path, tool), digest


def _value(name: str, value: str | None) -> str | None:
    """Return the value, or its digest if the name says that it is a secret."""
    if value is not None and is_secret(name):
        return "secret " + of_bytes(value.encode("utf-8", "surrogateescape"))[:16]
    return value


def _content(digest: str) -> str:
    """Return the digest of the content alone: where a tool's link leads is not part of the tool."""
    return digest.rpartition(" > ")[2]
