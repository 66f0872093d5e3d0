"""Collect: built files get their hashed names, and a manifest says which.

The manifest is a JSON object, name -> hashed name, both relative to its own folder: {"css/site.css": "css/site.0a1b2c3d4e5f.css"}.
Text is also written compressed next to the original, as servers of static files look for it.
"""

import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from buildgraph.errors import BuildError

from . import Collection

DIGEST_LENGTH = 12
COMPRESSED = (".css", ".js", ".svg", ".map", ".json", ".txt")
REFERENCE = re.compile(rb"""url\(\s*["']?(?!data:|https?:|//|#)([^"')]+)["']?\s*\)""")
IMPORT = re.compile(
    rb"""@import\s*["'](?!https?:|//)([^"']+)["']"""
)  # one of an address is compiled to `url(…)`
SOURCE_MAP = re.compile(rb"sourceMappingURL=([^\s*]+)")
PLAIN = re.compile(rb"[^\s\"'()\\]+")
"""What `url(…)` takes without quotes (CSS Syntax, 4.3.6)."""
REFERENCES = (
    ((".css", ".js"), SOURCE_MAP, b"sourceMappingURL=%s"),
    (".css", REFERENCE, b"url(%s)"),
    (".css", IMPORT, b"@import url(%s)"),
)
"""In files of which endings, what refers to another file, and how it is written."""


def collect(collection: Collection, into: Path) -> None:
    """Fill a folder from the others."""
    files: dict[str, bytes] = {}
    for place, folder in collection.folders.items():
        for each in sorted(Path(folder).rglob("*")):
            if each.is_file() and not each.name.endswith(".reads.json"):
                files[f"{place}/{each.relative_to(folder).as_posix()}"] = each.read_bytes()
    named = hashed(files)
    for name, (path, content) in named.items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(content)
        if path.endswith(COMPRESSED):
            (into / f"{path}.gz").write_bytes(gzip.compress(content, mtime=0))
    manifest = {name: path for name, (path, _) in sorted(named.items())}
    (into / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{len(manifest)} files")


def hashed(files: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
    """Return name -> (hashed name, content) with all references between the files renamed."""
    naming = _Naming(files)
    return {name: naming.of(name) for name in sorted(files)}


class _Naming:
    """Names files; what a file refers to is named before it."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._named: dict[str, tuple[str, bytes]] = {}
        self._begun: list[str] = []

    def of(self, name: str) -> tuple[str, bytes]:
        """Return the hashed name and the content of a file."""
        if name not in self._named:
            self._begun.append(name)
            content = self._files[name]
            for end, pattern, form in REFERENCES:
                if name.endswith(end):
                    content = pattern.sub(partial(self._renamed, name, form), content)
            self._named[name] = _with_digest(name, content), content
            self._begun.pop()
        return self._named[name]

    def _renamed(self, name: str, form: bytes, found: re.Match[bytes]) -> bytes:
        target = self._target(name, found[1])
        return form % (target if PLAIN.fullmatch(target) else b'"%s"' % target.replace(b'"', b"%22"))

    def _target(self, name: str, reference: bytes) -> bytes:
        """Return the reference under its hashed name, relative to the file that refers."""
        path, rest = re.fullmatch(r"([^?#]*)(.*)", reference.decode(), re.DOTALL).groups()  # type: ignore[union-attr] # it fits everything
        folder = posixpath.dirname(name)
        wanted = posixpath.normpath(posixpath.join(folder, path))
        if wanted not in self._files:
            raise BuildError(
                f"'{path}' is referred to, but there is no '{wanted}' in the built files",
                _written_in(name, path, self._files),
                "Add the file, or correct the reference.",
            )
        if wanted in self._begun:
            raise BuildError(
                f"'{path}' refers back to '{name}', so that neither can be named by its content",
                _written_in(name, path, self._files),
                "Remove one of the references.",
            )
        return (posixpath.relpath(self.of(wanted)[0], folder) + rest).encode()


def _written_in(name: str, text: str, files: Mapping[str, bytes]) -> str:
    """Return the source file and line that hold a reference, found through the source map of the compiled file."""
    try:
        sources = json.loads(files[f"{name}.map"])
    except (KeyError, ValueError):
        return name
    for source, content in zip(sources.get("sources", ()), sources.get("sourcesContent", ()), strict=False):
        for number, line in enumerate((content or "").splitlines(), 1):
            if text in line:
                return f"{source}, line {number}"
    return name


def _with_digest(name: str, content: bytes) -> str:
    stem, suffix = posixpath.splitext(name)
    if suffix == ".map":
        stem, inner = posixpath.splitext(stem)
        suffix = inner + suffix
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]}{suffix}"
