"""Digests: what a file's content is, as SHA-256 (the digest of the Remote Execution API).

The digest of a path is a text: `absent`; the hexadecimal digest, followed by `x` for an executable file; for
a link `link TEXT > ` and the digest of what it leads to (`folder`, `nothing` or a file's digest); a link that is an output is
`link TEXT` alone.
"""

from __future__ import annotations

import os
import stat

from buildgraph.errors import BuildError

try:  # Python's own, in C: OpenSSL's, which `hashlib` loads, is seven times as fast.
    from _sha2 import sha256 as sha256_of_little
except ImportError:
    try:
        from _sha256 import sha256 as sha256_of_little  # until Python 3.11
    except ImportError:
        from hashlib import sha256 as sha256_of_little

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import _Hash as HASH

ABSENT = "absent"
FOLDER = "folder"
FIRST_BYTES = 1 << 16
"""Most files are smaller; room for a chunk each time would cost them more than their digest."""
CHUNK_BYTES = 1 << 20
LITTLE_BYTES = 1 << 20
"""To load OpenSSL costs as much as the digest of so many bytes by Python's own."""
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def of_bytes(data: bytes) -> str:
    """Return the digest of `data`."""
    return (sha256_of_little if len(data) < LITTLE_BYTES else _begun)(data).hexdigest()


def of_path(path: str, mode: int) -> str:
    """Return the digest of what is at `path`, whose `lstat` mode is `mode`; `absent` if it has gone."""
    try:
        if stat.S_ISREG(mode):
            return _of_file(path, mode)
        if stat.S_ISLNK(mode):
            return f"link {os.readlink(path)} > {_behind(path)}"
        if stat.S_ISDIR(mode):
            return FOLDER
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except PermissionError:
        raise BuildError(
            f"cannot read '{path}': permission denied", "", "Change its permissions so that you can read it."
        ) from None
    except OSError as error:
        raise BuildError(f"cannot read '{path}': {error.strerror}") from None
    raise BuildError(
        f"'{path}' is a device, a socket or a pipe",
        "",
        "Only files, folders and links can be part of the graph.",
    )


def of_output(digest: str) -> str:
    """Return what a digest says of something as an output: a link that a command made is its text, wherever it leads."""
    return digest.rpartition(" > ")[0] if digest[:5] == "link " else digest


def _begun(data: bytes) -> HASH:
    """Return a digest that `data` begins."""
    if len(data) < FIRST_BYTES:
        return sha256_of_little(data)
    from hashlib import sha256

    return sha256(data)


def _of_file(path: str, mode: int) -> str:
    file = os.open(path, _READ)
    try:
        data = os.read(file, FIRST_BYTES)
        size = CHUNK_BYTES if len(data) == FIRST_BYTES else FIRST_BYTES
        digest = _begun(data)
        while data := os.read(file, size):
            digest.update(data)
    finally:
        os.close(file)
    return digest.hexdigest() + "x" if mode & stat.S_IXUSR else digest.hexdigest()


def _behind(path: str) -> str:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return "nothing"
    if stat.S_ISDIR(mode):
        return FOLDER
    if not stat.S_ISREG(mode):
        return "special"
    return _of_file(path, mode)
