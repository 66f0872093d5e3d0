"""npm: the managed one, started with this node, and with nothing of a person's configuration but how a registry is reached."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from buildgraph.errors import BuildError

from . import Node, npmfailure, npmrc

PATIENCE = {
    "fetch_timeout": "60000",
    "fetch_retries": "1",
}  # milliseconds; npm's own are five minutes, twice more
QUIET = ("--no-audit", "--no-fund", "--no-progress", "--loglevel=warn")


def run(node: Node, what: str, where: str, *arguments: str) -> None:
    """Run npm; raise BuildError with its reason if it fails."""
    _refuse_failure(what, where, start(node, *arguments, *QUIET))


def run_from_cache(node: Node, what: str, where: str, *arguments: str) -> None:
    """Run npm as `run` does, asking the registry only for what npm's cache lacks, or is too old to know."""
    done = start(node, *arguments, "--prefer-offline", *QUIET)
    if npmfailure.code(done.stdout) in npmfailure.STALE:
        done = start(node, *arguments, "--prefer-online", *QUIET)
    _refuse_failure(what, where, done)


def _refuse_failure(what: str, where: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        reason, hint = npmfailure.explain(done.stdout)
        raise BuildError(f"npm could not {what}: {reason}", where, hint)
    if lost := npmfailure.lost(done.stdout):
        hint = npmfailure.SPACE if lost.startswith(("ENOSPC", "EDQUOT")) else "Run the command again."
        raise BuildError(f"npm could not {what}: a package's file was lost: {lost}", where, hint)


def start(node: Node, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm and return how it ended, and what it said."""
    with tempfile.TemporaryDirectory(prefix="npmrc-") as folder:  # the user's alone: it may hold a token
        user = Path(folder, "user")
        user.write_text(npmrc.personal_file(os.environ), encoding="utf-8")
        return subprocess.run(
            [str(Path(node.program).absolute()), str(Path(node.npm).absolute()), *arguments],
            env=environment(node, os.environ, user),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def environment(node: Node, environ: Mapping[str, str], user: Path) -> dict[str, str]:
    """Return npm's environment: this node before any other by the name `node`, and less patience, if nobody set any."""
    given = npmrc.settings(environ)
    patience = {
        f"npm_config_{name}": value for name, value in PATIENCE.items() if name.replace("_", "-") not in given
    }
    files = {"npm_config_userconfig": str(user), "npm_config_globalconfig": str(user.with_name("global"))}
    path = os.pathsep.join([str(Path(node.program).parent.absolute()), environ.get("PATH", "")])
    return {**npmrc.personal_variables(environ), **patience, **files, "PATH": path}
