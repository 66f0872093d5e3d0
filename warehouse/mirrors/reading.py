"""Reading a call of XML-RPC; runs in quarantine, where entities that grow and nesting without end stop nobody."""

from typing import Any
from xmlrpc.client import loads


def read_call(body: str) -> tuple[str | None, list[Any]]:
    """Return the method and its arguments, which JSON has to know."""
    arguments, method = loads(body)
    return method, list(arguments)
