"""Tests of algorithms on recorded videos, and one list of names for them and the live tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    names = op.create_table(
        "task_names",
        sa.Column("name_key", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("name_key", name="pk_task_names"),
    )
    tasks = sa.table("tasks", sa.column("name_key", sa.String(400)))
    op.execute(names.insert().from_select(["name_key"], sa.select(tasks.c.name_key)))
    op.create_table(
        "test_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(400), nullable=False),
        sa.Column("algorithm_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("video_name", sa.String(255), nullable=False),
        sa.Column("video_file", sa.String(64), nullable=False),
        sa.Column("video_size", sa.BigInteger(), nullable=False),
        sa.Column("info", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["algorithm_id"], ["algorithms.id"], name="fk_test_tasks_algorithm_id_algorithms"),
        sa.PrimaryKeyConstraint("id", name="pk_test_tasks"),
        sa.UniqueConstraint("name_key", name="uq_test_tasks_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_test_tasks_algorithm_id", "test_tasks", ["algorithm_id"])
    op.create_index("ix_test_tasks_created_by", "test_tasks", ["created_by"])


def downgrade() -> None:
    op.drop_table("test_tasks")
    op.drop_table("task_names")
