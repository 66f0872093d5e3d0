"""Publish: built files get the names that say their content, and a manifest says which.

The manifest is a JSON object, name -> published name, both relative to its own folder: {"css/site.css": "css/site.0a1b2c3d4e5f.css"}.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from buildgraph.errors import BuildError

from . import Shelf
from .compress import ENCODINGS
from .names import MANIFEST

DIGEST_LENGTH = 12
ENDING = re.compile(r"((?:\.[^./]+)?\.map|\.[^./]+)?$")


def publish(shelf: Shelf, into: Path, compressed: Path | None = None) -> None:
    """Fill a folder with what is on the shelf and, if it is said where their compressed forms are, with those that are smaller."""
    known = {
        name: path for file in shelf.names for name, path in json.loads(Path(file).read_text("utf-8")).items()
    }
    manifest = {}
    sizes = dict.fromkeys(ENCODINGS if compressed else (), 0)
    whole = 0
    for name, file in sorted(files_of(shelf).items()):
        content = file.read_bytes()
        manifest[name] = known.get(name) or hashed(name, content)
        write(into / manifest[name], content)
        whole += len(content)
        for encoding in sizes:
            smaller = _smaller(Path(f"{compressed}{compressed_form(shelf, name, file, encoding)}"), content)
            sizes[encoding] += len(smaller or content)
            if smaller:
                write(into / f"{manifest[name]}.{encoding}", smaller)
    write(into / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
    said = [
        f"{len(manifest)} files, {_kilobytes(whole)}",
        *(f"with {end} {_kilobytes(size)}" for end, size in sizes.items()),
    ]
    print(", ".join(said))


def compressed_form(shelf: Shelf, name: str, file: Path, encoding: str) -> str:
    """Return where the compressed form of a file is, if it has one, from the name on of the folder of such forms: those of what a step filled are apart."""
    for tree in shelf.trees:
        if tree.is_made and file.is_relative_to(tree.folder):
            inner = posixpath.relpath(tree.folder, shelf.folder)
            return f"-{inner}/{file.relative_to(tree.folder).as_posix()}.{encoding}"
    return f"/{name}.{encoding}"


def _smaller(form: Path, content: bytes) -> bytes:
    found = form.read_bytes() if form.is_file() else b""
    return found if len(found) < len(content) else b""


def _kilobytes(size_bytes: int) -> str:
    return f"{size_bytes / 1000:,.0f} kB"


def files_of(shelf: Shelf) -> Mapping[str, Path]:
    """Return name -> file; raise BuildError for two files of one name."""
    found = {posixpath.relpath(file, shelf.folder): Path(file) for file in shelf.files}
    for tree in shelf.trees:
        for file in tree.files:
            name = posixpath.join(tree.place, file.relative_to(tree.folder).as_posix())
            if name in found:
                raise BuildError(
                    f"'{found[name].as_posix()}' and '{file.as_posix()}' would both be published as '{name}'",
                    "",
                    "Rename one of them, or give one of their folders another place.",
                )
            found[name] = file
    return found


def hashed(name: str, content: bytes) -> str:
    """Return the name that says the content, as `hashed` of `common.mjs` does."""
    ending = ENDING.search(name)[0]  # type: ignore[index] # it fits every name
    stem = name.removesuffix(ending) if ending else name
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]}{ending}"


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
