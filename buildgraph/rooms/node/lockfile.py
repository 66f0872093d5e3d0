"""Lock file: package-lock.json as npm writes it, and whether it says enough to be installed from.

npm installs what has no digest without a word, and writes such entries itself when it takes what lies in node_modules for what is locked. An absent digest
is a wrong one here. Without a digest by design are the project itself, its workspaces, links to folders of the checkout, and what is bundled in the archive of
another package, whose digest covers it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

FILE = "package-lock.json"
SHRINKWRAP = "npm-shrinkwrap.json"  # npm reads it in place of package-lock.json
FORMATS = (2, 3)  # the first, of npm 6, has no table of packages
KINDS = ("dependencies", "devDependencies", "optionalDependencies")
SHOWN = 3
DIGEST = re.compile(
    r"(?:^|\s)sha(?:1|256|384|512)-[A-Za-z0-9+/]{27,}=*"
)  # Subresource Integrity; npm ignores others
MODULES = "node_modules/"
CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)


def read_json(path: str) -> dict:
    """Parse a JSON file; raise BuildError with line and column."""
    try:
        found = json.loads(read_people_text(path))
    except FileNotFoundError:
        hint = f"'doit node:lock' makes '{FILE}' from package.json; commit both."
        raise BuildError(f"there is no '{path}'", "", hint) from None
    except json.JSONDecodeError as error:
        raise BuildError(
            f"'{path}' is not JSON: {error.msg}",
            f"{path}, line {error.lineno}, column {error.colno}",
            "Correct it there.",
        ) from None
    if not isinstance(found, dict):
        raise BuildError(f"'{path}' is not a JSON object", "", "Correct it there.")
    return found


def is_in_conflict(text: str) -> bool:
    """True if git left the two sides of a merge in the text; npm can merge them."""
    return CONFLICT.search(text) is not None


def refuse_shrinkwrap() -> None:
    """Raise where npm would read another lock than package-lock.json."""
    if Path(SHRINKWRAP).exists():
        raise BuildError(
            f"npm would read '{SHRINKWRAP}' in place of '{FILE}'",
            "",
            f"Rename it to '{FILE}', or delete it.",
        )


def refuse_drift(package: Mapping, lock: Mapping) -> None:
    """Raise where package.json asks for something that the lock does not record."""
    recorded = lock.get("packages", {}).get("", {})
    for kind in KINDS:
        asked, locked = package.get(kind, {}), recorded.get(kind, {})
        for name in sorted({*asked, *locked}):
            if asked.get(name) != locked.get(name):
                raise BuildError(
                    f"'{name}' is {asked.get(name, 'absent')} in package.json and {locked.get(name, 'absent')} in the lock",
                    FILE,
                    "Run 'doit node:lock' and commit what it changes.",
                )


def refuse_format(lock: Mapping) -> None:
    """Raise where the lock is of a format that has no table of packages with digests."""
    if lock.get("lockfileVersion") not in FORMATS:
        raise BuildError(
            f"the format is {lock.get('lockfileVersion')}, but only 2 and 3 can be verified",
            FILE,
            "Run 'doit node:lock' and commit what it changes.",
        )


def refuse_absent_digests(lock: Mapping, hint: str) -> None:
    """Raise where a package of the lock has no digest that npm would compare."""
    packages = lock.get("packages", {})
    found = without_digest(packages)
    repositories = [path for path in found if str(packages[path].get("resolved", "")).startswith("git")]
    if repositories:
        raise BuildError(
            f"{_names(packages, repositories)} from a repository, for which the lock has no digest",
            FILE,
            "Name a release of it in package.json.",
        )
    if found:
        raise BuildError(f"{_names(packages, found)} without a digest that could be verified", FILE, hint)


def without_digest(packages: Mapping) -> list[str]:
    """Return the paths of the entries that need a digest and have none."""
    return sorted(
        path for path in packages if _needs_digest(path, packages) and not _has_digest(packages[path])
    )


def summary(lock: Mapping) -> dict[str, int | str]:
    """Return how many packages a lock has, and one digest of what they are: another release of any of them is another digest."""
    packages = lock.get("packages", {})
    each = [
        [path, packages[path].get("version"), packages[path].get("integrity")] for path in sorted(packages)
    ]
    return {"packages": len(packages), "digest": hashlib.sha256(json.dumps(each).encode()).hexdigest()}


def _needs_digest(path: str, packages: Mapping) -> bool:
    if MODULES not in path or packages[path].get("link"):
        return False
    return not (packages[path].get("inBundle") and _is_below_bundle(path, packages))


def _is_below_bundle(path: str, packages: Mapping) -> bool:
    """True if a package around this one says that its archive carries others."""
    above = [path[: found.start()] for found in re.finditer(f"/{MODULES}", path)]
    return any(packages.get(each, {}).get("bundleDependencies") for each in above)


def _has_digest(described: Mapping) -> bool:
    value = described.get("integrity")
    return isinstance(value, str) and DIGEST.search(value) is not None


def _names(packages: Mapping, paths: list[str]) -> str:
    names = [f"'{path.rpartition(MODULES)[2]}@{packages[path].get('version', '?')}'" for path in paths]
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    listed = names[:SHOWN] + more
    text = f"{', '.join(listed[:-1])} and {listed[-1]}" if len(listed) > 1 else listed[0]
    return f"{text} {'is' if len(names) == 1 else 'are'}"
