"""Files: writes that are complete or absent, and texts of people, whose editors choose the encoding."""

import contextlib
import os
import tempfile
from pathlib import Path

from buildgraph.errors import BuildError


def write_text(path: str | Path, text: str) -> bool:
    """Write a text file by temporary name and rename; leave an equal file alone and return False."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> bool:
    """Write a file by temporary name in the same folder and rename; leave an equal file alone and return False."""
    target = Path(path)
    with contextlib.suppress(FileNotFoundError):
        if target.read_bytes() == content:
            return False
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o666 & ~_umask())
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
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig")
        wrong = content.find(b"\0")
    except UnicodeDecodeError as error:
        text, wrong = "", len(content) - len(error.object) + error.start
    if wrong >= 0:
        line = content.count(b"\n", 0, wrong) + 1
        raise BuildError(f"'{path}' is not UTF-8 (line {line})", "", "Save it as UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def beyond(folder: str | Path, kept: int) -> list[Path]:
    """Return what a folder holds beyond so many entries, the ones changed last; nothing if there is no such folder."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(Path(folder).iterdir(), key=os.path.getmtime)[:-kept]
    return []


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
