"""Tables as SQLAlchemy sees them. Migrations in siapp/core/db/migrations make them; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, MetaData, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python on both databases: SQLite keeps no zone and would give naive values back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON(none_as_null=True)}


# Without it SQLite gives a deleted row's number to the next one: whoever still watches or reports on the
# old camera or task would then have the new one.
_NEVER_AGAIN = {"sqlite_autoincrement": True}


class UserRow(Base):
    __tablename__ = "users"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(100))
    username_key: Mapped[str] = mapped_column(String(400), unique=True)
    password_hash: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]


class SessionRow(Base):
    """One sign-in. Its refresh token rotates; an old one that comes back ends the session."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    refresh_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class DeviceRow(Base):
    __tablename__ = "devices"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(400), unique=True)
    url_public: Mapped[str] = mapped_column(Text)
    url_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class AlgorithmRow(Base):
    """`last_version`: the highest number that was ever given: what a deleted version did stays told by its own."""

    __tablename__ = "algorithms"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(400), unique=True)
    active_version: Mapped[int | None]
    last_version: Mapped[int] = mapped_column(server_default="0")
    versions: Mapped[list["VersionRow"]] = relationship(
        order_by="VersionRow.version", cascade="all, delete-orphan", lazy="selectin"
    )


class VersionRow(Base):
    __tablename__ = "algorithm_versions"
    __table_args__ = (UniqueConstraint("algorithm_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    algorithm_id: Mapped[int] = mapped_column(ForeignKey("algorithms.id", ondelete="CASCADE"))
    version: Mapped[int]
    filename: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20))
    error: Mapped[dict[str, Any] | None]
    imported: Mapped[dict[str, Any] | None]
    folder: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    made_from: Mapped[int | None]
    report: Mapped[dict[str, Any] | None]


class TaskRow(Base):
    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("device_id", "algorithm_id"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(400), unique=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    algorithm_id: Mapped[int] = mapped_column(ForeignKey("algorithms.id"), index=True)
    options: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20))
    state_since: Mapped[datetime]
    error: Mapped[dict[str, Any] | None]
    auto_start: Mapped[bool]
    created_at: Mapped[datetime]
    device: Mapped[DeviceRow] = relationship(lazy="joined")
    algorithm: Mapped[AlgorithmRow] = relationship(lazy="joined")


class TaskNameRow(Base):
    """A name that a live task or a test has: one list for both, so that no two of them share one."""

    __tablename__ = "task_names"

    name_key: Mapped[str] = mapped_column(String(400), primary_key=True)


class TestRow(Base):
    """A test of an algorithm on a recorded video. `version`: of the algorithm in the last run; `video_file`: its
    generated name in videos/; `info`: what the probe found in it."""

    __tablename__ = "test_tasks"
    __table_args__ = _NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(400), unique=True)
    algorithm_id: Mapped[int] = mapped_column(ForeignKey("algorithms.id"), index=True)
    version: Mapped[int | None]
    options: Mapped[dict[str, Any]]
    video_name: Mapped[str] = mapped_column(String(255))
    video_file: Mapped[str] = mapped_column(String(64))
    video_size: Mapped[int] = mapped_column(BigInteger)
    info: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20))
    state_since: Mapped[datetime]
    error: Mapped[dict[str, Any] | None]
    progress: Mapped[dict[str, Any] | None]
    created_by: Mapped[str] = mapped_column(String(100), index=True)
    created_at: Mapped[datetime]
    algorithm: Mapped[AlgorithmRow] = relationship(lazy="joined")


class AuditRow(Base):
    """One deed. Written once, never changed: `hash` covers the row and the hash of the row before it."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(100), index=True)
    address: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(40), index=True)
    object_id: Mapped[int | None]
    object_name: Mapped[str | None] = mapped_column(String(255))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    outcome: Mapped[str] = mapped_column(String(20))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The only row: the newest entry's number and hash, and those of the newest one that was cut off for its age.

    Locked by who appends, so that the chain has no forks.
    """

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    cut_seq: Mapped[int]
    cut_hash: Mapped[str] = mapped_column(String(64))


class PreferenceRow(Base):
    """What one person has arranged, under the program's word for it."""

    __tablename__ = "preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[dict[str, Any]]
