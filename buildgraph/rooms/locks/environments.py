"""Environments: the platforms and Pythons for which a lock must be complete, as PEP 508 marker values.

A set of environments is an integer, one bit each, so that the closure unites and intersects them cheaply.
"""

from functools import lru_cache

from packaging.markers import Marker

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
# A marker may name a patch release (`python_full_version < "3.11.3"`): both ends of a minor version are asked.
PATCHES = ("0", "99")


class Environments:
    """Evaluate markers for every declared environment at once."""

    def __init__(self, pythons: tuple[str, ...]) -> None:
        self.pythons = pythons
        self.cells = tuple((python, platform) for python in pythons for platform in PLATFORMS)
        self.everywhere = (1 << len(self.cells)) - 1
        self.where = lru_cache(maxsize=None)(self._where)

    def _where(self, marker: str, extra: str) -> int:
        """Return the set of environments in which a marker is true for an extra ("" for none)."""
        parsed = Marker(marker)
        found = 0
        for bit, (python, platform) in enumerate(self.cells):
            if any(parsed.evaluate(_values(python, patch, platform, extra)) for patch in PATCHES):
                found |= 1 << bit
        return found

    def marker(self, chosen: int) -> str:
        """Return the shortest marker text that is true in exactly these environments, "" for all of them."""
        if chosen == self.everywhere:
            return ""
        by_versions: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for platform in PLATFORMS:
            versions = tuple(
                python
                for bit, (python, where) in enumerate(self.cells)
                if where == platform and chosen >> bit & 1
            )
            if versions:
                by_versions.setdefault(versions, []).append(platform)
        terms = [
            _both(_platforms_marker(platforms), self._pythons_marker(versions))
            for versions, platforms in by_versions.items()
        ]
        return terms[0] if len(terms) == 1 else " or ".join(f"({term})" for term in terms)

    def _pythons_marker(self, versions: tuple[str, ...]) -> str:
        if versions == self.pythons:
            return ""
        if versions == self.pythons[: len(versions)]:
            return f'python_version < "{self.pythons[len(versions)]}"'
        if versions == self.pythons[-len(versions) :]:
            return f'python_version >= "{versions[0]}"'
        return _either([f'python_version == "{version}"' for version in versions])


def _values(python: str, patch: str, platform: tuple[str, ...], extra: str) -> dict[str, str]:
    sys_platform, os_name, system, machine = platform
    full = f"{python}.{patch}"
    return {
        "python_version": python,
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


def _platforms_marker(platforms: list[tuple[str, ...]]) -> str:
    if len(platforms) == len(PLATFORMS):
        return ""
    terms = []
    for name in dict.fromkeys(platform[0] for platform in platforms):
        machines = [platform[3] for platform in platforms if platform[0] == name]
        whole = f'sys_platform == "{name}"'
        if len(machines) == sum(platform[0] == name for platform in PLATFORMS):
            terms.append(whole)
        else:
            terms.extend(f'{whole} and platform_machine == "{machine}"' for machine in machines)
    return _either(terms)


def _both(left: str, right: str) -> str:
    if not left or not right:
        return left or right
    return " and ".join(f"({term})" if " or " in term else term for term in (left, right))


def _either(terms: list[str]) -> str:
    return " or ".join(f"({term})" if " and " in term and len(terms) > 1 else term for term in terms)
