"""Front: what a repository says of its front end: its bundler, its style sheets, its packages of npm."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.init.said import is_literal, shown, table

WRITES = re.compile(
    r"\bdest\(\s*['\"]([^'\"]+)['\"]|path:\s*(?:path\.(?:resolve|join)\(\s*__dirname,\s*)?['\"]([^'\"]+)['\"]"
)
READS = re.compile(r"\bsrc\(\s*\[?\s*['\"]([^'\"*]+)|entry:\s*['\"]([^'\"]+)['\"]")
BUNDLERS = {
    "webpack": ("webpack.config.js", "webpack.config.mjs", "webpack.config.cjs"),
    "gulp": ("gulpfile.js", "gulpfile.mjs", "gulpfile.cjs", "Gulpfile.js"),
    "vite": ("vite.config.js", "vite.config.mjs", "vite.config.ts"),
    "rollup": ("rollup.config.js", "rollup.config.mjs"),
}
SCRIPTS = {
    "webpack": "node_modules/webpack/bin/webpack.js",
    "gulp": "node_modules/gulp/bin/gulp.js",
    "vite": "node_modules/vite/bin/vite.js",
    "rollup": "node_modules/rollup/dist/bin/rollup",
}


@dataclass(frozen=True)
class Bundler:
    """Another program that makes the front end: its configuration, its script, what it reads and where it writes."""

    name: str
    settings: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def script(self) -> str:
        """Return the program, below node_modules."""
        return SCRIPTS[self.name]


def bundler(root: Path) -> Bundler | None:
    """Return the bundler that has a configuration at the top, if there is one."""
    for name, files in BUNDLERS.items():
        for file in files:
            if (root / file).is_file():
                text = (root / file).read_text("utf-8", "replace")
                reads = {_folder(next(filter(None, found.groups()))) for found in READS.finditer(text)}
                writes = {_plain(next(filter(None, found.groups()))) for found in WRITES.finditer(text)}
                reads, writes = reads - {""}, writes - {""}
                # One that writes among its sources says nothing of what is made: `init` leaves it to a person.
                is_mixed = any(f"{read}/".startswith(f"{each}/") for each in writes for read in reads)
                is_outside = any(each.startswith("..") for each in (*reads, *writes))
                return Bundler(
                    name, file, tuple(sorted(reads)), () if is_mixed or is_outside else tuple(sorted(writes))
                )
    return None


def _folder(path: str) -> str:
    """Return the first folder of what a bundler reads."""
    return _plain(path if path.endswith("/") else os.path.dirname(path))


def _plain(path: str) -> str:
    """Return a path of the repository without its slashes, ".." for one outside of it, "" for the top."""
    if path.startswith(("/", "~")):
        return ".."
    return (
        os.path.normpath(path).replace(os.sep, "/").strip("/")
        if path.strip("./")
        else ".."
        if ".." in path
        else ""
    )


def styles(root: Path) -> Iterator[str]:
    """Yield the SCSS files, without partials, of the folders that usually hold them."""
    for pattern in ("static/**/*.scss", "*/static/**/*.scss", "assets/**/*.scss", "scss/**/*.scss"):
        for path in sorted(root.glob(pattern)):
            if (
                path.is_file()
                and not path.name.startswith("_")
                and is_literal(path)
                and "node_modules" not in path.parts
            ):
                yield shown(root, path)


def npm_packages(root: Path) -> frozenset[str]:
    """Return the packages that package.json at the top names."""
    said = _package_json(root)
    kinds = ("dependencies", "devDependencies", "optionalDependencies")
    return frozenset(name for kind in kinds for name in table(said.get(kind)))


def npm_scripts(root: Path) -> dict[str, str]:
    """Return name → command line of the scripts of package.json at the top."""
    scripts = table(_package_json(root).get("scripts"))
    return {name: text for name, text in scripts.items() if isinstance(text, str)}


def _package_json(root: Path) -> dict:
    path = root / "package.json"
    if not path.is_file():
        return {}
    try:
        return table(json.loads(path.read_text("utf-8-sig")))
    except (ValueError, RecursionError) as error:
        what = f"it cannot be read: {error}"
        raise BuildError(what, "package.json", "Correct it, then run it again.") from None
