"""Queries about people and their sessions. Each function is one transaction's work on the session it is given."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db import records
from siapp.core.db.tables import SessionRow, UserRow
from siapp.core.db.unique import find, flush_named, name_taken
from siapp.core.domain import AccountStatus, Role, User
from siapp.core.errors import Conflict, NotFound
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_KEY, name_key
from siapp.core.page import Page


@dataclass(frozen=True, slots=True)
class Credentials:
    user: User
    password_hash: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of a refresh token: `user` where it was good, `revoked_user_id` where its reuse ended the session."""

    user: User | None = None
    revoked_user_id: int | None = None


_APPROVED_ADMINS = (UserRow.role == Role.ADMIN.value, UserRow.status == AccountStatus.APPROVED.value)


def count_admins(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(UserRow).where(*_APPROVED_ADMINS)) or 0


def find_credentials(session: Session, username: str) -> Credentials | None:
    row = _find(session, username)
    return Credentials(records.user(row), row.password_hash) if row else None


def insert_user(session: Session, name: str, password_hash: str, role: Role, status: AccountStatus) -> User:
    if _find(session, name) is not None:
        raise name_taken(name)
    row = UserRow(
        username=name,
        username_key=name_key(name),
        password_hash=password_hash,
        role=role.value,
        status=status.value,
        created_at=now(),
    )
    session.add(row)
    flush_named(session, name)
    return records.user(row)


def insert_first_admin(session: Session, name: str, password_hash: str) -> User:
    if session.get_bind().dialect.name == "postgresql":
        # There is no row yet that two callers could wait for. SQLite has one writer anyway.
        session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
    if count_admins(session):
        raise Conflict("admin_exists", _("There is an administrator already. Please sign in."))
    return insert_user(session, name, password_hash, Role.ADMIN, AccountStatus.APPROVED)


def get_user(session: Session, user_id: int) -> User:
    return records.user(_get(session, user_id))


def page_of_users(session: Session, status: AccountStatus | None, limit: int, offset: int) -> Page[User]:
    query = select(UserRow)
    if status is not None:
        query = query.where(UserRow.status == status.value)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(UserRow.id).limit(limit).offset(offset))
    return Page(tuple(records.user(row) for row in rows), total)


def set_status(session: Session, user_id: int, status: AccountStatus) -> User:
    # All administrators' rows, in one order: two who dismiss each other must not both succeed.
    session.scalars(select(UserRow).where(*_APPROVED_ADMINS).order_by(UserRow.id).with_for_update()).all()
    row = _get(session, user_id, lock=True)
    if status is not AccountStatus.APPROVED:
        _keep_an_admin(session, row)
        _revoke(session, SessionRow.user_id == user_id)
    row.status = status.value
    return records.user(row)


def insert_session(session: Session, session_id: str, user_id: int, refresh_hash: str, expires: datetime) -> User:
    """The account as it is now: it may have been rejected while the password was being compared.

    Only an approved one gets the session. The account's expired sessions are cleared away.
    """
    user = records.user(_get(session, user_id, lock=True))
    if user.status is not AccountStatus.APPROVED:
        return user
    session.execute(delete(SessionRow).where(SessionRow.user_id == user_id, SessionRow.expires_at < now()))
    session.add(
        SessionRow(
            id=session_id,
            user_id=user_id,
            refresh_hash=refresh_hash,
            created_at=now(),
            expires_at=expires,
            revoked_at=None,
        )
    )
    return user


def rotate_session(session: Session, session_id: str, shown_hash: str, fresh_hash: str) -> Rotation:
    """Exchange the refresh token once; an older one that comes again revokes the session."""
    row = session.get(SessionRow, session_id, with_for_update={"of": SessionRow})
    if row is None or not _alive(row):
        return Rotation()
    if not secrets.compare_digest(row.refresh_hash, shown_hash):
        row.revoked_at = now()
        return Rotation(revoked_user_id=row.user_id)
    row.refresh_hash = fresh_hash
    return Rotation(user=get_user(session, row.user_id))


def session_user(session: Session, session_id: str, user_id: int) -> User | None:
    """The owner of a session that is still good."""
    row = session.get(SessionRow, session_id)
    if row is None or not _alive(row) or row.user_id != user_id:
        return None
    return get_user(session, user_id)


def revoke_session(session: Session, session_id: str) -> None:
    _revoke(session, SessionRow.id == session_id)


def _alive(row: SessionRow) -> bool:
    return row.revoked_at is None and row.expires_at > now()


def _find(session: Session, username: str) -> UserRow | None:
    # What can't be a name is nobody's: PostgreSQL takes neither NUL nor half characters in a text.
    key = name_key(username.strip()) if len(username) <= LONGEST_KEY and username.strip().isprintable() else ""
    return session.scalar(select(UserRow).where(UserRow.username_key == key))


def _get(session: Session, user_id: int, *, lock: bool = False) -> UserRow:
    row = find(session, UserRow, user_id, lock=lock)
    if row is None:
        raise NotFound("user_not_found", _("There is no such user."))
    return row


def _keep_an_admin(session: Session, row: UserRow) -> None:
    is_admin = row.role == Role.ADMIN.value and row.status == AccountStatus.APPROVED.value
    if is_admin and count_admins(session) == 1:
        raise Conflict("last_admin", _("This is the last administrator. Appoint another one first."))


def _revoke(session: Session, whose: ColumnElement[bool]) -> None:
    session.execute(update(SessionRow).where(whose, SessionRow.revoked_at.is_(None)).values(revoked_at=now()))
