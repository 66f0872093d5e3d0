"""Compare names by what they mean: of files, of look-alikes, of what was deleted

Revises: 0004
"""

from contextlib import suppress

import sqlalchemy as sa
from alembic import op
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)
from sqlalchemy.dialects import postgresql

from warehouse.projects.identities import identity_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LOOKALIKE = (
    "translate(lower(regexp_replace(name, '[-_.]+'::text, ''::text, 'g'::text)), 'lio'::text, '110'::text)"
)
NOW = sa.text("now()")
OLD = (
    "INSERT INTO retired (name, canonical_version) VALUES (:name, :version) ON CONFLICT DO NOTHING",
    "INSERT INTO retired (name, canonical_version) SELECT DISTINCT name, '' FROM retired"
    " WHERE name NOT IN (SELECT normalized_name FROM projects)",
)


def upgrade() -> None:
    """Add the columns and the table, and fill them from what is there."""
    lookalike = sa.Column("lookalike_name", sa.Text(), sa.Computed(LOOKALIKE, persisted=True), nullable=False)
    op.add_column("projects", lookalike)
    op.create_index(op.f("ix_projects_lookalike_name"), "projects", ["lookalike_name"])
    op.add_column("files", sa.Column("identity", sa.Text(), nullable=True))
    op.create_table(
        "retired",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("canonical_version", sa.Text(), nullable=False),
        sa.Column("retired", sa.TIMESTAMP(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("name", "canonical_version", name=op.f("pk_retired")),
    )
    if not op.get_context().as_sql:
        _fill(op.get_bind())
    op.alter_column("files", "identity", nullable=False)
    op.create_unique_constraint(op.f("uq_files_identity"), "files", ["identity"])
    op.drop_table("retired_filenames")


def downgrade() -> None:
    """Take them away; which files were deleted is forgotten."""
    op.create_table(
        "retired_filenames",
        sa.Column("filename", postgresql.CITEXT(), nullable=False),
        sa.Column("retired", sa.TIMESTAMP(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("filename", name=op.f("pk_retired_filenames")),
    )
    op.drop_table("retired")
    op.drop_column("files", "identity")  # and what is on it
    op.drop_column("projects", "lookalike_name")


def _fill(connection: sa.Connection) -> None:
    """Give files their identity, the first of several its own; retire versions, and names that are gone."""
    met: set[str] = set()
    for number, filename in connection.execute(sa.text("SELECT id, filename FROM files ORDER BY id")).all():
        identity = identity_of(filename)
        identity = filename if identity in met else identity
        met.add(identity)
        changed = sa.text("UPDATE files SET identity = :identity WHERE id = :id")
        connection.execute(changed, {"identity": identity, "id": number})
    for filename in connection.scalars(sa.text("SELECT filename FROM retired_filenames")).all():
        with suppress(InvalidSdistFilename, InvalidWheelFilename):
            parse = parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename
            name, version, *_ = parse(filename)
            connection.execute(sa.text(OLD[0]), {"name": name, "version": canonicalize_version(version)})
    connection.execute(sa.text(OLD[1]))
