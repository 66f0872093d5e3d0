"""Assets: SCSS, JavaScript, images and fonts become files with content-hashed names and a manifest.

Theory of operation. Each entry is compiled by its own rule (`style.mjs`, `script.mjs`, run by the managed node), which also
says which files it really read, so that a partial rebuilds the sheets that use it and nothing else. One last rule
(`collect`) gives every file its hashed name, follows `url(…)` and source maps to the new names, and writes the manifest.
Names without hashes inside, names with hashes at the end: the outputs of every rule but the last are known beforehand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from buildgraph.rules.command import Command, code

MODULE = "buildgraph.rooms.assets"
CODE = code("assets")
SCRIPTS = "buildgraph/rooms/assets"


@dataclass(frozen=True)
class Bundle:
    """One entry file and the compiled file it becomes; `kind` is "style" or "script"."""

    kind: str
    source: str
    output: str

    @property
    def name(self) -> str:
        """Return the subtask's name: the thing itself."""
        return f"{self.kind}:{PurePosixPath(self.source).stem}"

    @property
    def reads(self) -> str:
        """Return the file in which the compiler says what it read."""
        return f"{self.output}.reads.json"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the compiled file, its source map and the list of what was read."""
        return (self.output, f"{self.output}.map", self.reads)

    @property
    def tools(self) -> tuple[str, ...]:
        """Return the scripts that compile this kind: a change of them is a change of the rule."""
        return (f"{SCRIPTS}/{self.kind}.mjs", f"{SCRIPTS}/common.mjs")


def bundles(into: str, styles: Sequence[str], scripts: Sequence[str]) -> tuple[Bundle, ...]:
    """Return the bundles of SCSS and JavaScript entries, compiled below a folder in `css` and `js`."""
    kinds = (("style", "css", styles), ("script", "js", scripts))
    return tuple(
        Bundle(kind, source, f"{into}/{end}/{PurePosixPath(source).stem}.{end}")
        for kind, end, sources in kinds
        for source in sources
    )


def bundle_command(bundle: Bundle, node: str) -> Command:
    """Return the command that compiles an entry with this node executable."""
    return Command([node, bundle.tools[0], bundle.source, *bundle.outputs], tools=bundle.tools)


def collect_command(into: str, folders: Mapping[str, str]) -> Command:
    """Return the command that fills `into` from folders, given as place in the result -> folder."""
    words = ["python", "-m", MODULE, into, *(f"{place}={folder}" for place, folder in folders.items())]
    return Command(words, tools=CODE)
