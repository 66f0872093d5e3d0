"""Address: which database the environment names, and at which revision it is."""

import os
import re

DRIVER = re.compile(r"postgres(?:ql)?(?:\+\w+)?:")


def libpq(url: str) -> str:
    """Return an address as libpq reads it: SQLAlchemy's names its driver."""
    return DRIVER.sub("postgresql:", url, count=1)


def current(variable: str) -> str:
    """Return the revision that the database is at, "" for an empty one."""
    import psycopg

    with psycopg.connect(libpq(os.environ[variable])) as connection:
        if connection.execute("select to_regclass('alembic_version')").fetchone() == (None,):
            return ""
        row = connection.execute("select version_num from alembic_version").fetchone()
        return str(row[0]) if row else ""
