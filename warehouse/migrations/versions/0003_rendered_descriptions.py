"""Add rendered descriptions

Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the next worker renders."""
    op.add_column("releases", sa.Column("description_html", sa.Text(), nullable=True))
    op.add_column("releases", sa.Column("rendered_by", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    for column in ("rendered_by", "description_html"):
        op.drop_column("releases", column)
