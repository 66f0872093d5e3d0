"""The application as a server asks for it: made from the environment, over a database that is up to date."""

import os
import warnings
from collections.abc import Callable
from typing import Any

from warehouse.db import check_database, open_engine
from warehouse.settings import from_environment


def application() -> Callable[..., Any]:
    """Return the WSGI application of the environment's settings; a database at another revision is a WarehouseError."""
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")  # pyramid's, and pinned with it
    from warehouse.config import main

    settings = from_environment(os.environ)
    engine = open_engine(settings.database_url)
    check_database(engine)
    engine.dispose()
    return main(settings)
