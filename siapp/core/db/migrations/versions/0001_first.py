"""People, cameras, algorithms, tasks."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _moment(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _named_table(name: str, *columns: SchemaItem) -> None:
    """A table whose rows have a number, a name, and a key that makes the name unique."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        _text("name", 100),
        _text("name_key", 400),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint("name_key", name=f"uq_{name}_name_key"),
        sqlite_autoincrement=True,
    )


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("username", 100),
        _text("username_key", 400),
        _text("password_hash", 100),
        _text("role", 20),
        _text("status", 20),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username_key", name="uq_users_username_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        _text("id", 32),
        sa.Column("user_id", sa.Integer(), nullable=False),
        _text("refresh_hash", 64),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    _named_table(
        "devices",
        sa.Column("url_public", sa.Text(), nullable=False),
        sa.Column("url_sealed", sa.Text(), nullable=False),
        _moment("created_at"),
    )
    _named_table("algorithms", sa.Column("active_version", sa.Integer(), nullable=True))
    op.create_table(
        "algorithm_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("algorithm_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("filename", 255),
        _text("sha256", 64),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _text("state", 20),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("imported", sa.JSON(), nullable=True),
        _text("folder", 64),
        _text("uploaded_by", 100),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["algorithm_id"],
            ["algorithms.id"],
            name="fk_algorithm_versions_algorithm_id_algorithms",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_algorithm_versions"),
        sa.UniqueConstraint("algorithm_id", "version", name="uq_algorithm_versions_algorithm_id"),
    )
    _named_table(
        "tasks",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("algorithm_id", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        _text("state", 20),
        _moment("state_since"),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("auto_start", sa.Boolean(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_tasks_device_id_devices"),
        sa.ForeignKeyConstraint(["algorithm_id"], ["algorithms.id"], name="fk_tasks_algorithm_id_algorithms"),
        sa.UniqueConstraint("device_id", "algorithm_id", name="uq_tasks_device_id"),
    )
    op.create_index("ix_tasks_algorithm_id", "tasks", ["algorithm_id"])


def downgrade() -> None:
    for table in ("tasks", "algorithm_versions", "algorithms", "devices", "sessions", "users"):
        op.drop_table(table)
