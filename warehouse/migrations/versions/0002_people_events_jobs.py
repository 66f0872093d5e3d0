"""Add passwords, events, classifiers, what the search knows, and the queue of jobs

Revises: 0001
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# procrastinate's own schema of that version, frozen here: a later version is a later revision. It lives in a
# schema of its own, which Alembic does not compare.
QUEUE = Path(__file__).parents[1] / "queue" / "procrastinate-3.10.0.sql"
SEARCHED = "to_tsvector('english'::regconfig, ((name || ' '::text) || summary))"
SEARCHED_WORDS = (
    "to_tsvector('english'::regconfig, ((((name || ' '::text) || summary) || ' '::text) || search_words))"
)


def upgrade() -> None:
    """Add the columns, the tables and the queue."""
    op.create_table(
        "classifiers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_deprecated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_classifiers")),
    )
    op.create_table(
        "retired_filenames",
        sa.Column("filename", postgresql.CITEXT(), nullable=False),
        sa.Column("retired", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("filename", name=op.f("pk_retired_filenames")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("username", sa.Text(), server_default="", nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_events_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_kind_created", "events", ["kind", "created"])
    op.create_index(op.f("ix_events_project"), "events", ["project"])
    op.create_index(op.f("ix_events_user_id"), "events", ["user_id"])
    op.add_column("projects", sa.Column("search_words", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "projects", sa.Column("classifiers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.create_index("ix_projects_classifiers", "projects", ["classifiers"], postgresql_using="gin")
    op.add_column("users", sa.Column("password_hash", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("sessions_key", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "users", sa.Column("email_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "users", sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column(
        "users", sa.Column("is_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    _searched_text(SEARCHED_WORDS)
    op.execute("CREATE SCHEMA queue")
    op.execute("SET LOCAL search_path = queue, public")
    op.execute(sa.text(QUEUE.read_text("utf-8").replace(":", "\\:")))  # a colon would name a parameter
    op.execute("SET LOCAL search_path = public, queue")


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP SCHEMA queue CASCADE")
    _searched_text(SEARCHED)
    for column in ("is_admin", "is_active", "email_verified", "sessions_key", "password_hash"):
        op.drop_column("users", column)
    for column in ("classifiers", "search_words"):
        op.drop_column("projects", column)
    for table in ("events", "retired_filenames", "classifiers"):
        op.drop_table(table)


def _searched_text(expression: str) -> None:
    """Compute what is searched in another way; such a column cannot be altered."""
    op.drop_column("projects", "searched_text")
    column = sa.Column(
        "searched_text", postgresql.TSVECTOR(), sa.Computed(expression, persisted=True), nullable=False
    )
    op.add_column("projects", column)
    op.create_index("ix_projects_searched_text", "projects", ["searched_text"], postgresql_using="gin")
