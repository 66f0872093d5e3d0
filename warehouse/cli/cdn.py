"""`python -m warehouse purge`."""

import os

from packaging.utils import canonicalize_name

from warehouse import cdn
from warehouse.cli.session import open_session
from warehouse.settings import from_environment


def purge(addresses: list[str], project: bool) -> None:
    """Have the CDN forget addresses, or all that it keeps of projects."""
    settings = from_environment(os.environ)
    if project:
        with open_session(settings) as session:
            addresses = [
                path for name in addresses for path in cdn.project_paths(session, canonicalize_name(name))
            ]
    cdn.purge(settings, addresses)
    print(f"Purged {len(addresses)} addresses.")
