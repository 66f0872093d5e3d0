"""Assets: styles, scripts, images and fonts become files with content-hashed names and a manifest.

Theory of operation. Every step is a task of its own (`steps.py`): a sheet is compiled, mirrored for languages that are written
from right to left, bundled and minified; a script is bundled once and linked with each language's messages; a picture is made
smaller. The steps that node runs are served by one process a run (`worker.mjs`), the others by one Python (`__main__.py`).
A step says which files it read and looked for, so that an edit makes what depends on it and nothing else; what comes out equal
ends the wave. Within `compiled` files have names without hashes, known beforehand; the last step, `dist`, publishes them
under names that say their content. A file that names others, a sheet or a script, holds the names that they will have: it is
made after them. `docs/design/assets.md` tells more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from buildgraph.rules.command import Command
from buildgraph.rules.verbs import rule

from . import steps
from .checks import Checks
from .settings import Settings
from .shelf import Compression, Shelf, Tree
from .step import CODE, Step, by_python

__all__ = ["CODE", "Assets", "Checks", "Compression", "Settings", "Shelf", "Step", "Tree", "tasks"]


@dataclass(frozen=True)
class Assets:
    """Name what is built, and the folder that holds the result.

    Args:
        into: the folder that holds the result, with `manifest.json`.
        node: the program that compiles.
        styles: SCSS or CSS entries, published as "css/NAME.css".
        scripts: JavaScript or TypeScript entries, each a classic script, published as "js/NAME.js".
        copied: place in the result -> folder of files that are published as they are.
        mirrored: those of the styles that are also wanted from right to left, as "css/NAME.rtl.css".
        modules: entries that are ES modules, bundled together, what they share apart; a script may `import()` them.
        linked: one of the scripts -> language -> file of its messages; the script is published as "js/NAME.LANGUAGE.js".
        images: place in the result -> folder of images; a drawing is made smaller, a picture gets a smaller form (.webp).
        released: the folder of `release`: the same, with compressed files next to the others.
        compiled: where what steps make lies before it is published.
        group: the name of the tasks of the steps.
    """

    into: str
    node: str
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    copied: Mapping[str, str] = field(default_factory=dict)
    mirrored: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    linked: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    released: str = ""
    compiled: str = ".buildgraph/assets"
    group: str = "assets"
    settings: Settings = field(default_factory=Settings)

    @cached_property
    def made(self) -> tuple[Step, ...]:
        """Return the steps before the one that publishes; the folders of images are listed for it, once."""
        return steps.made(self)

    @property
    def steps(self) -> Iterator[Step]:
        """Yield the steps, the one that publishes last."""
        return steps.of(self)

    @property
    def check_maps(self) -> Command:
        """Return the command that checks that every published source map can be found and holds its sources."""
        return by_python(
            "check-maps",
            self.into.rstrip("/"),
            doc="Check that every source map is there and holds its sources.",
        )

    @property
    def encoded_group(self) -> str:
        """Return the name of the tasks of the steps that compress."""
        return "encoded" if self.group == "assets" else f"{self.group}-encoded"

    @cached_property
    def compressing(self) -> tuple[Step, ...]:
        """Return the steps that compress what is released."""
        return steps.compressing(self)

    @property
    def release(self) -> Step:
        """Return the step that publishes all with what was compressed."""
        return steps.release(self)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the folder that holds the result."""
        return (self.into,)


def tasks(assets: Assets, inputs: Iterable[str]) -> Iterator[dict]:
    """Yield the steps, which read the `inputs`, too (what says that npm's packages are there), and those of the release, if there is one."""
    for step in assets.steps:
        yield rule(name=step.name, **step.said(inputs))
    if assets.released:
        yield rule(basename=f"{assets.group}:release", **assets.release.said(inputs))
        for step in assets.compressing:
            yield rule(basename=assets.encoded_group, name=step.name, **step.said(inputs))
