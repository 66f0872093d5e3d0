"""Add counts of downloads, and how far logs have been read

Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables that the service linehaul fills."""
    op.create_table(
        "download_counts",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("installer", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name=op.f("fk_download_counts_file_id_files"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "day", "installer", name=op.f("pk_download_counts")),
    )
    op.create_table(
        "download_sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_download_sources")),
    )


def downgrade() -> None:
    """Remove them, with what was counted."""
    op.drop_table("download_sources")
    op.drop_table("download_counts")
