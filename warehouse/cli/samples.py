"""`python -m warehouse sample-data`."""

import os

from warehouse.cli.session import open_session
from warehouse.files.storage import Storage
from warehouse.samples import services
from warehouse.settings import from_environment


def fill(projects: int) -> None:
    """Add sample projects; those that are there already stay as they are."""
    settings = from_environment(os.environ)
    with open_session(settings) as session:
        added = services.fill(session, Storage(settings.files), projects)
    print(f"Added {added} sample projects.")
