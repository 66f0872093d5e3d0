"""Catalogs: gettext messages are extracted, merged into the languages' catalogs and compiled.

Theory of operation. People write `LOCALE/<language>/LC_MESSAGES/<domain>.po`. Compiling one makes two files: the
binary catalog for the application, and a JavaScript entry that imports the application's script together with
the messages which that script uses, so that each language has a bundle of its own. A translation that is fuzzy,
empty or half there is left out of both, and the source text shows in its place. A message with a context (`pgettext`) has the key
`context\\x04message` in scripts, as gettext's own files have it. Babel does the reading and
writing, in the environment of the application.

What no source says any more stays in its catalog, as obsolete (`#~`), and comes back with its message: a branch that moves a folder loses no
translation. A pattern that fits no file is refused before anything is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import rule, run
from buildgraph.rules.word import to_word

MODULE = "buildgraph.rooms.catalogs"
CODE = code("catalogs")


@dataclass(frozen=True)
class Language:
    """One catalog that people write, and how its JavaScript entry begins, if there is one."""

    code: str
    source: str  # what people write
    entry: str  # the JavaScript entry, in a folder of its own: a compiler depends on the folders that it searches; "" for none
    script: str
    messages: str
    python: str

    @property
    def binary(self) -> str:
        """Return the catalog that the application reads."""
        return f"{self.source.removesuffix('.po')}.mo"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what compiling makes."""
        return (self.binary, self.entry) if self.entry else (self.binary,)

    @property
    def compile(self) -> Command:
        """Return the command that compiles the catalog."""
        words = [self.python, "-m", MODULE, "compile", to_word(self), *self.outputs]
        return Command(words, tools=CODE, doc=f"Compile {self.source}.")


@dataclass(frozen=True)
class Catalogs:
    """The catalogs of an application: `sources` is extractor -> pattern of the files it reads; `python` has Babel.

    An application whose scripts are not translated names neither `script` nor `messages`.
    """

    domain: str
    locale: str
    codes: tuple[str, ...]
    sources: Mapping[str, str]
    python: str
    script: str = ""  # the JavaScript entry of all languages
    messages: str = ""  # the JavaScript module whose `install` takes the messages
    scripts: str = ".buildgraph/catalogs"

    def __iter__(self) -> Iterator[Language]:
        """Yield the languages."""
        return map(self.language, self.codes)

    def language(self, code: str) -> Language:
        """Return one of the languages."""
        source = f"{self.locale}/{code}/LC_MESSAGES/{self.domain}.po"
        entry = f"{self.scripts}/{code}/{self.domain}.{code}.js" if self.script else ""
        return Language(code, source, entry, self.script, self.messages, self.python)

    @property
    def entries(self) -> tuple[str, ...]:
        """Return the JavaScript entries of all languages."""
        return tuple(language.entry for language in self if language.entry)

    @property
    def binaries(self) -> tuple[str, ...]:
        """Return what the application reads."""
        return tuple(language.binary for language in self)

    @property
    def update(self) -> Command:
        """Return the command that extracts the messages and merges them into every catalog."""
        doc = "Merge the sources' messages into the catalogs."
        return Command([self.python, "-m", MODULE, "update", to_word(self)], tools=CODE, doc=doc)


def tasks(
    catalogs: Catalogs, inputs: Iterable[str], needs: Iterable[str] = ("env",), name: str = "catalogs"
) -> Iterator[dict]:
    """Yield a step for each language, which reads the `inputs`, too (the stamp of the environment with Babel), and the task that merges."""
    common = tuple(inputs)
    for language in catalogs:
        read = [*common, language.source]
        yield rule(name=language.code, inputs=read, outputs=language.outputs, command=language.compile)
    yield run(basename=f"{name}:update", needs=needs, command=catalogs.update)
