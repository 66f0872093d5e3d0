"""Assets: SCSS, JavaScript, images and fonts become files with content-hashed names and a manifest.

Theory of operation. Each entry is compiled by its own rule (`style.mjs`, `script.mjs`, run by the managed node), which also
says which files it really read, so that a partial rebuilds the sheets that use it and nothing else. One last rule
(`collect`) gives every file its hashed name, follows `url(…)` and source maps to the new names, and writes the manifest.
Names without hashes inside, names with hashes at the end: the outputs of every rule but the last are known beforehand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from buildgraph.errors import BuildError
from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import rule
from buildgraph.rules.word import to_word

MODULE = "buildgraph.rooms.assets"
CODE = code("assets")
SCRIPTS = "buildgraph/rooms/assets"
KINDS = {"style": "css", "script": "js"}
"""What is compiled, and the folder and the ending of what it becomes."""
PLACE = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*")


@dataclass(frozen=True)
class Settings:
    """Say how names are found and what stands for them.

    Args:
        load_paths: folders in which sass looks for what is not next to the sheet that names it, the first one first.
        aliases: name in an import of a script -> what is imported (a package, or a path that begins with "./").
        defines: global name in scripts -> the JavaScript expression that stands for it.
        injected: modules whose exports stand for global names in scripts (jQuery's `$`).
        loaders: ending of what a script imports -> esbuild's loader of it ("text", "dataurl", …).
    """

    load_paths: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    defines: Mapping[str, str] = field(default_factory=dict)
    injected: tuple[str, ...] = ()
    loaders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """One entry file, the compiled file it becomes, and the node that compiles it; `kind` is "style" or "script"."""

    kind: str
    source: str
    output: str
    node: str
    settings: Settings = Settings()

    @property
    def name(self) -> str:
        """Return the subtask's name: the thing itself."""
        return f"{self.kind}:{PurePosixPath(self.output).stem}"

    @property
    def reads(self) -> str:
        """Return the file in which the compiler says what it read."""
        return f"{self.output}.reads.json"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the compiled file, its source map and the list of what was read."""
        return (self.output, f"{self.output}.map", self.reads)

    @property
    def compile(self) -> Command:
        """Return the command that compiles the entry and says what it read; its scripts are its tools."""
        tools = (f"{SCRIPTS}/{self.kind}.mjs", f"{SCRIPTS}/common.mjs")
        words = [self.node, tools[0], self.source, *self.outputs, to_word(self.settings)]
        return Command(words, tools=tools, discovers=self.reads, doc=f"Compile {self.source}.")


@dataclass(frozen=True)
class Collection:
    """What is collected: place in the result -> folder."""

    folders: Mapping[str, str]


@dataclass(frozen=True)
class Assets:
    """Name the entries, the folders that are copied (place in the result -> folder), and the folder that holds the result.

    `node` is the program that compiles; `compiled` is where each entry's result lies before it is collected.
    """

    into: str
    node: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    copied: Mapping[str, str]
    compiled: str = ".buildgraph/assets"
    settings: Settings = Settings()

    @property
    def bundles(self) -> tuple[Bundle, ...]:
        """Return the entries as what is compiled of each, below `compiled` in `css` and `js`."""
        return tuple(
            Bundle(kind, source, f"{self.compiled}/{end}/{name}.{end}", self.node, self.settings)
            for (kind, end), sources in zip(KINDS.items(), (self.styles, self.scripts), strict=True)
            for source, name in names_of(sources).items()
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return what is collected: all that was compiled, and the folders that are copied."""
        return (*(path for bundle in self.bundles for path in bundle.outputs), *self.copied.values())

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the folder that holds the result."""
        return (self.into,)

    @property
    def collect(self) -> Command:
        """Return the command that gives every file its hashed name and writes the manifest."""
        compiled = {end: f"{self.compiled}/{end}" for end in KINDS.values()}
        for place in self.copied:
            if place in compiled or not PLACE.fullmatch(place):
                what = f"'{place}' cannot be the place of what is copied"
                raise BuildError(
                    what, "", "Take a name that is neither 'css' nor 'js', without '.' before it: 'images'."
                )
        collection = Collection({**compiled, **self.copied})
        words = ["python", "-m", MODULE, to_word(collection), self.into]
        return Command(words, tools=CODE, doc=f"Collect the built files in {self.into}, with hashed names.")


def names_of(sources: Sequence[str]) -> dict[str, str]:
    """Return source -> its name without an ending, with as many of its folders before it as tell it from the others: "admin-site".

    Raise BuildError for two that would have one name all the same.
    """
    parts = {source: PurePosixPath(source).with_suffix("").parts for source in sources}
    names: dict[str, str] = {}
    for source, own in parts.items():
        others = [each for other, each in parts.items() if other != source]
        count = next(
            (n for n in range(1, len(own) + 1) if all(each[-n:] != own[-n:] for each in others)), len(own)
        )
        name = "-".join(own[-count:])
        if other := next((each for each, taken in names.items() if taken == name), ""):
            raise BuildError(
                f"the entries '{other}' and '{source}' would both be called '{name}'",
                "",
                "Rename one of them.",
            )
        names[source] = name
    return names


def tasks(assets: Assets, inputs: Iterable[str]) -> Iterator[dict]:
    """Yield a step for each entry, which reads the `inputs`, too (what says that npm's packages are there), and the one that collects."""
    common = tuple(inputs)
    for bundle in assets.bundles:
        read = [*common, bundle.source]
        yield rule(name=bundle.name, inputs=read, outputs=bundle.outputs, command=bundle.compile)
    yield rule(name="dist", inputs=assets.inputs, outputs=assets.outputs, command=assets.collect)
