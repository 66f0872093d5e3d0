"""Install scripts: which packages have them, and which of these may run them.

The list is npm's own field of package.json (npm 11, "allowScripts"): `"name": true`, or `"name@1.2.3": true` for a version, lets the scripts of a package run;
`false` says that somebody looked and that they are not needed. A package with scripts that is not in the list is named, and its scripts do not run.
"""

from collections.abc import Mapping

from buildgraph.errors import BuildError


def allowed(package: Mapping) -> list[str]:
    """Return the entries of package.json's list whose scripts may run, as `npm rebuild` takes them."""
    return [entry for entry, is_allowed in _list(package).items() if is_allowed]


def unlisted(package: Mapping, lock: Mapping) -> list[str]:
    """Return the packages of a lock that have install scripts and that the list does not know, as `name@version`."""
    entries = [_split(entry) for entry in _list(package)]
    found = set()
    for path, described in lock.get("packages", {}).items():
        if path and described.get("hasInstallScript"):
            name, version = path.rpartition("node_modules/")[2], described.get("version", "")
            if not any(
                name == known and (not versions or version in versions) for known, versions in entries
            ):
                found.add(f"{name}@{version}")
    return sorted(found)


def sentence(names: list[str]) -> str:
    """Return what a person is told of packages that are not listed, "" if there are none."""
    if not names:
        return ""
    return (
        f"not run: the install scripts of {', '.join(names)}. To run those of a package, list it in package.json: "
        f'"allowScripts": {{"{names[0].rpartition("@")[0]}": true}}; with false this message goes away.\n'
    )


def _list(package: Mapping) -> Mapping[str, bool]:
    found = package.get("allowScripts", {})
    if not isinstance(found, Mapping) or not all(isinstance(value, bool) for value in found.values()):
        raise BuildError(
            "'allowScripts' is not a table of packages, each true or false",
            "package.json",
            "Correct it there.",
        )
    return found


def _split(entry: str) -> tuple[str, list[str]]:
    """Split `name@1.2.3 || 1.2.4` into name and versions; no version stands for all."""
    name, at, versions = entry[1:].partition("@")
    return entry[0] + name, [part.strip() for part in versions.split("||")] if at and versions != "*" else []
