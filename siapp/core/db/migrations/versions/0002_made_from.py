"""Versions that are made from another one, with what that changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("algorithm_versions", sa.Column("made_from", sa.Integer(), nullable=True))
    op.add_column("algorithm_versions", sa.Column("report", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("algorithm_versions", "report")
    op.drop_column("algorithm_versions", "made_from")
