"""Commands of a document, the lines that begin with `$` in its `console` blocks, what they print, and how a person runs them.

What stands below a command is printed by it, line by line: times may be others, `…` stands for anything, a line of it for lines.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .checkout import Checkout, Served

BLOCK = re.compile(
    r"^```(?:console\n(?P<commands>.*?)"
    r"|\{code-block\} \w+\n:caption: (?P<file>[^\s,]+)(?:, below (?P<below>[^\n]+))?\n\n(?P<text>.*?))^```",
    re.MULTILINE | re.DOTALL,
)
SITE = "http://127.0.0.1:8000"
CLONED = ("git clone ", "cd ")  # the checkout stands for the clone


@dataclass(frozen=True)
class Written:
    """What a document has its reader write into a file."""

    file: str
    below: str | None
    text: str


@dataclass(frozen=True)
class Typed:
    """A command, and the lines that the document says it prints."""

    command: str
    printed: tuple[str, ...] = ()


def steps(path: Path) -> list[Typed | Written]:
    """Return a document's commands, and what it has its reader write, in their order."""
    found: list[Typed | Written] = []
    for block in BLOCK.finditer(path.read_text("utf-8")):
        if block["file"]:
            found.append(Written(block["file"], block["below"], block["text"]))
            continue
        first, *blocks = re.split(r"^\$ ", block["commands"].replace("\\\n    ", ""), flags=re.MULTILINE)
        assert not first, f"{path}: a console block begins with a line that is no command"
        for lines in blocks:
            command, *printed = lines.splitlines()
            found.append(Typed(command, tuple(filter(None, printed))))
    return found


def commands(path: Path) -> list[str]:
    """Return a document's commands in their order."""
    return [step.command for step in steps(path) if isinstance(step, Typed)]


def missing(printed: Iterable[str], output: str) -> str:
    """Return the first line that a document says is printed and that is not in the rest of the output; nothing if all are."""
    rest = iter(output.splitlines())
    for line in printed:
        pattern = re.sub(r"\d+(\\\.\d+)?(?=(\\ )?m?s\b)", r"[\\d.]+", re.escape(line)).replace("…", ".*")
        if line != "…" and not any(re.fullmatch(pattern, each.rstrip()) for each in rest):
            return line
    return ""


class Reader:
    """A person who types a document's commands one after the other; `serve` stays open in another terminal."""

    def __init__(self, checkout: Checkout, terminals: ExitStack) -> None:
        self.checkout = checkout
        self.terminals = terminals
        self.served: Served | None = None

    def write(self, written: Written) -> None:
        """Write a new file, at the end of one that is there, or below a line of it, given by how that begins."""
        path = self.checkout.folder / written.file
        lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
        place = len(lines)
        if written.below:
            starts = [number for number, line in enumerate(lines) if line.lstrip().startswith(written.below)]
            assert starts, f"{written.file} has no line that begins with {written.below}"
            place = starts[0] + 1
        gap = ["\n\n"] if lines and not written.below else []
        path.write_text("".join([*lines[:place], *gap, written.text, *lines[place:]]), "utf-8")

    def type(self, command: str) -> str:
        """Run one command as it is written; return what it printed."""
        if command.startswith(CLONED):
            return ""
        if command.startswith("source "):
            return self._source(command)
        if command.endswith(" serve"):
            assert self.served is None, "the document serves twice"
            self.served = self.terminals.enter_context(self.checkout.serving())
            served = self.served
            served.wait_for(lambda: "Ctrl-C ends it" in served.output, "it has said all")
            return served.output.replace(served.url, SITE)
        if self.served:
            command = command.replace(SITE, self.served.url)
        output = self.checkout.run(self._words(command))
        if "token create" in command:
            self.checkout.environment["TWINE_PASSWORD"] = re.search(r"^(\S{30,})$", output, re.MULTILINE)[1]
        return output.replace(self.served.url, SITE) if self.served else output

    def _source(self, command: str) -> str:
        """Have a shell read a script; what it leaves as PATH is the reader's from then on."""
        shell = ["bash", "-ec", f'{command} && command -v doit && printf %s "$PATH"']
        found = subprocess.run(
            shell, cwd=self.checkout.folder, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert found[0] == str(self.checkout.folder / ".venv/bin/doit")
        self.checkout.environment["PATH"] = found[1]
        return ""

    def _words(self, command: str) -> list[str]:
        words = []
        for word in shlex.split(command):
            if "*" in word:  # what a shell would do
                words += [
                    os.path.relpath(path, self.checkout.folder) for path in self.checkout.folder.glob(word)
                ]
            else:
                words.append(word)
        if words[0].startswith(".venv/bin/"):
            words[0] = str(self.checkout.folder / words[0])
        return words
