"""Reading uploads in quarantine, with what the sender is told when that is not possible."""

from typing import Any

import quarantine
from warehouse.uploads.errors import invalid, unavailable


def read(what: str, function: str, *arguments: str, more_seconds: float = 0) -> Any:
    """Return what a function ("module:name") says of something hostile, or refuse it by what it is called."""
    try:
        return quarantine.ask(function, *arguments, more_seconds=more_seconds)
    except quarantine.TooMuch:
        raise invalid(f"{what} needs too much time or memory to be read.") from None
    except quarantine.Busy:
        raise unavailable("Too many uploads are read at once. Try again later.") from None
