"""Parity: the generated project by the graph and by webpack has the same manifest, sheets of the same meaning, and runs in a real browser.

    python3 dodo.py env node && .venv/bin/python -m bench.assets.parity

It needs a Chromium. What differs and is to: one map serves the scripts of all languages, the mirrored sheet has a map, pictures stay next to their smaller forms, and
`/*rtl:ignore*/` is obeyed, which webpack's minifier has removed by then (so the page in Arabic is not equal: its "ltr" is right). In the admin's sheet the
addresses of `data:` are encoded in other ways, and `center` is `50%`. Webpack's compression is left out: it changes none of that.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.assets.compare import DEVELOPMENT, HERE, environment, graph, prepare
from bench.machine import machine, write_result

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Build both ways, and write how they differ."""
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        raise SystemExit("There is no Chromium: 'apt-get install chromium'.")
    with tempfile.TemporaryDirectory(prefix="bench-parity-") as folder:
        top = Path(folder, "project")
        prepare(top)
        write_result(__file__, {"machine": machine(), **compared(top, chromium)})


def compared(top: Path, chromium: str) -> dict[str, object]:
    """Build the project in both ways, and return what the browser found."""
    graph(top, *DEVELOPMENT)
    settings = top / "webpack.config.mjs"
    text = settings.read_text("utf-8")
    settings.write_text(
        text.replace("...compression(), ", "").replace("    ...compression(),\n", ""), "utf-8"
    )
    node(top, "node_modules/.bin/webpack", "--config", "webpack.config.mjs")
    return looked_at(top, chromium)


def looked_at(top: Path, chromium: str) -> dict[str, object]:
    """Return what the browser found in what both have built."""
    pairs = {"site": ("dist", "webpack-dist"), "admin": ("admin-dist", "webpack-admin-dist")}
    return {
        name: json.loads(node(top, str(HERE / "parity.mjs"), chromium, *pair)) for name, pair in pairs.items()
    }


def node(top: Path, *words: str) -> str:
    """Run a program of node and return what it prints."""
    command = [shutil.which("node", path=environment(top)["PATH"]) or "node", *words]
    done = subprocess.run(command, cwd=top, env=environment(top), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout[-4000:] + done.stderr[-4000:])
    return done.stdout


if __name__ == "__main__":
    main()
