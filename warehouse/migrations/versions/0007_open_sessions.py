"""Know which sessions are open

Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; everybody logs in once more. Who has a token may upload as before."""
    created = sa.Column(
        "created", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
    )
    op.create_table(
        "sessions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        created,
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.execute("UPDATE users SET email_verified = true WHERE id IN (SELECT user_id FROM tokens)")


def downgrade() -> None:
    """Take it away."""
    op.drop_table("sessions")
