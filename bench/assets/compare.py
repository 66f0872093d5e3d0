"""Compare: the assets of a generated project by the graph, by webpack and by gulp, in processor time, in seconds and in memory.

    python3 dodo.py env node && .venv/bin/python -m bench.assets.compare [--rounds 3] [--without gulp]

Each round takes, in this order: webpack from nothing, gulp from nothing, the graph from nothing (all compressed as webpack does it; by the
default policy; in development, without compression), a clean folder with a warm store, then edits. A rival has no incremental mode that ends, so what any edit costs
it is what it costs from nothing. Processor time is that of all processes that a command starts, orphans included: this process takes them in (Linux).
"""

import argparse
import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.assets import project
from bench.machine import machine, write_result

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)
MADE = (
    ".buildgraph/assets",
    ".buildgraph/admin",
    ".buildgraph/catalogs",
    "dist",
    "admin-dist",
    "release",
    "admin-release",
)
DEVELOPMENT, ALL = ("assets", "admin"), ("assets:release", "admin:release")


def main() -> None:
    """Measure, and write the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", action="append", default=[], choices=("gulp", "webpack"))
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    rounds = []
    with tempfile.TemporaryDirectory(prefix="bench-assets-") as folder:
        top = Path(folder, "project")
        prepare(top)
        for _ in range(given.rounds):
            rounds.append(dict(one_round(top, given.without)))
            print(json.dumps(rounds[-1]), file=sys.stderr)
    write_result(__file__, {"machine": machine(), "rounds": given.rounds, **medians(rounds)})


def prepare(top: Path) -> None:
    """Make the project, with its packages installed and the graph's own environment there."""
    project.make(top)
    for name in ("package.json", "package-lock.json", "webpack.config.mjs", "gulpfile.mjs"):
        if (HERE / name).exists():
            shutil.copy(HERE / name, top)
    shutil.copy(HERE / "graph.py", top / "dodo.py")
    shutil.copytree(ROOT / "buildgraph", top / "buildgraph", ignore=shutil.ignore_patterns("__pycache__"))
    (top / "requirements").mkdir()
    shutil.copy(ROOT / "requirements/build.txt", top / "requirements")
    for name in (".venv", ".nodeenv"):
        (top / name).symlink_to(ROOT / name)
    words = ["npm", "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(words, cwd=top, check=True, env=environment(top), stdout=subprocess.DEVNULL)
    graph(top, "list")
    (top / ".gitignore").write_text("".join(f"/{name}\n" for name in (*MADE, "node_modules", ".buildgraph")))
    subprocess.run(["git", "init", "--quiet"], cwd=top, check=True)


def environment(top: Path) -> dict[str, str]:
    path = f"{ROOT / '.nodeenv/bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "NODE_ENV": "production", "XDG_CACHE_HOME": str(top.parent / "cache")}


def one_round(top: Path, without: list[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield what each of the builds took."""
    for rival in ("webpack", "gulp"):
        if rival not in without and (top / RIVALS[rival][1]).exists():
            remove(top, f"{rival}-dist", f"{rival}-admin-dist")
            yield rival, measured(top, ["node", f"node_modules/.bin/{RIVALS[rival][0]}", *RIVALS[rival][2:]])
    with policy(top, is_parity=True):
        clean(top)
        yield "all, as webpack compresses", measured_graph(top, *ALL)
    clean(top)
    yield "all", measured_graph(top, *ALL)
    remove(top, *MADE)
    yield "all, warm store", measured_graph(top, *ALL)
    yield "all, nothing to do", measured_graph(top, *ALL)
    for name, edit in EDITS.items():
        with undone(top):
            edit(top)
            yield f"all, {name}", measured_graph(top, *ALL)
        graph(top, *ALL)
    clean(top)
    yield "development", measured_graph(top, *DEVELOPMENT)
    yield "development, nothing to do", measured_graph(top, *DEVELOPMENT)
    for name, edit in EDITS.items():
        with undone(top):
            edit(top)
            yield f"development, {name}", measured_graph(top, *DEVELOPMENT)
        graph(top, *DEVELOPMENT)


RIVALS = {
    "webpack": ("webpack", "webpack.config.mjs", "--config", "webpack.config.mjs"),
    "gulp": ("gulp", "gulpfile.mjs", "--gulpfile", "gulpfile.mjs", "dist"),
}


def measured_graph(top: Path, *words: str) -> dict[str, float]:
    return measured(top, [sys.executable, "dodo.py", *words])


def graph(top: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "dodo.py", *words],
        cwd=top,
        env=environment(top),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def measured(top: Path, words: list[str]) -> dict[str, float]:
    """Return the seconds of processor and clock, the megabytes of the largest process, and how many processes of node there were."""
    script = "import json,sys;from bench.assets.compare import run;print(json.dumps(run(sys.argv[1:])),file=sys.__stdout__)"
    own = {**environment(top), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [shutil.which(words[0], path=own["PATH"]) or words[0], *words[1:]]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=top, env=own, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def run(words: list[str]) -> dict[str, float]:
    """Run a command and all that it leaves to its end, in a process of its own."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    own = {
        name: text
        for name, text in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    }
    started = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, env=own)
    seconds = time.perf_counter() - started
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    if done.returncode:
        raise SystemExit(done.stdout[-4000:] + done.stderr[-4000:])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu": round(used.ru_utime + used.ru_stime, 3),
        "wall": round(seconds, 3),
        "largest_mib": round(used.ru_maxrss / 1024, 1),
        "said": done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "",
    }


def clean(top: Path) -> None:
    """Leave nothing that was made, in the folder or in the store."""
    remove(top, *MADE, "../cache/buildgraph/store")


def remove(top: Path, *names: str) -> None:
    for name in names:
        shutil.rmtree(top / name, ignore_errors=True)


@contextmanager
def policy(top: Path, *, is_parity: bool) -> Iterator[None]:
    """Have the graph compress as webpack's configuration does."""
    dodo = top / "dodo.py"
    text = dodo.read_text("utf-8")
    dodo.write_text(text.replace("PARITY = False", f"PARITY = {is_parity}"), "utf-8")
    try:
        yield
    finally:
        dodo.write_text(text, "utf-8")


@contextmanager
def undone(top: Path) -> Iterator[None]:
    """Take back what is edited."""
    sources = ("static", "locale", "admin")
    saved = {
        file: file.read_bytes() for name in sources for file in (top / name).rglob("*") if file.is_file()
    }
    try:
        yield
    finally:
        for file, content in saved.items():
            if file.read_bytes() != content:
                file.write_bytes(content)


def _replacing(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(top: Path) -> None:
        text = (top / name).read_text("utf-8")
        if old not in text:
            raise SystemExit(f"'{old}' is not in '{name}'")
        (top / name).write_text(text.replace(old, new, 1), "utf-8")

    return edit


def _touch(top: Path) -> None:
    for name in ("static", "locale", "admin"):
        for file in (top / name).rglob("*"):
            file.touch()


def _picture(top: Path) -> None:
    import random

    (top / "static/images/picture-3.png").write_bytes(project.picture(random.Random(os.urandom(8)), 120))


EDITS: dict[str, Callable[[Path], None]] = {
    "a partial": _replacing("static/sass/blocks/_block-7.scss", "{\n", "{\n  outline-offset: 3px;\n"),
    "a controller": _replacing(
        "static/js/controllers/thing_7_controller.js",
        "connect() {",
        'connect() {\n    console.info("edited");',
    ),
    "a message of scripts": _replacing(
        "locale/de/LC_MESSAGES/messages.po", 'msgstr[0] "de: Yesterday"', 'msgstr[0] "de: Gestern"'
    ),
    "a message of pages": _replacing(
        "locale/de/LC_MESSAGES/messages.po",
        '#: templates/page.html\nmsgid "',
        '#: templates/page.html\nmsgid "new ',
    ),
    "a picture": _picture,
    "a chunk": _replacing("static/js/dictionary-1.js", 'default "', 'default "edited,'),
    "all touched": _touch,
}


def medians(rounds: list[dict[str, dict[str, float]]]) -> dict[str, object]:
    """Return the medians of each build, and its ratio to webpack in the same round."""
    found: dict[str, object] = {}
    for name in rounds[0]:
        row = {
            key: statistics.median(each[name][key] for each in rounds)
            for key in ("cpu", "wall", "largest_mib")
        }
        if "webpack" in rounds[0]:
            for key, of in (
                ("cpu_to_webpack", "cpu"),
                ("wall_to_webpack", "wall"),
                ("memory_to_webpack", "largest_mib"),
            ):
                row[key] = round(
                    statistics.median(each[name][of] / each["webpack"][of] for each in rounds), 5
                )
        found[name] = {**row, "said": rounds[-1][name]["said"]}
    return found


if __name__ == "__main__":
    main()
