"""Addresses of an image proxy, signed by the one who names an image and verified by the one who fetches it.

An address is `BASE/DIGEST/HEX`: HEX is the image's address, as UTF-8 in hexadecimal digits, and DIGEST the HMAC-SHA256 of
it, as the proxies of GitHub and PyPI have them. Each address has one form only, in small letters: another is not
verified, so that a cache before the proxy holds an image once.
"""

import hmac
import re

__all__ = ["DEVELOPMENT_KEY", "KEY_LENGTH", "LONGEST", "fingerprint", "is_strong", "signed", "verified"]

DEVELOPMENT_KEY = "not a key: good enough for development only"  # of both sides, if neither is told another
KEY_LENGTH = 32  # characters: 128 bits even when written in hexadecimal
LONGEST = 2000  # bytes of an image's address; twice of that is within what servers take
DIGEST = re.compile("[0-9a-f]{64}")
HEX = re.compile("(?:[0-9a-f]{2})+")


def signed(base: str, key: str, address: str) -> str:
    """Return the proxy's address of an image; `base` is the proxy's origin, without a slash at its end."""
    data = address.encode("utf-8", "replace")
    return f"{base}/{_digest(key, data)}/{data.hex()}"


def verified(key: str, digest: str, hex: str) -> str | None:
    """Return the address of the image; None if it was not signed with this key, or is not in the form of `signed`."""
    if not DIGEST.fullmatch(digest) or len(hex) > 2 * LONGEST or not HEX.fullmatch(hex):
        return None
    data = bytes.fromhex(hex)
    if not hmac.compare_digest(_digest(key, data), digest):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def is_strong(key: str) -> bool:
    """Tell whether a key is good enough for production."""
    return key != DEVELOPMENT_KEY and len(key) >= KEY_LENGTH


def fingerprint(key: str) -> str:
    """Return what tells a key from another one, and nothing of it: pages that it signed are known by that."""
    return _digest(key, b"fingerprint")[:16]  # not an address, so it verifies nothing


def _digest(key: str, data: bytes) -> str:
    return hmac.new(key.encode(), data, "sha256").hexdigest()
