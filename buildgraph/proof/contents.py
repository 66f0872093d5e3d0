"""Contents: what a certificate lists, how it is written, and what has moved since.

Not part of `certificate.py`, which is all that an everyday no-op reads.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from zlib import crc32

from buildgraph.files import beyond
from buildgraph.observe.folders import fingerprint
from buildgraph.observe.stamps import Stamp, is_settled, take
from buildgraph.proof.certificate import FOLDER, NONE, VERSION, differing, path_of, place_now, read

KEPT = 32
"""Certificates of that many command lines are kept."""
FEW = 16
"""With fewer files than that, changing to their folder costs more than it spares."""
MANY = 4096
"""More files than that are compared in parts, so that memory stays small."""

Group = tuple[str, str, bytes]
"""(folder, names, stamps) of files that are looked at from inside of one folder, "" for the top."""
Part = tuple
"""(variables, groups, links, absent, folders, questions), as `certificate.is_same` compares them."""


class Files:
    """The files of a part that are not links, path → stamp; those of a folder are read when one of them is asked for."""

    def __init__(self, part: Part) -> None:
        self.groups: dict[str, list[Group]] = {}
        for group in part[1]:
            self.groups.setdefault(group[0], []).append(group)
        self._read: dict[str, dict[str, Stamp]] = {}

    def get(self, path: str) -> Stamp | None:
        """Return a file's stamp, None if it does not belong to the part."""
        folder = path.rpartition("/")[0]
        return self.of(folder).get(path) or self.of("").get(path)

    def of(self, folder: str) -> dict[str, Stamp]:
        """Return the files of a folder that has a group of its own, those of all other folders for ""."""
        if folder not in self._read:
            self._read[folder] = {
                path: stamp for group in self.groups.get(folder, ()) for path, stamp in _files(group)
            }
        return self._read[folder]


def part(
    files: Mapping[str, Stamp],
    absent: Iterable[str],
    folders: Mapping[str, tuple | None],
    variables: Iterable[str],
    environ: Mapping[str, str],
    began_ns: int = 0,
    questions: Mapping[tuple[str, tuple], object] = MappingProxyType({}),
    others: Files | None = None,
    gone: Collection[str] = (),
) -> Part:
    """Return a part of a certificate: path → stamp, absent paths, path → listing, names of variables, (name, arguments) → answer.

    A folder that has changed since `began_ns` may change again without another stamp: its names are always compared. There
    may be files of an earlier part besides these, apart from those that are `gone`.
    """
    plain = {path: stamp for path, stamp in files.items() if len(stamp) == 4}
    return (
        tuple((name, fingerprint(environ.get(name))) for name in sorted(variables)),
        tuple(_grouped(plain) if others is None else _renewed(others, plain, gone)),
        tuple((path, stamp) for path, stamp in files.items() if len(stamp) != 4),
        tuple(absent),
        tuple((path, _settled(listing, began_ns)) for path, listing in folders.items()),
        tuple((*question, answer) for question, answer in questions.items()),
    )


def _settled(listing: tuple | None, began_ns: int) -> tuple | None:
    if listing is None or is_settled((*listing[0][:2], 0, 0), began_ns):
        return listing
    return ((), listing[1])


def issue(
    argv: Sequence[str],
    text: str | None,
    definitions: Part,
    state: Part,
    mark: tuple[int, int] = (0, 0),
    graph: str = "",
    selection: Sequence[str] = (),
) -> None:
    """Write the certificate of a command line.

    `text` is what it says while it holds; one without is doubted and never holds. `mark` is where the ledger ended, `graph` names
    the stored graph that the definitions define, and of that the words of `selection` selected what is certified.
    """
    words = tuple(argv), place_now(), text, definitions, state, mark, graph, tuple(selection)
    data = marshal.dumps(words, 2)
    path = path_of(argv)
    temporary = f"{path}.{os.getpid()}.new"
    os.makedirs(FOLDER, exist_ok=True)
    with open(temporary, "wb") as file:
        file.write(b"%d %08x\n" % (VERSION, crc32(data)) + data)
    os.replace(temporary, path)
    for old in beyond(FOLDER, KEPT):
        with suppress(OSError):
            os.unlink(old)


def newest() -> list[str]:
    """Return the paths of all certificates, the one written last at the end."""
    return beyond(FOLDER, 0)


def doubt(argv: Sequence[str]) -> None:
    """Let the command line's certificate, if it has one, never hold again; its state is evidence still."""
    with suppress(*NONE):
        _, *rest = read(argv)
        issue(argv, None, *rest)


def files_of(part: Part) -> dict[str, Stamp]:
    """Return path → stamp of all files of a part."""
    _, groups, links, *_ = part
    return dict(links) | {path: stamp for group in groups for path, stamp in _files(group)}


def absent_of(part: Part) -> set[str]:
    """Return the paths at which nothing was."""
    return set(part[3])


def links_of(part: Part) -> dict[str, Stamp]:
    """Return path → stamp of all links of a part."""
    return dict(part[2])


def moved(part: Part) -> set[str]:
    """Return the paths of a part that have changed: files, links, and what was absent and is there."""
    _, groups, links, absent, *_ = part
    found = {path for path, stamp in links if _stamp(path) != stamp}
    for group, now in differing(groups):
        if now is None:
            found.update(path for path, stamp in _files(group) if _stamp(path) != stamp)
        else:
            found.update(
                path for (path, stamp), other in zip(_files(group), now, strict=True) if other != stamp
            )
    return found | {path for path in absent if os.path.lexists(path)}


def _stamp(path: str) -> Stamp:
    """Return a path's stamp, an empty one if there is none to be had: the next look at it says why."""
    try:
        return (take(path) or ((),))[0]
    except OSError:
        return ()


def _files(group: Group) -> Iterator[tuple[str, Stamp]]:
    """Yield path and stamp of the files of a group."""
    folder, names, stamps = group
    paths = names.split("\0")
    if folder:
        paths = [f"{folder}/{name}" for name in paths]
    return zip(paths, marshal.loads(stamps), strict=True)  # noqa: S302 (of a file with a checksum)


def _renewed(files: Files, news: Mapping[str, Stamp], gone: Collection[str]) -> Iterator[Group]:
    """Yield the groups of the files and of the news, without what is gone; folders with none of these are taken as they are.

    Those come last: what has just changed is most likely to have changed when the certificate is looked at.
    """
    changed = {path: stamp for path, stamp in news.items() if path in gone or files.get(path) != stamp}
    touched = {"", *(path.rpartition("/")[0] for path in (*changed, *gone))}
    rest = {path: stamp for folder in touched for path, stamp in files.of(folder).items()}
    for path in gone:
        rest.pop(path, None)
    yield from _grouped(rest | changed)
    for folder, groups in files.groups.items():
        if folder not in touched:
            yield from groups


def _grouped(files: Mapping[str, Stamp]) -> Iterator[Group]:
    """Yield (folder, names, stamps) of all files; the folder is "" for paths that are looked at from the top."""
    groups: dict[str, list[str]] = {}
    rest: list[str] = []
    for path in files:
        groups.setdefault(path.rpartition("/")[0], []).append(path)
    for folder, paths in groups.items():
        if folder and len(paths) >= FEW:
            yield from _parts(folder, paths, files)
        else:
            rest += paths
    yield from _parts("", rest, files)


def _parts(folder: str, paths: list[str], files: Mapping[str, Stamp]) -> Iterator[Group]:
    skipped = len(folder) + 1 if folder else 0
    for start in range(0, len(paths), MANY):
        some = paths[start : start + MANY]
        stamps = marshal.dumps(tuple(tuple(files[path]) for path in some), 2)
        yield folder, "\0".join([path[skipped:] for path in some]), stamps
