"""Catalogs: gettext messages are extracted, merged into the languages' catalogs and compiled.

Theory of operation. People write `LOCALE/<language>/LC_MESSAGES/<domain>.po`. Compiling one makes two files: the
binary catalog for the application, and a JavaScript entry that imports the application's script together with
the messages which that script uses, so that each language has a bundle of its own. A translation that is fuzzy,
empty or half there is left out of both, and the source text shows in its place. Babel does the reading and
writing, in the environment of the application.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from buildgraph.rules.command import Command, code

MODULE = "buildgraph.rooms.catalogs"
CODE = code("catalogs")


@dataclass(frozen=True)
class Catalogs:
    """The catalogs of an application: `sources` is extractor -> pattern of the files it reads."""

    domain: str
    locale: str
    languages: tuple[str, ...]
    sources: Mapping[str, str]
    script: str  # the JavaScript entry of all languages
    messages: str  # the JavaScript module whose `install` takes the messages
    scripts: str = ".buildgraph/catalogs"

    def source(self, language: str) -> str:
        """Return the catalog that people write."""
        return f"{self.locale}/{language}/LC_MESSAGES/{self.domain}.po"

    def binary(self, language: str) -> str:
        """Return the catalog that the application reads."""
        return f"{self.locale}/{language}/LC_MESSAGES/{self.domain}.mo"

    def entry(self, language: str) -> str:
        """Return the JavaScript entry of a language, in a folder of its own: a compiler depends on the folders that it searches."""
        return f"{self.scripts}/{language}/{self.domain}.{language}.js"

    def outputs(self, language: str) -> tuple[str, str]:
        """Return what compiling a language makes."""
        return self.binary(language), self.entry(language)

    @property
    def entries(self) -> tuple[str, ...]:
        """Return the JavaScript entries of all languages."""
        return tuple(self.entry(language) for language in self.languages)

    @property
    def binaries(self) -> tuple[str, ...]:
        """Return what the application reads."""
        return tuple(self.binary(language) for language in self.languages)


def compile_command(catalogs: Catalogs, language: str, python: str) -> Command:
    """Return the command that compiles a language's catalog."""
    words = [
        python, "-m", MODULE, "compile", catalogs.source(language), *catalogs.outputs(language),
        f"--script={catalogs.script}", f"--messages={catalogs.messages}", f"--from={catalogs.scripts}/{language}",
    ]  # fmt: skip
    return Command(words, tools=CODE)


def update_command(catalogs: Catalogs, python: str) -> Command:
    """Return the command that extracts the messages and merges them into every catalog."""
    sources = (f"--source={extractor}={pattern}" for extractor, pattern in catalogs.sources.items())
    words = [
        python, "-m", MODULE, "update", catalogs.domain, catalogs.locale, *sources,
        *(f"--language={language}" for language in catalogs.languages),
    ]  # fmt: skip
    return Command(words, tools=CODE)
