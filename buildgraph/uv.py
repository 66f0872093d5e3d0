"""uv: where the locked one is, and how it learns which registry the user's pip is configured for.

uv does not read pip's configuration. A person who has set up pip for a registry of their own has set up uv, too, by this.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

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
SCOPES = ("global", "install", ":env:")


def find() -> str:
    """Return the path of the uv that is installed beside this Python, "" if there is none."""
    try:
        from uv import find_uv_bin

        return os.fspath(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return ""


def registry_settings() -> dict[str, str]:
    """Return the environment variables that tell uv what pip's configuration says of registries."""
    return translate(pip_settings())


def translate(settings: Mapping[str, str]) -> dict[str, str]:
    """Translate pip's registry settings (name -> value, words separated by spaces) to uv's variables."""
    return {
        SETTINGS[name]: " ".join(value.split())
        for name, value in settings.items()
        if name in SETTINGS and value.strip()
    }


def pip_settings() -> dict[str, str]:
    """Return the user's pip configuration as pip itself merges it, by plain option name."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    settings = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        scope, _, name = key.partition(".")
        if scope in SCOPES:
            settings[name] = value.strip("'\"").replace("\\n", " ")
    return settings
