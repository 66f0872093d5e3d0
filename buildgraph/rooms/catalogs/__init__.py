"""Catalogs: gettext messages are extracted, merged into the languages' catalogs and compiled.

Theory of operation. People write `LOCALE/<language>/LC_MESSAGES/<domain>.po`. Compiling one makes two files: the
binary catalog for the application, and the messages that its scripts use, as JSON, with which a script is linked. So an edit of a
message that no script uses makes no script anew. A translation that is fuzzy, empty or half there is left out of both,
and the source text shows in its place. A message with a context (`pgettext`) has the key
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
    """One catalog that people write, and the file of its scripts' messages, if there is one."""

    code: str
    source: str  # what people write
    messages: str
    python: str

    @property
    def binary(self) -> str:
        """Return the catalog that the application reads."""
        return f"{self.source.removesuffix('.po')}.mo"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return what compiling makes."""
        return (self.binary, self.messages) if self.messages else (self.binary,)

    @property
    def compile(self) -> Command:
        """Return the command that compiles the catalog."""
        words = [self.python, "-m", MODULE, "compile", to_word(self), *self.outputs]
        return Command(words, tools=CODE, worker=3, cached=True, tells=True, doc=f"Compile {self.source}.")


@dataclass(frozen=True)
class Catalogs:
    """The catalogs of an application: `sources` is extractor -> pattern of the files it reads; `python` has Babel.

    `scripts` is the folder of the scripts' messages; an application whose scripts are not translated names none.
    """

    domain: str
    locale: str
    codes: tuple[str, ...]
    sources: Mapping[str, str]
    python: str
    scripts: str = ""

    def __iter__(self) -> Iterator[Language]:
        """Yield the languages."""
        return map(self.language, self.codes)

    def language(self, code: str) -> Language:
        """Return one of the languages."""
        source = f"{self.locale}/{code}/LC_MESSAGES/{self.domain}.po"
        messages = f"{self.scripts.rstrip('/')}/{self.domain}.{code}.json" if self.scripts else ""
        return Language(code, source, messages, self.python)

    @property
    def messages(self) -> dict[str, str]:
        """Return language -> the file of its scripts' messages."""
        return {language.code: language.messages for language in self if language.messages}

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
