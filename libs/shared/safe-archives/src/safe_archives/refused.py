"""Why an archive is refused, and the one way in which a parser's failures become that."""

from collections.abc import Iterator
from contextlib import contextmanager


class Refused(Exception):
    """An archive that is damaged, dangerous or beyond a limit; `reason` is a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def parsing(filename: str) -> Iterator[None]:
    """Refuse as damaged what a parser fails at: there is nothing that one of hostile bytes may not raise.

    Too little memory says nothing of the archive, and stays a MemoryError.
    """
    try:
        yield
    except (Refused, MemoryError):
        raise
    except Exception as error:
        raise Refused(f"'{filename}' is damaged: {error}.") from error
