"""Agents: which installer a user agent is (RFC 9110, 10.1.5), by a table; a pattern stands for the beginning of the text.

pip and uv write JSON after their name and version; all others the products that they are made of, the outermost first.
"""

import re
from dataclasses import dataclass

KNOWN = (
    ("pip", r"pip/"),
    ("uv", r"uv/"),
    ("poetry", r"poetry/"),
    ("pdm", r"(?:pdm|unearth)/"),
    ("pipenv", r"pipenv/"),
    ("hatch", r"hatch(?:ling)?/"),
    ("pex", r"pex/"),
    ("conda", r"(?:conda|mamba|libmamba|micromamba)/"),
    ("bazel", r"(?:Bazel|rules_python)[/ ]"),
    ("setuptools", r"(?:(?:setuptools|distribute)/|Python-urllib/[0-9.]+ (?:setuptools|distribute)/)"),
    ("twine", r"twine/"),
    ("homebrew", r"Homebrew/"),
    ("bandersnatch", r"bandersnatch/"),
    ("devpi", r"devpi-(?:server|client)/"),
    ("artifactory", r"Artifactory/"),
    ("nexus", r"(?:Sonatype-)?Nexus/"),
    ("pep381client", r"pep381client(?:-proxy)?/"),
    ("pypimirror", r"z3c\.pypimirror/"),
    ("requests", r"python-requests/"),
    ("urllib", r"Python-urllib/"),
    ("curl", r"curl/"),
    ("wget", r"Wget/"),
    ("browser", r"(?:Mozilla|Opera)/"),
)
OTHER = "other"
MIRRORS = frozenset(("bandersnatch", "devpi", "artifactory", "nexus", "pep381client", "pypimirror"))
"""What fetches a file for the sake of having it: that nobody has used it yet."""
VERSION = re.compile(r"[/ ](?:release )?v?([0-9][A-Za-z0-9.+!-]{0,40})")
PATTERN = re.compile("|".join(f"(?P<n{number}>{pattern})" for number, (_, pattern) in enumerate(KNOWN)))


@dataclass(frozen=True)
class Agent:
    """An installer, and its version as it says it, "" if it says none."""

    name: str
    version: str = ""

    @property
    def is_mirror(self) -> bool:
        """Tell whether it keeps files for others."""
        return self.name in MIRRORS


def agent_of(text: str) -> Agent:
    """Return what a user agent says it is; `other` for what the table does not know."""
    found = PATTERN.match(text)
    if not found:
        return Agent(OTHER)
    name = KNOWN[int((found.lastgroup or "n0")[1:])][0]
    version = VERSION.match(text, found.end() - 1)
    return Agent(name, version[1] if version else "")
