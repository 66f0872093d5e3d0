"""Tables: a file that changes whenever the database's tables do, for programs that follow files.

It says which database it is and a digest of its columns. Nothing is decided by it: what is at which revision is asked of the database itself. A server of the
application that waits for its tables starts again when another command has made them.
"""

import contextlib

from buildgraph.files import write_text

from .server import Address

COLUMNS = """
select d.oid::text || ' ' || md5(coalesce(string_agg(concat_ws(' ', c.oid, c.relname, a.attname, a.atttypid, a.attnotnull), ',' order by c.oid, a.attnum), ''))
from pg_database d
left join (pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^(pg_|information_schema$)'
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) on c.relkind in ('r', 'p', 'v', 'm')
where d.datname = current_database()
group by d.oid
"""


def note(address: Address, name: str, path: str) -> None:
    """Write which tables a database has; nothing where it cannot be asked, such as after its server has ended."""
    import psycopg

    with contextlib.suppress(psycopg.Error), psycopg.connect(address.url("postgresql", name)) as connection:
        [[tables]] = connection.execute(COLUMNS).fetchall()
        write_text(path, f"{tables}\n")
