"""The application as a server asks for it: made from the environment, over a database that is up to date."""

import logging
import os
import warnings
from collections.abc import Callable
from typing import Any

from warehouse.db import check_database, missing_columns, open_engine
from warehouse.interpreter import check_python
from warehouse.settings import from_environment

logger = logging.getLogger(__name__)
DIFFER = "models and tables differ: no table has %s. Run 'doit db:revision -m \"what changed\"'."


def application() -> Callable[..., Any]:
    """Return the WSGI application of the environment's settings; a database without tables is a WarehouseError.

    The database is asked last: a development server may start again from a copy of what was done before. In development a
    model that is ahead of its table is told, before a page breaks.
    """
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")  # pyramid's, and pinned with it
    from warehouse.config import main

    settings = from_environment(os.environ)
    check_python(settings)
    made = main(settings)
    engine = open_engine(settings.database_url)
    check_database(engine)
    if settings.is_development and (missing := missing_columns(engine)):
        logger.warning(DIFFER, ", ".join(missing))
    engine.dispose()
    return made
