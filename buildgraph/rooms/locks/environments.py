"""Environments: the platforms and Pythons for which a lock must be complete, as PEP 508 marker values.

A set of environments is an integer, one bit each, so that the closure unites and intersects them cheaply. A Python is
named by the release at which it begins: a minor version (`3.11`), or the patch release at which some marker begins to say
something else (`3.11.3`), which makes two of one minor version.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from packaging.markers import Marker

from buildgraph.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Locks

# sys_platform, os_name, platform_system, platform_machine: the machines that wheels are commonly built for.
PLATFORMS = (
    ("linux", "posix", "Linux", "x86_64"),
    ("linux", "posix", "Linux", "aarch64"),
    ("darwin", "posix", "Darwin", "arm64"),
    ("darwin", "posix", "Darwin", "x86_64"),
    ("win32", "nt", "Windows", "AMD64"),
)
# Tags of the wheels that these machines take (platform compatibility tags of the packaging specifications).
WHEELS = (
    *("manylinux_2_28_x86_64", "manylinux2014_x86_64", "manylinux_2_28_aarch64", "manylinux2014_aarch64"),
    *("macosx_14_0_arm64", "macosx_14_0_x86_64", "win_amd64"),
)
LAST = "99"  # the patch release that stands for the last of a minor version
FULL = re.compile(r"python_full_version|implementation_version")
RELEASE = re.compile(r"[\"'](\d+\.\d+)\.(\d+)")  # as a marker writes it


class Environments:
    """Evaluate markers for every declared environment at once; `lines` are all requirements that may be asked about."""

    def __init__(
        self,
        pythons: tuple[str, ...],
        lines: Iterable[str] = (),
        platforms: tuple[tuple[str, ...], ...] = PLATFORMS,
    ) -> None:
        self.pythons = _beginnings(pythons, lines)
        self.platforms = platforms
        self.cells = tuple((python, platform) for python in self.pythons for platform in platforms)
        self.everywhere = (1 << len(self.cells)) - 1
        self.where = lru_cache(maxsize=None)(self._where)

    def _where(self, marker: str, extra: str) -> int:
        """Return the set of environments in which a marker is true for an extra ("" for none)."""
        parsed = Marker(marker)
        found = 0
        for bit, (python, platform) in enumerate(self.cells):
            if any(parsed.evaluate(_values(full, platform, extra)) for full in self.ends(python)):
                found |= 1 << bit
        return found

    def ends(self, python: str) -> tuple[str, str]:
        """Return the first and the last release of a Python."""
        minor, first = _split(python)
        after = [patch for other, patch in map(_split, self.pythons) if other == minor and patch > first]
        return f"{minor}.{first}", f"{minor}.{after[0] - 1 if after else LAST}"

    def releases(self, chosen: int) -> tuple[str, ...]:
        """Return the first release of each Python of these environments, the oldest first."""
        found = (python for bit, (python, _) in enumerate(self.cells) if chosen >> bit & 1)
        return tuple(dict.fromkeys(self.ends(python)[0] for python in found))

    def of(self, platforms: Iterable[tuple[str, ...]]) -> int:
        """Return the environments of these platforms."""
        chosen = set(platforms)
        return sum(1 << bit for bit, (_, where) in enumerate(self.cells) if where in chosen)

    def marker(self, chosen: int) -> str:
        """Return the shortest marker text that is true in exactly these environments, "" for all of them."""
        if chosen == self.everywhere:
            return ""
        by_versions: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for platform in self.platforms:
            versions = tuple(
                python
                for bit, (python, where) in enumerate(self.cells)
                if where == platform and chosen >> bit & 1
            )
            if versions:
                by_versions.setdefault(versions, []).append(platform)
        terms = [
            _both(self._platforms_marker(platforms), self._pythons_marker(versions))
            for versions, platforms in by_versions.items()
        ]
        return terms[0] if len(terms) == 1 else " or ".join(f"({term})" for term in terms)

    def _platforms_marker(self, platforms: list[tuple[str, ...]]) -> str:
        """Return what is true for these platforms, of those that the lock serves."""
        if len(platforms) == len(self.platforms):
            return ""
        terms = []
        for name in dict.fromkeys(platform[0] for platform in platforms):
            machines = [platform[3] for platform in platforms if platform[0] == name]
            whole = f'sys_platform == "{name}"'
            if len(machines) == sum(platform[0] == name for platform in self.platforms):
                terms.append(whole)
            else:
                terms.extend(f'{whole} and platform_machine == "{machine}"' for machine in machines)
        return _either(terms)

    def _pythons_marker(self, versions: tuple[str, ...]) -> str:
        """Return what is true for these Pythons: a term for each run of neighbours."""
        runs: list[list[int]] = []
        for place in map(self.pythons.index, versions):
            if runs and runs[-1][-1] == place - 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        return _either([self._run_marker(run[0], run[-1] + 1) for run in runs])

    def _run_marker(self, first: int, end: int) -> str:
        has_end = end < len(self.pythons)
        limits = [python for python in (self.pythons[first], self.pythons[end] if has_end else "") if python]
        minors = {_split(version)[0] for version in self.pythons[first:end]}
        if first and has_end and len(minors) == 1 and all(map(_is_minor, limits)):
            return f'python_version == "{limits[0]}"'
        above = _compared(">=", limits[0]) if first else ""
        return _both(above, _compared("<", limits[-1]) if has_end else "")


def declared(locks: "Locks", lines: Iterable[str]) -> Environments:
    """Return the environments that a lock serves; raise BuildError for a platform that nobody knows."""
    known = {name: each for each in PLATFORMS for name in (each[0], f"{each[0]} {each[3]}")}
    for name in locks.platforms:
        if name not in known:
            raise BuildError(
                f"'{name}' is not a platform that a lock knows",
                locks.folder,
                f"Name some of: {', '.join(known)}.",
            )
    chosen = tuple(each for each in PLATFORMS if {each[0], f"{each[0]} {each[3]}"} & {*locks.platforms})
    return Environments(locks.pythons, lines, chosen or PLATFORMS)


def _beginnings(pythons: tuple[str, ...], lines: Iterable[str]) -> tuple[str, ...]:
    """Return the minor versions, and the patch releases of them at which a marker of these lines may change."""
    found = {(minor, 0) for minor in pythons}
    for line in lines:
        for minor, patch in RELEASE.findall(line) if FULL.search(line) else ():
            if minor in pythons:
                found |= {(minor, int(patch)), (minor, int(patch) + 1)}
    ordered = sorted(found, key=lambda each: (pythons.index(each[0]), each[1]))
    return tuple(f"{minor}.{patch}" if patch else minor for minor, patch in ordered)


def _is_minor(python: str) -> bool:
    return python.count(".") == 1


def _split(python: str) -> tuple[str, int]:
    """Return the minor version and the patch release at which a Python begins."""
    minor, _, patch = (python, "", "0") if _is_minor(python) else python.rpartition(".")
    return minor, int(patch)


def _compared(operator: str, python: str) -> str:
    return f'{"python_version" if _is_minor(python) else "python_full_version"} {operator} "{python}"'


def _values(full: str, platform: tuple[str, ...], extra: str) -> dict[str, str]:
    sys_platform, os_name, system, machine = platform
    return {
        "python_version": full.rpartition(".")[0],
        "python_full_version": full,
        "implementation_name": "cpython",
        "implementation_version": full,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "platform_system": system,
        "platform_machine": machine,
        "sys_platform": sys_platform,
        "os_name": os_name,
        "extra": extra,
    }


def _both(left: str, right: str) -> str:
    if not left or not right:
        return left or right
    return " and ".join(f"({term})" if " or " in term else term for term in (left, right))


def _either(terms: list[str]) -> str:
    return " or ".join(f"({term})" if " and " in term and len(terms) > 1 else term for term in terms)
