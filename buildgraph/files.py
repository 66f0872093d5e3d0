"""Files: writes that are complete or absent, and texts of people, whose editors choose the encoding."""

from __future__ import annotations

import contextlib
import itertools
import os

from buildgraph.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_NUMBERS = itertools.count()


def write_text(path: str | Path, text: str) -> bool:
    """Write a text file by temporary name and rename; leave an equal file alone and return False."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> bool:
    """Write a file by temporary name in the same folder and rename; leave an equal file alone and return False."""
    target = os.fspath(path)
    with contextlib.suppress(FileNotFoundError), open(target, "rb") as file:
        if file.read() == content:
            return False
    folder, name = os.path.split(target)
    if folder:
        os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.{next(_NUMBERS)}.new")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(content)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return True


def read_people_text(path: str | Path) -> str:
    """Read a text that people write: UTF-8, with or without a byte order mark, with any ends of lines.

    Raise BuildError for another encoding, and OSError as `open` does. UTF-16 without a mark is told by its zero bytes.
    """
    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
        wrong = content.find(b"\0")
    except UnicodeDecodeError as error:
        text, wrong = "", len(content) - len(error.object) + error.start
    if wrong >= 0:
        line = content.count(b"\n", 0, wrong) + 1
        raise BuildError(f"'{path}' is not UTF-8 (line {line})", "", "Save it as UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def beyond(folder: str | Path, kept: int) -> list[str]:
    """Return what a folder holds beyond so many entries, the ones changed last; nothing if there is no such folder."""
    with contextlib.suppress(FileNotFoundError):
        paths = [os.path.join(folder, name) for name in os.listdir(folder)]
        return sorted(paths, key=os.path.getmtime)[: max(0, len(paths) - kept)]
    return []
