"""Digests: the contents of files and the blocks of sources, each read once as long as `stat` says the same.

A file that changed within the last two seconds before it was looked at is not remembered: another change in the same tick would not show ("racy git").
"""

from __future__ import annotations

import contextlib
import json
import os
import stat

from buildgraph.files import write_text

from .blocks import VERSION, Block, Source, parse
from .bodies import Body
from .system import SYSTEM

RACY_NANOSECONDS = 2_000_000_000
ABSENT = "absent"
FOLDER = "folder"
EXECUTABLE = " x"
"""Ends the digest of a file that its owner may run: the only permission that git keeps."""
FILES = "files.json"
BLOCKS = "blocks.json"


class Digests:
    """Digests by path, and blocks by the digest of their file, kept in a folder between runs."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._files: dict[str, list] = _load(os.path.join(folder, FILES))
        self._blocks: dict[str, list] | None = None
        self._parsed: dict[str, Source] = {}
        self._has_news = False

    def file(self, path: str) -> str:
        """Return the digest of a file's content, or that there is none."""
        try:
            found = SYSTEM.stat(path)
        except (OSError, ValueError):
            return ABSENT
        if stat.S_ISDIR(found.st_mode):
            return FOLDER
        if not stat.S_ISREG(found.st_mode):
            return f"mode {stat.S_IFMT(found.st_mode)}"
        state = [found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns]
        known = self._files.get(path)
        if known and known[0] == state:
            return known[1]
        try:
            with SYSTEM.open(path, "rb") as file:
                digest = SYSTEM.sha256(file.read()).hexdigest()[:20]
        except OSError as error:
            return f"unreadable {error.errno}"
        digest += EXECUTABLE if found.st_mode & stat.S_IXUSR else ""
        if SYSTEM.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > RACY_NANOSECONDS:
            self._files[path] = [state, digest]
            self._has_news = True
        return digest

    def blocks(self, path: str) -> tuple[Block, ...]:
        """Return the blocks of a source as it is now; none if it cannot be read."""
        return self.source(path).blocks

    def source(self, path: str) -> Source:
        """Return a source as it is now, an empty one if it cannot be read."""
        digest = self.file(path).removesuffix(EXECUTABLE)
        if digest in self._parsed:
            return self._parsed[digest]
        if self._blocks is None:
            self._blocks = _load(os.path.join(self._folder, BLOCKS))
        known = self._blocks.get(digest)
        if known is not None:
            source = _from_plain(known)
        else:
            try:
                with SYSTEM.open(path, "rb") as file:
                    content = file.read()
            except OSError:
                return Source()
            digest = SYSTEM.sha256(content).hexdigest()[:20]
            source = parse(content)
            self._blocks[digest] = _to_plain(source)
            self._has_news = True
        self._parsed[digest] = source
        return source

    def save(self) -> None:
        """Keep what was learned; the last save wins, and nothing but time depends on it."""
        if not self._has_news:
            return
        os.makedirs(self._folder, exist_ok=True)
        head = {"version": VERSION}
        write_text(os.path.join(self._folder, FILES), json.dumps({**head, "values": self._files}))
        if self._blocks is not None:
            present = {digest.removesuffix(EXECUTABLE) for _, digest in self._files.values()}
            kept = {digest: each for digest, each in self._blocks.items() if digest in present}
            write_text(os.path.join(self._folder, BLOCKS), json.dumps({**head, "values": kept}))
        self._has_news = False


def _load(path: str) -> dict:
    with contextlib.suppress(OSError, ValueError), open(path, encoding="utf-8") as file:
        found = json.load(file)
        if isinstance(found, dict) and found.get("version") == VERSION:
            return found["values"]
    return {}


def _to_plain(source: Source) -> list:
    body = source.body
    mentioned = {name: " ".join(sorted(words)) for name, words in body.mentioned.items()}
    return [
        [[*vars(each).values()] for each in source.blocks],
        [body.rest, " ".join(sorted(body.words)), body.names, mentioned, body.imports],
        source.constants,
    ]


def _from_plain(plain: list) -> Source:
    blocks, (rest, words, names, mentioned, imports), constants = plain
    return Source(
        tuple(
            Block(name, digest, first, body, last, tuple(units), *more)
            for name, digest, first, body, last, units, *more in blocks
        ),
        Body(
            rest,
            frozenset(words.split()),
            names,
            {name: frozenset(each.split()) for name, each in mentioned.items()},
            imports,
        ),
        constants,
    )
