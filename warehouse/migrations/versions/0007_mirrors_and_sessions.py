"""Add rendered descriptions, faults of metadata, what names mean, serials of deletions, and open sessions

Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0002"
branch_labels = None
depends_on = None

LOOKALIKE = (
    "translate(lower(regexp_replace(name, '[-_.]+'::text, ''::text, 'g'::text)), 'lio'::text, '110'::text)"
)
NOW = sa.text("now()")


def upgrade() -> None:
    """Add them; the next worker renders, and everybody logs in once more.

    Before the first release no index has files to keep: a file of before is known by its name, as it is spelled, and
    what was deleted before is forgotten.
    """
    op.add_column("releases", sa.Column("description_html", sa.Text(), nullable=True))
    op.add_column("releases", sa.Column("rendered_by", sa.Text(), nullable=True))
    texts = postgresql.ARRAY(sa.Text())
    op.add_column("files", sa.Column("metadata_faults", texts, server_default="{}", nullable=False))
    lookalike = sa.Column("lookalike_name", sa.Text(), sa.Computed(LOOKALIKE, persisted=True), nullable=False)
    op.add_column("projects", lookalike)
    op.create_index(op.f("ix_projects_lookalike_name"), "projects", ["lookalike_name"])
    op.add_column("files", sa.Column("identity", sa.Text(), nullable=True))
    op.create_table(
        "retired",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("canonical_version", sa.Text(), nullable=False),
        sa.Column(
            "serial", sa.BigInteger(), server_default=sa.text("nextval('project_serial')"), nullable=False
        ),
        sa.Column("retired", sa.TIMESTAMP(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("name", "canonical_version", name=op.f("pk_retired")),
    )
    op.execute("UPDATE files SET identity = filename")
    op.alter_column("files", "identity", nullable=False)
    op.create_unique_constraint(op.f("uq_files_identity"), "files", ["identity"])
    op.drop_table("retired_filenames")
    for table in ("projects", "retired"):
        op.create_index(op.f(f"ix_{table}_serial"), table, ["serial"])
    op.create_table(
        "sessions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.TIMESTAMP(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.execute("UPDATE users SET email_verified = true WHERE id IN (SELECT user_id FROM tokens)")


def downgrade() -> None:
    """Take them away; which files were deleted is forgotten."""
    op.drop_table("sessions")
    op.create_table(
        "retired_filenames",
        sa.Column("filename", postgresql.CITEXT(), nullable=False),
        sa.Column("retired", sa.TIMESTAMP(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("filename", name=op.f("pk_retired_filenames")),
    )
    op.drop_table("retired")
    op.drop_index(op.f("ix_projects_serial"), "projects")
    columns = {"files": ("identity", "metadata_faults"), "projects": ("lookalike_name",)}
    for table, names in (columns | {"releases": ("rendered_by", "description_html")}).items():
        for name in names:
            op.drop_column(table, name)  # and what is on it
