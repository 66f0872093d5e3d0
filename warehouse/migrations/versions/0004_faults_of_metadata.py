"""Add what is not taken from a file's metadata

Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; `doit manage metadata extract --all` fills it for files of before."""
    kind = postgresql.ARRAY(sa.Text())
    op.add_column("files", sa.Column("metadata_faults", kind, server_default="{}", nullable=False))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("files", "metadata_faults")
