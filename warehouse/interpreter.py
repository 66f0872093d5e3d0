"""The Python that serves: one with a known hole in what reads strangers' bytes is refused in production.

Archives are read in quarantine, where a hole costs a second of a process and nobody else's answer; whoever trusts that can
say so in WAREHOUSE_PYTHON, as where a distribution's Python cannot be replaced.
"""

import sys
import tarfile

from warehouse.errors import WarehouseError
from warehouse.settings import Settings

# CVE-2024-6232, tarfile reads headers in quadratic time: the first releases without it, by the advisory of 3 September 2024
# (https://mail.python.org/archives/list/security-announce@python.org/). Distributions mend older ones: those have the name.
MENDED = {(3, 11): (3, 11, 10), (3, 12): (3, 12, 6)}
MARK = "_header_length_prefix_re"
HOLE = "Python {} reads tar archives in quadratic time (CVE-2024-6232)"


def check_python(settings: Settings) -> str:
    """Return what an operator should know of this Python; refuse a known hole in production, unless it is accepted."""
    version = sys.version_info[:3]
    if version >= MENDED.get(version[:2], (0,)) or hasattr(tarfile, MARK):
        return ""
    said = HOLE.format(".".join(map(str, version)))
    if not settings.is_development and not settings.accepts_holes:
        hint = "Use a newer one, or trust the quarantine: WAREHOUSE_PYTHON=accept-known-holes."
        raise WarehouseError(said, hint)
    return f"{said}; production refuses it"
