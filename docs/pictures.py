"""Pictures: what the documentation shows of the build, taken from the real thing.

python -m docs.pictures

A copy of the checkout is built in a folder of its own and used as a person does: commands in a pseudo-terminal,
drawn as SVG, pages in Chromium. It writes docs/pictures/. A test takes one of them anew and looks at the others.
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import NamedTuple

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.buildgraph.serve.browsing import CHROMIUM, NODE, Browser
from tests.e2e.checkout import Checkout, copy_files, edited
from tests.terminal import read_to_the_end

FOLDER = Path(__file__).parent / "pictures"
COLUMNS = 110
FONT = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
DRAWING = FONT.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "ui-monospace, Menlo, Consolas")
"""rich's frame without the fonts that it would fetch from elsewhere."""
WINDOW = {"width": 1200, "height": 720}  # pixels


class Terminal(NamedTuple):
    """A command, and what is written into the first line of a file before it."""

    command: str
    file: str = ""
    line: str = ""


TERMINALS = {
    "list": Terminal("doit list"),
    "failure": Terminal("doit assets", "static/sass/warehouse.scss", '@use "nowhere";\n'),
}
PAGES = ("graph", "overlay")


def main() -> int:
    """Take all pictures; return 1 where something is missing."""
    if not (CHROMIUM and NODE.exists()):
        print("error: pictures of pages need a Chromium ('apt-get install chromium').", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        checkout = Checkout(Path(folder) / "warehouse")
        copy_files(checkout.folder)
        checkout.environment["PATH"] = f"{checkout.folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
        checkout.run("python3 dodo.py env assets")
        for name in TERMINALS:
            path = FOLDER / f"{name}.svg"
            path.write_text(terminal(checkout, name), "utf-8")
        browser = Browser()
        try:
            graph(checkout, browser)
            overlay(checkout, browser)
        finally:
            browser.close()
    print(f"wrote {len(TERMINALS) + len(PAGES)} pictures to 'docs/pictures'")
    return 0


def terminal(checkout: Checkout, name: str) -> str:
    """Return what a command says on a terminal, as SVG."""
    command, file, line = TERMINALS[name]
    if not file:
        return drawn(command, said(checkout, command))
    path = checkout.folder / file
    with edited(path, line + path.read_text("utf-8")):
        return drawn(command, said(checkout, command))


def said(checkout: Checkout, command: str) -> str:
    """Return what a command leaves on a terminal, colours included, without the lines that it wrote over."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, COLUMNS))
    environment = {**os.environ, **checkout.environment, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        checkout.arguments(command),
        cwd=checkout.folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    lines = read_to_the_end(ours).decode().replace("\r\n", "\n").split("\n")
    process.wait()
    return "\n".join(line.rpartition("\r")[2].replace("\x1b[K", "") for line in lines)


def drawn(command: str, text: str) -> str:
    """Return a terminal's text below its command, as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "dim"), (command, "bold")))
    console.print(Text.from_ansi(text.rstrip("\n")))
    svg = console.export_svg(title=command, theme=MONOKAI, code_format=DRAWING, unique_id="terminal")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def graph(checkout: Checkout, browser: Browser) -> None:
    """Take the page of the graph, with a task chosen."""
    checkout.run("doit graph")
    browser.tell(size=WINDOW)
    browser.tell(goto=(checkout.folder / ".buildgraph/graph.html").as_uri())
    browser.tell(find="assets:dist")
    browser.tell(shot=str(FOLDER / "graph.png"), text="'assets:sheet:warehouse' would run before it")


def overlay(checkout: Checkout, browser: Browser) -> None:
    """Take a page that was open while a mistake was saved."""
    view = checkout.folder / "warehouse/pages/views.py"
    text = view.read_text("utf-8")
    with checkout.serving() as served:
        checkout.run("doit db:sample")
        browser.tell(goto=f"{served.url}/")
        with edited(view, text.replace("-> dict[str, Any]:", "-> dict[str, Any]", 1)):
            browser.tell(overlay="SyntaxError")
            browser.tell(shot=str(FOLDER / "overlay.png"), overlay="SyntaxError")


if __name__ == "__main__":
    sys.exit(main())
