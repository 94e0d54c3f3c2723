"""The highest version number that each algorithm has ever given."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("algorithms", sa.Column("last_version", sa.Integer(), server_default="0", nullable=False))
    algorithms = sa.table("algorithms", sa.column("id", sa.Integer()), sa.column("last_version", sa.Integer()))
    versions = sa.table(
        "algorithm_versions", sa.column("algorithm_id", sa.Integer()), sa.column("version", sa.Integer())
    )
    highest = sa.select(sa.func.coalesce(sa.func.max(versions.c.version), 0))
    of_each = highest.where(versions.c.algorithm_id == algorithms.c.id).scalar_subquery()
    op.execute(algorithms.update().values(last_version=of_each))


def downgrade() -> None:
    op.drop_column("algorithms", "last_version")
