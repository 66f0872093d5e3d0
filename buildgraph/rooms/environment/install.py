"""Install: remove and add packages by uv where the tools environment has it, else (or if it fails) by pip.

Both are told the same requirements with the same digests, take wheels only and resolve nothing. uv copies files out of
its cache: a hard link would let an edit in one environment reach every other. uv does not read pip's configuration, so the
settings that say which registry is used are handed to it (`SETTINGS`).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from buildgraph.errors import BuildError

from .plan import Plan

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
PIP = ("--quiet", "--no-input", "--disable-pip-version-check")


def apply(plan: Plan, python: Path) -> None:
    """Carry out a plan in the environment of this interpreter; raise BuildError if pip cannot."""
    with tempfile.TemporaryDirectory(prefix="environment-") as folder:
        lines = Path(folder, "install.txt")
        lines.write_text("".join(f"{package.line}\n" for package in plan.install), encoding="utf-8")
        uv = _uv()
        if uv and _with_uv(uv, plan, python, lines):
            return
        _with_pip(plan, python, lines)


def _with_uv(uv: str, plan: Plan, python: Path, lines: Path) -> bool:
    environment = {**os.environ, **uv_environment(_pip_settings())}
    common = ["--quiet", "--no-config", "--no-progress", "--python", str(python)]
    steps = []
    if plan.remove:
        steps.append([uv, "pip", "uninstall", *common, *plan.remove])
    if plan.install:
        digests = [
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            "--index-strategy=unsafe-best-match",
        ]
        steps.append([uv, "pip", "install", *common, *digests, "--link-mode=copy", "-r", str(lines)])
    for step in steps:
        done = _run(step, environment)
        if done.returncode:
            print(f"uv could not do it, pip is asked: {_last_line(done.stdout)}")
            return False
    return True


def _with_pip(plan: Plan, python: Path, lines: Path) -> None:
    from .facts import installed

    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    present = [name for name in plan.remove if name in installed(python)]
    steps = [[*pip, "uninstall", *PIP, "--yes", *present]] if present else []
    if plan.install:
        digests = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"]
        steps.append([*pip, "install", *PIP, *digests, "-r", str(lines)])
    for step in steps:
        done = _run(step, dict(os.environ))
        if done.returncode:
            raise BuildError(
                f"pip could not install the locked packages: {_reason(done.stdout)}",
                str(python.parent.parent.name),
                "What was installed stays; run the command again.",
            )


def uv_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Translate pip's registry settings (name -> value, words separated by spaces) to uv's variables."""
    return {
        SETTINGS[name]: " ".join(value.split())
        for name, value in settings.items()
        if name in SETTINGS and value.strip()
    }


def _pip_settings() -> dict[str, str]:
    """Return the user's pip configuration as pip itself merges it, by plain option name."""
    listing = _run([sys.executable, "-m", "pip", "config", "list"], dict(os.environ)).stdout
    settings = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        scope, _, name = key.partition(".")
        if scope in SCOPES:
            settings[name] = value.strip("'\"").replace("\\n", " ")
    return settings


def _uv() -> str:
    """Return the path of the locked uv, "" if the tools environment has none."""
    try:
        from uv import find_uv_bin

        return os.fspath(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return ""


def _run(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _reason(output: str) -> str:
    if "DO NOT MATCH THE HASHES" in output:
        return "a downloaded file does not have the digest that the lock demands; nothing of it was installed"
    if "No space left" in output:
        return "the disk is full"
    return _last_line(output)


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it ended without a word"])[-1].rstrip(".")
