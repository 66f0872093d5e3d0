"""Passwords, kept as Argon2id hashes.

The parameters are OWASP's for 19 MiB; one hash is computed at a time, so that a crowd at the door costs time and
not the web process's memory.
"""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
SHORTEST = 10  # characters
LONGEST = 200
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXRoaW5nc2FsdHk$X4Wnq1lLq0bTzIu0oXWmM0Ff0m0uQ0K1mDq1rGJm3mE"

_lock = threading.Lock()


def hash_password(password: str) -> str:
    """Return what is stored for a password."""
    with _lock:
        return HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one; without one it takes as long to say no."""
    with _lock:
        try:
            return HASHER.verify(stored or NOBODY, password) and stored is not None
        except VerificationError:
            return False


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)
