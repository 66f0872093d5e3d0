"""Edits: after each of many random edits the graph's result equals, byte for byte, what a clean build in another folder gives.

    python3 dodo.py env node && .venv/bin/python -m bench.assets.edits [--sequences 10] [--steps 50] [--seed 1]

The other folder has another depth and, at each step, an empty state folder and an empty store; its environment is another one, too (time zone, locale, mask, seed
of hashes, number of workers). Every second sequence has a warm store, which it fills itself. After each step a second run must be up to date.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.assets import small
from bench.assets.project import picture
from bench.machine import machine, write_result

Files = dict[str, bytes]
OTHER = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
OWN = {"TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}

MAP = '{"version": 3, "sources": ["/home/me/written.ts", "../../../../../up.ts"], "sourcesContent": ["one", "two"], "names": [], "mappings": "AAAA"}\n'
# What could be found instead of another file, or besides it: name -> content.
RIVALS = {
    "static/sass/parts/button.scss": ".button { rival: yes }\n",
    "static/sass/parts/_button.sass": ".button\n  rival: sass\n",
    "static/sass/parts/button/_index.scss": ".button { rival: index }\n",
    "static/sass/parts/button.css": ".button { rival: css }\n",
    "static/sass/parts/_button.import.scss": ".button { rival: import }\n",
    "static/sass/lib/_grid.scss": ".grid { rival: nearer }\n",
    "static/sass/lib/grid/_index.scss": ".grid { rival: nearer index }\n",
    "static/sass/lib/grid/index.scss": ".grid { rival: nearer plain index }\n",
    "static/vendor/lib/grid.scss": ".grid { rival: plain }\n",
    "static/vendor/lib/grid/_index.scss": ".grid { rival: index }\n",
    "lib/_grid.scss": ".grid { rival: of the top }\n",
    "static/js/util.ts": 'export const used: string = "util of ts";\n',
    "static/js/util.tsx": 'export const used: string = "util of tsx";\n',
    "static/js/util.json": '{"used": "util of json"}\n',
    "static/js/util.css": ".util { a: b }\n",
    "static/js/util/index.js": 'export const used = "util of index";\n',
    "static/js/util/package.json": '{"main": "index.js"}\n',
    "static/js/util": "",
    "static/js/shared.jsx": 'export const shared = "jsx"; export const log = (...all) => console.log(shared, ...all);\n',
    "static/js/shared.ts": 'export const shared: string = "ts"; export const log = (...all: any) => console.log(shared, ...all);\n',
    "static/js/shared.mjs": 'export const shared = "mjs";\n',
    "static/node_modules/pkg/index.js": 'exports.pkg = "a nearer package";\n',
    "static/node_modules/pkg/sub.js": 'export const pkg = "a nearer sub";\n',
    "static/node_modules/pkg/pkg.css": ".pkg { nearer: yes }\n",
    "static/js/node_modules/pkg/package.json": '{"main": "other.js"}\n',
    "static/js/node_modules/pkg/other.js": 'exports.pkg = "the nearest package";\n',
    "static/js/node_modules/pkg.js": 'exports.pkg = "a nearer file";\n',
    "static/sass/pkg/pkg.css": ".pkg { next: to the entry }\n",
    "static/sass/node_modules/pkg/pkg.css": ".pkg { nearest: yes }\n",
    "node_modules/pkg/inner.ts": 'export const name = "inner of ts";\n',
    "node_modules/pkg/inner.mjs": 'export const name = "inner of mjs";\n',
    "node_modules/pkg/inner.json": '{"name": "inner of json"}\n',
    "node_modules/pkg/inner": "",
    "node_modules/pkg/sub/index.js": 'export const pkg = "sub of index";\n',
    "node_modules/pkg/sub.ts": 'export const pkg = "sub of ts";\n',
    "node_modules/pkg/node_modules/inner/index.js": "",
    "node_modules/pkg.js": 'export const pkg = "a file of the name";\n',
    "tsconfig.json": '{"compilerOptions": {"alwaysStrict": true}}\n',
    "static/tsconfig.json": '{"compilerOptions": {"useDefineForClassFields": false, "jsx": "react"}}\n',
    "static/js/tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"pkg": ["./shared"]}}}\n',
    "static/js/package.json": '{"sideEffects": false, "type": "module"}\n',
    "static/package.json": '{"name": "inner", "browser": {"./js/util.js": "./js/words.js"}}\n',
    "static/js/parts/c_part.js": 'export default "c";\n',
    "static/js/parts/deep/er/d_part.js": 'export default "d";\n',
    "static/js/parts/note.txt": "not a part",
    "static/images/new.svg": small.DRAWING.format(7),
    "static/images/deep/d.svg": small.DRAWING.format(8),
    "static/images/new.ico": "icon",
    "static/images/A.svg": small.DRAWING.format(9),
    "static/fonts/more/g.woff2": "another font",
    "static/fonts/note.txt": "words and words and words and words and words and words\n",
    "static/fonts/.hidden": "hidden",
    "static/sass/theme/faces/y.png": "not a picture",
    "static/sass/_unused.scss": "$a: 1;\n",
    "static/js/unused.js": "nothing();\n",
    "static/js/themes/dark/b.js": 'export default "dark b";\n',
    "static/js/util.js.map": MAP,
    "node_modules/pkg/inner.js.map": MAP,
    "static/sass/theme/look.css.map": MAP,
}
# Edits of the graph: (old, new) of dodo.py.
GRAPHS = (
    ('CODES = ("en", "de")', 'CODES = ("en", "de", "he")'),
    ('CODES = ("en", "de")', 'CODES = ("de",)'),
    ('STYLES = ("static/sass/site.scss", "static/sass/plain.css")', 'STYLES = ("static/sass/site.scss",)'),
    ("mirrored=STYLES[:1],", ""),
    ("mirrored=STYLES[:1],", "mirrored=STYLES,"),
    (
        'SCRIPTS = ("static/js/site.js",)',
        'SCRIPTS = ("static/js/site.js", "static/js/words.js", "static/js/util.js")',
    ),
    ('MODULES = ("static/js/words.js", "static/js/more.js")', 'MODULES = ("static/js/more.js",)'),
    ('MODULES = ("static/js/words.js", "static/js/more.js")', "MODULES = ()"),
    ("linked={", "linked={} and {"),
    ('load_paths=("static/vendor",)', 'load_paths=("static/none", "static/vendor")'),
    ('load_paths=("static/vendor",)', 'load_paths=("static/vendor",), webp_quality=50'),
    ('load_paths=("static/vendor",)', 'load_paths=("static/vendor",), compression={".js": {"gz": 1}}'),
    ('copied={"fonts": "static/fonts/"}', 'copied={"fonts": "static/fonts/", "images": "static/sass/theme/"}'),
    ('images={"images": "static/images/"}', 'images={"images": "static/images/", "more": "static/images/deep/"}'),
)  # fmt: skip
BROKEN = {
    ".scss": "a { color: \n",
    ".css": "a { color: \n} }",
    ".js": "let x = ;\n",
    ".po": 'msgid "open\n',
    ".svg": "<svg><a></svg>",
    ".png": "not a picture",
    ".json": "{",
}


class World:
    """The files of the project, how they were when it could last be built, and what was done."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.files = small.sources()
        self.first = dict(self.files)
        self.good = self.files
        self.log: list[str] = []

    def edit(self, was_good: bool) -> None:
        """Edit something; mostly take back what broke the build."""
        if was_good:
            self.good = self.files
        if not was_good and self.chance.random() < 0.75:
            self.files, told = self.good, "mended"
        else:
            self.files = dict(self.files)
            told = self.chance.choice(EDITS)(self)
        self.log.append(told)

    def some(self, endings: tuple[str, ...] = ()) -> str:
        """Return the name of a file that is not the graph."""
        names = [
            name
            for name in sorted(self.files)
            if name.startswith(("static/", "locale/", "node_modules/")) and name.endswith(endings or name)
        ]
        return self.chance.choice(names)


def change(world: World) -> str:
    """Change the content of a file, and return what was done."""
    name = world.some()
    number = world.chance.randrange(1000)
    text = {
        ".scss": f".added-{number} {{ margin-right: {number}px }}\n",
        ".css": f".added-{number} {{ margin-right: {number}px }}\n",
        ".js": f"\n;globalThis.added = {number};\n",
        ".ts": f"\n;globalThis.added = {number};\n",
        ".svg": f"<!-- {number} -->\n",
        ".txt": f"{number}\n" * 9,
        ".po": f'\n#: {world.chance.choice(("x.js", "x.html"))}\nmsgid "text {number}"\nmsgstr "said {number}"\n',
    }.get(Path(name).suffix)
    if name.endswith(".png"):
        world.files[name] = picture(world.chance, world.chance.choice((9, 12)))
    elif text is not None:
        world.files[name] += text.encode()
    elif name.endswith(".woff2"):
        world.files[name] = world.chance.randbytes(200)
    return f"changed {name} ({number})"


def _space(world: World) -> str:
    name = world.some((".scss", ".js", ".css", ".po"))
    world.files[name] = world.files[name] + b"\n"
    return f"added a blank line to {name}"


def _remove(world: World) -> str:
    name = world.some()
    del world.files[name]
    return f"removed {name}"


def _rename(world: World) -> str:
    name = world.some()
    new = str(Path(name).with_stem(f"{Path(name).stem}-{world.chance.randrange(9)}"))
    world.files[new] = world.files.pop(name)
    return f"renamed {name} to {new}"


def _rival(world: World) -> str:
    name = world.chance.choice(sorted(RIVALS))
    for other in [each for each in world.files if each.startswith(f"{name}/") or name.startswith(f"{each}/")]:
        del world.files[other]
    world.files[name] = RIVALS[name].encode()
    return f"added {name}"


def _without(world: World) -> str:
    present = sorted(RIVALS.keys() & world.files.keys())
    if not present:
        return _rival(world)
    name = world.chance.choice(present)
    del world.files[name]
    return f"removed {name}"


def _restore(world: World) -> str:
    missing = sorted(
        name
        for name, content in world.first.items()
        if world.files.get(name) != content and name != "dodo.py"
    )
    for name in missing:
        for other in [
            each for each in world.files if each.startswith(f"{name}/") or name.startswith(f"{each}/")
        ]:
            del world.files[other]
        world.files[name] = world.first[name]
    return f"restored {len(missing)} files"


def _graph(world: World) -> str:
    old, new = world.chance.choice(GRAPHS)
    text = world.files["dodo.py"].decode()
    if new and new in text and old not in new:
        world.files["dodo.py"] = text.replace(new, old).encode()
        return f"graph: {new} to {old}"
    world.files["dodo.py"] = (
        text.replace(old, new).encode() if new not in text or not new else small.GRAPH.encode()
    )
    return f"graph: {old} to {new}"


def _first_graph(world: World) -> str:
    world.files["dodo.py"] = small.GRAPH.encode()
    return "the first graph"


def _break(world: World) -> str:
    name = world.some(tuple(BROKEN))
    world.files[name] = BROKEN[Path(name).suffix].encode()
    return f"broke {name}"


def _package(world: World) -> str:
    entry = world.chance.choice(
        (
            '"main": "sub.js"',
            '"module": "sub.js"',
            '"exports": "./sub.js"',
            '"browser": "sub.js"',
            '"sideEffects": false',
        )
    )
    world.files["node_modules/pkg/package.json"] = f'{{"name": "pkg", {entry}}}\n'.encode()
    return f"package: {entry}"


def _nothing(world: World) -> str:
    return "touched all"


EDITS: tuple[Callable[[World], str], ...] = (
    *(change,) * 6, *(_rival,) * 6, *(_without,) * 4, *(_graph,) * 3, _space, _space, _remove, _remove, _rename, _rename,
    _restore, _restore, _restore, _first_graph, _break, _package, _nothing,
)  # fmt: skip


class Place:
    """A folder with the project in it, and a store of its own."""

    def __init__(self, top: Path, store: Path, own: dict[str, str], mask: int) -> None:
        self.top, self.cache, self.own, self.mask = top, store, own, mask
        self.files: Files = {}
        small.prepare(top)

    def lay(self, files: Files) -> None:
        """Let the sources be these."""
        small.lay(self.top, files, self.files)
        self.files = files

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Build."""
        own = {**os.environ, **self.own, "XDG_CACHE_HOME": str(self.cache)}
        command = [sys.executable, "dodo.py", *words, *small.TARGETS]
        return subprocess.run(command, cwd=self.top, env=own, capture_output=True, text=True, umask=self.mask)

    def forget(self, *, but_the_store: bool = False) -> None:
        """Remove all that was made, but for the tools of the graph itself."""
        store = () if but_the_store else (self.cache / "buildgraph/store",)
        for folder in (*store, *(self.top / name for name in small.RESULTS)):
            shutil.rmtree(folder, ignore_errors=True)
        for each in (self.top / ".buildgraph").glob("*"):
            if each.name in ("tools", "home"):
                continue
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        for each in self.top.glob("locale/*/*/*.mo"):
            each.unlink()


def sequence(folder: Path, seed: int, steps: int, is_warm: bool) -> dict[str, int]:
    """Do random edits, and return how many there were, and of how many the build failed, as a clean one did."""
    world = World(seed)
    place = Place(folder / "one", folder / "cache", OWN, 0o022)
    clean = Place(folder / "another/and deeper/two", folder / "other-cache", OTHER, 0o077)
    failed = 0
    was_good = True
    for number in range(steps):
        if number:
            world.edit(was_good)
        what = f"seed {seed}, step {number}: {world.log[-6:]}"
        place.lay(world.files)
        clean.lay(world.files)
        if world.log[-1:] == ["touched all"]:
            for name in world.files:
                (place.top / name).touch()
        if not is_warm:
            shutil.rmtree(place.cache / "buildgraph/store", ignore_errors=True)
        clean.forget()
        done, other = place.run(), clean.run("-n1")
        if done.returncode != other.returncode or (done.returncode and errors(done) != errors(other)):
            raise Unequal(
                f"{what}: {done.returncode}, clean {other.returncode}\n{told(done)}\n--- clean\n{told(other)}"
            )
        was_good = not done.returncode
        failed += not was_good
        if not number and failed:
            raise Unequal(f"{what}: what was not edited cannot be built: {told(done)}")
        if was_good:
            compare(what, small.results(place.top), small.results(clean.top))
        again = place.run()
        if again.returncode != done.returncode or (was_good and "up to date" not in again.stdout):
            raise Unequal(f"{what}: the second run: {told(again)}")
    return {"steps": steps, "failed": failed}


class Unequal(Exception):
    """What an incremental build gave is not what a clean one gave."""


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what was wrong: which tasks failed."""
    return sorted(
        line for line in (done.stdout + done.stderr).splitlines() if line.lstrip().startswith("error")
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout[-3000:] + done.stderr[-3000:]


def compare(what: str, found: Files, expected: Files) -> None:
    """Raise Unequal, with the names of what differs."""
    lines = [
        f"  {name}: {'not there' if name not in found else 'too much' if name not in expected else 'other bytes'}"
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    ]
    if lines:
        raise Unequal("\n".join((what, *lines)))


def main() -> None:
    """Run the sequences, and write what they came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=10)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    def one(seed: int) -> dict[str, int]:
        with tempfile.TemporaryDirectory(prefix="bench-edits-") as folder:
            row = sequence(Path(folder), seed, given.steps, is_warm=bool(seed % 2))
        print(seed, row, file=sys.stderr, flush=True)
        return row

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # The work is done by processes.
        rows = list(pool.map(one, range(given.seed, given.seed + given.sequences)))
    found = {key: sum(row[key] for row in rows) for key in ("steps", "failed")}
    write_result(__file__, {"machine": machine(), "sequences": given.sequences, **found, "unequal": 0})


if __name__ == "__main__":
    main()
