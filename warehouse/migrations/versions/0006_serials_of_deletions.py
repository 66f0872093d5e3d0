"""Give deletions serials, and find changes by them

Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the indexes."""
    drawn = sa.text("nextval('project_serial')")
    op.add_column("retired", sa.Column("serial", sa.BigInteger(), server_default=drawn, nullable=False))
    for table in ("projects", "retired"):
        op.create_index(op.f(f"ix_{table}_serial"), table, ["serial"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index(op.f("ix_projects_serial"), "projects")
    op.drop_column("retired", "serial")  # and its index
