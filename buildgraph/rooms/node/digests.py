"""Digests of archives, each in the notation of its source, so that a person can compare them.

`sha256:<hex>` as in requirements files and SHASUMS256.txt; `sha512-<base64>` as in package-lock.json (Subresource Integrity).
"""

import base64
import binascii
import hashlib
from pathlib import Path

SIZES = {"sha256": 32, "sha512": 64}


def is_digest(text: object) -> bool:
    """True if the text is a digest in one of the two notations."""
    return isinstance(text, str) and _parse(text) is not None


def file_name(digest: str) -> str:
    """Return a name for the file that has this digest, the same for both notations."""
    algorithm, value = _parse(digest) or ("", b"")
    return f"{algorithm}-{value.hex()}"


def of_file(path: Path, like: str) -> str:
    """Return a file's digest, by the algorithm and in the notation of another one."""
    algorithm, _ = _parse(like) or ("sha256", b"")
    with path.open("rb") as file:
        value = hashlib.file_digest(file, algorithm).digest()
    if like.startswith(f"{algorithm}-"):
        return f"{algorithm}-{base64.b64encode(value).decode()}"
    return f"{algorithm}:{value.hex()}"


def _parse(text: str) -> tuple[str, bytes] | None:
    algorithm, colon, value = text.partition(":")
    if not colon:
        algorithm, _, value = text.partition("-")
    try:
        raw = bytes.fromhex(value) if colon else base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None
    return (algorithm, raw) if SIZES.get(algorithm) == len(raw) else None
