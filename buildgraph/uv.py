"""uv: where the locked one is, and how it learns which registry the user's pip is configured for.

uv does not read pip's configuration. A person who has set up pip for a registry of their own has set up uv, too, by this.
"""

import os
from collections.abc import Mapping

from . import personal

# pip's settings (pip manual, "Configuration") and the variables by which uv takes them (uv manual, "Environment variables").
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "no-index": "UV_NO_INDEX",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}


def find() -> str:
    """Return the path of the uv that is installed next to this Python, "" if there is none."""
    try:
        from uv import find_uv_bin

        return os.fspath(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return ""


def environment() -> dict[str, str]:
    """Return uv's environment, in which it knows what pip's configuration says of registries."""
    settings = personal.pip_settings()
    return {**personal.filtered(os.environ, settings), **translate(settings)}


def translate(settings: Mapping[str, str]) -> dict[str, str]:
    """Translate pip's registry settings (name -> value, words separated by spaces) to uv's variables."""
    return {
        SETTINGS[name]: " ".join(value.split())
        for name, value in settings.items()
        if name in SETTINGS and value.strip()
    }
