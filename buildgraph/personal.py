"""Personal: of a person's configuration of pip and uv, how a registry is reached, and nothing that chooses files.

`no-binary`, `pre`, `platform` and their like, in a pip.conf or a variable, would make a lock or an environment that nobody
else has. pip is therefore started with none of its configuration files, and with variables for what may pass: naming what
passes, and not what does not, holds for settings that pip has yet to get.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from .errors import BuildError

# How a registry is reached, and where pip and pip-tools keep what they fetched (pip manual, "Configuration" and "pip").
PIP = (
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host"),
    *("cert", "client-cert", "proxy", "keyring-provider"),
    *("timeout", "default-timeout", "retries", "resume-retries"),
    *("cache-dir", "no-cache-dir", "tools-cache-dir", "disable-pip-version-check", "no-input"),
)
# The same of uv (uv manual, "Environment variables"); the logins of an index have its name in the variable.
UV = (
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX"),
    *("UV_INSECURE_HOST", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_KEYRING_PROVIDER", "UV_CREDENTIALS_DIR"),
    *("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "UV_HTTP_CONNECT_TIMEOUT", "UV_HTTP_RETRIES", "UV_OFFLINE"),
    *("UV_CACHE_DIR", "UV_NO_CACHE"),
    *("UV_CONCURRENT_DOWNLOADS", "UV_CONCURRENT_BUILDS", "UV_CONCURRENT_INSTALLS"),
)
UV_LOGIN = ("UV_INDEX_", ("_USERNAME", "_PASSWORD"))
SCOPES = ("global", "install", ":env:")  # the later wins, as in pip


def environment() -> dict[str, str]:
    """Return the environment for pip and uv: this one, with what a person's settings say of registries."""
    return filtered(os.environ, pip_settings())


def filtered(environ: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which pip and uv find these settings, as far as they may pass, and no configuration file."""
    kept = {name: value for name, value in environ.items() if not name.startswith("PIP_") and _may_pass(name)}
    told = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings.items() if name in PIP}
    # pip reads no file at all if this names the null device (pip manual, "PIP_CONFIG_FILE").
    return {**kept, **told, "PIP_CONFIG_FILE": os.devnull}


def pip_settings(
    pip: Sequence[str] = (sys.executable, "-m", "pip"), environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return a person's pip configuration as pip itself merges it, by plain option name; raise BuildError if it cannot."""
    # Another Python's pip would tell of that Python's configuration, and a log is not part of the answer.
    kept = {name: value for name, value in environ.items() if name not in ("PIP_PYTHON", "PIP_LOG")}
    done = subprocess.run([*pip, "config", "list"], env=kept, capture_output=True, text=True, check=False)
    if done.returncode:
        # Without it pip would ask the public registry for what is another's.
        # The line itself, which pip quotes, may hold a password.
        lines = [line.rstrip(".") for line in done.stderr.splitlines() if line and not line.startswith("'")]
        raise BuildError(
            f"pip cannot read its configuration: {'; '.join(lines)}",
            "",
            "Correct that file and run it again.",
        )
    return parse(done.stdout)


def parse(listing: str) -> dict[str, str]:
    """Read what `pip config list` prints: `scope.name='value'`, the value as Python writes it."""
    found: dict[str, dict[str, str]] = {scope: {} for scope in SCOPES}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        scope, _, name = key.partition(".")
        if scope in found:
            found[scope][name] = " ".join(_value(value).split())
    return {name: value for scope in SCOPES for name, value in found[scope].items() if value}


def _value(text: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text


def _may_pass(name: str) -> bool:
    start, ends = UV_LOGIN
    return not name.startswith("UV_") or name in UV or (name.startswith(start) and name.endswith(ends))
