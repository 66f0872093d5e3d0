"""Hosts: by which names this machine is asked. A page of the world must not read ours by letting its own name lead here (DNS rebinding)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

OWN = ("localhost", "test", "example", "invalid", "local", "internal", "lan", "home.arpa")
"""What nobody can have a name below in the world (RFC 2606, 6761, 6762, 8375)."""


def is_known(host: str) -> bool:
    """Tell whether a `Host` is an address, a name without a dot, or one that only a network of one's own has; or none is named."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if "." not in name or name.endswith(tuple(f".{each}" for each in OWN)):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
