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
from pathlib import Path

from buildgraph.errors import BuildError

from . import Collection

DIGEST_LENGTH = 12
COMPRESSED = (".css", ".js", ".svg", ".map", ".json", ".txt")
REFERENCE = re.compile(rb"""url\(\s*["']?(?!data:|https?:|//|#)([^"')]+)["']?\s*\)""")
SOURCE_MAP = re.compile(rb"sourceMappingURL=([^\s*]+)")


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
    named: dict[str, tuple[str, bytes]] = {}
    # What refers comes after what is referred to: maps and pictures first, then scripts and sheets.
    for name in sorted(files, key=lambda name: (name.endswith((".css", ".js")), name)):
        content = files[name]
        if name.endswith((".css", ".js")):
            content = _follow(SOURCE_MAP, b"sourceMappingURL=%s", name, content, named, files)
        if name.endswith(".css"):
            content = _follow(REFERENCE, b"url(%s)", name, content, named, files)
        named[name] = (_with_digest(name, content), content)
    return named


def _follow(
    pattern: re.Pattern[bytes],
    form: bytes,
    name: str,
    content: bytes,
    named: Mapping[str, tuple[str, bytes]],
    files: Mapping[str, bytes],
) -> bytes:
    """Return the content with all references that match given their targets' hashed names."""
    return pattern.sub(lambda found: form % _target(name, found[1], named, files), content)


def _target(
    name: str, reference: bytes, named: Mapping[str, tuple[str, bytes]], files: Mapping[str, bytes]
) -> bytes:
    """Return the reference under its hashed name, relative to the file that refers."""
    path, mark, fragment = reference.decode().partition("#")
    folder = posixpath.dirname(name)
    wanted = posixpath.normpath(posixpath.join(folder, path))
    if wanted not in named:
        raise BuildError(
            f"'{path}' is referred to, but there is no '{wanted}' in the built files",
            _written_in(name, path, files),
            "Add the file, or correct the reference.",
        )
    return (posixpath.relpath(named[wanted][0], folder) + mark + fragment).encode()


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
