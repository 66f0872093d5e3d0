"""Maps: whether every source map that is published can be found, and what it names is there."""

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from buildgraph.errors import BuildError

from .publish import MANIFEST

PLACE = re.compile(r"(?://|/\*)# sourceMappingURL=(\S+?)(?:\s*\*/)?\s*$")


def check_maps(folder: Path) -> None:
    """Raise BuildError for the first published sheet or script without a map that stands next to it and holds its sources."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    for name, path in manifest.items():
        found = PLACE.search((folder / path).read_text("utf-8")) if name.endswith((".css", ".js")) else None
        place = posixpath.join(posixpath.dirname(path), found[1]) if found else ""
        if wrong := next(_wrong(folder, place), "") if place else "":
            raise BuildError(
                f"the source map of '{name}' {wrong}", (folder / path).as_posix(), "Run 'doit assets'."
            )


def _wrong(folder: Path, path: str) -> Iterator[str]:
    """Yield what is wrong with a map."""
    file = folder / path
    if not file.is_file():
        yield f"is not there: '{path}'"
        return
    found = json.loads(file.read_text("utf-8"))
    if len(found["sources"]) != len(found.get("sourcesContent") or ()):
        yield "does not hold the text of all its sources"
    for source in found["sources"]:
        if Path(source).is_absolute() or str(Path.cwd()) in source:
            yield f"names a place of this machine: '{source}'"
    if not found["mappings"] and found["sources"]:
        yield "maps nothing"
