"""Commands: a page for each task of every day and each command, from what `doit NAME --help` is made of.

python -m docs.commands [--check]

It writes docs/commands/; with `--check` it writes nothing and fails if a page is not what it would be.
"""

from __future__ import annotations

import importlib
import io
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path

from doit.plugin import PluginDict

from buildgraph import members
from buildgraph.adapter import COMMANDS
from buildgraph.adapter.commands import Help
from buildgraph.adapter.loader import Loader
from buildgraph.decide.plan import Plan
from buildgraph.inspect.helping import of_command, of_task
from buildgraph.members import looking
from buildgraph.members.procfile import Program

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/commands"
INDEX = """# All commands

Made from what `doit TASK --help` says, by `docs/commands.py`. A task's name alone runs it (`doit serve`); what has a colon in its name stands on the page of what is before it.
"""

MORE = {
    "serve": ("serve",),
    "test coverage": ("tests",),
    "env locks upgrade": ("locks",),
    "node assets catalogs": ("assets",),
    "db manage shell": ("services", "application"),
    "lint ci reformat docs": ("checks",),
    "members new wheel bundle release": ("members",),
}
"""Tasks → pages of the manual that tell more; of commands it is the engine's."""


class Planned(Help):
    """Keeps the plan of all tasks, which `doit help TASK` explains from."""

    plan_of_all: Plan

    def _execute(self, pos_args: list[str]) -> int:
        self.plan_of_all = self.graph()
        return 0


def plan() -> Plan:
    """Return the plan of all tasks, as if there were one member, NAME: the pages are the same whichever there are."""
    example = members.Member(
        "NAME",
        "service",
        "services/NAME",
        programs=(Program("web", "", "waitress-serve", ("NAME.app:application",), ""),),
    )
    members.find = lambda **roots: members.Members((example,), looking.find(**roots).roots)
    command = Planned(task_loader=Loader(["help"]), cmds=PluginDict())
    code = command.parse_execute(["serve"])
    assert code == 0
    return command.plan_of_all


def pages() -> dict[str, str]:
    """Return the text of each page, by its name."""
    found, tasks, commands = {}, {}, {}
    known = plan()
    for name in known.tasks:
        whole = name.partition(":")[0]
        heading, sentence, rest = told(lambda name=name: of_task(known, name))
        page = f"{'##' if ':' in name else '#'} doit {heading}\n\n{sentence}\n\n{block(rest)}"
        found[whole] = "\n".join(filter(None, [found.get(whole, ""), page]))
        if ":" not in name:
            tasks[name] = sentence
    for name, place in COMMANDS.items():
        module, _, kind = place.partition(":")
        of = getattr(importlib.import_module(f"buildgraph.{module}"), kind)
        heading, sentence, rest = told(
            lambda name=name, of=of: of_command(name, of.doc_usage, of.doc_purpose, of.cmd_options)
        )
        commands[name] = f"{sentence[:1].upper()}{sentence[1:]}."
        found[name] = f"# doit {heading}\n\n{commands[name]}\n\n{block(rest)}"
    found = {name: f"{text}\n{more(name)}" for name, text in found.items()}
    return {**found, "index": index(tasks, commands)}


def more(name: str) -> str:
    """Return a line with links to the manual."""
    pages = next((pages for names, pages in MORE.items() if name in names.split()), ("engine",))
    return f"More: {', '.join(f'[{title(page)}](../manual/{page}.md)' for page in pages)}\n"


def title(page: str) -> str:
    """Return the heading of a page of the manual."""
    return (ROOT / f"docs/manual/{page}.md").read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def told(show: Callable[[], None]) -> tuple[str, str, str]:
    """Return the name, the sentence and the rest of a help."""
    with redirect_stdout(io.StringIO()) as said:
        show()
    name, _, rest = said.getvalue().partition("\n")
    match = re.match(r"  (\S.*)\n", rest)
    return name, match[1] if match else "", rest[match.end() :] if match else rest


def block(text: str) -> str:
    return f"```text\n{text}```\n"


def index(tasks: Mapping[str, str], commands: Mapping[str, str]) -> str:
    """Return the page that leads to the others."""
    lines = [INDEX]
    for title, rows in (("Tasks", tasks), ("Commands", commands)):
        lines += [f"## {title}", "", "| | |", "| --- | --- |"]
        lines += [
            f"| [{name}]({name}.md) | {sentence.replace('|', chr(92) + '|')} |"
            for name, sentence in rows.items()
        ]
        lines.append("")
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", *tasks, *commands, "```", ""])


def main(words: list[str]) -> int:
    """Write the pages, or compare them."""
    wanted = {FOLDER / f"{name}.md": text for name, text in pages().items()}
    there = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    if "--check" in words:
        for path in sorted({*wanted, *there}):
            if wanted.get(path) != there.get(path):
                print(f"{path.relative_to(ROOT)} is not what the help says: run 'python -m docs.commands'")
        return int(wanted != there)
    FOLDER.mkdir(exist_ok=True)
    for path in there.keys() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
