"""Queries about people and their sessions. Each function is one transaction's work on the session it is given."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db import audit, records
from siapp.core.db.tables import SessionRow, UserRow
from siapp.core.db.unique import find, flush_named, name_taken
from siapp.core.domain import AccountStatus, Action, Actor, Deed, Role, SignIns, User
from siapp.core.errors import Conflict, NotFound, TooMany
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_KEY, name_key
from siapp.core.page import Page

MOST_PENDING = 1000
MOST_SESSIONS = 200  # of one account


@dataclass(frozen=True, slots=True)
class Credentials:
    user: User
    password_hash: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of a refresh token: `user` where it was good, `revoked` where its reuse ended that one's session."""

    user: User | None = None
    revoked: User | None = None


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


def insert_request(session: Session, name: str, password_hash: str) -> User:
    """An account that waits for review. Raises TooMany where too many wait already."""
    pending = select(func.count()).select_from(UserRow).where(UserRow.status == AccountStatus.PENDING.value)
    if (session.scalar(pending) or 0) >= MOST_PENDING:
        raise TooMany(
            "too_many_pending",
            _("Too many requests wait for review. Please ask an administrator, and try again later."),
            retry_after_s=3600,
        )
    return insert_user(session, name, password_hash, Role.VIEWER, AccountStatus.PENDING)


def insert_first_admin(session: Session, name: str, password_hash: str) -> User:
    if session.get_bind().dialect.name == "postgresql":
        # There is no row yet that two callers could wait for. SQLite has one writer anyway.
        session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
    if count_admins(session):
        raise Conflict("admin_exists", _("There is an administrator already. Please sign in."))
    return insert_user(session, name, password_hash, Role.ADMIN, AccountStatus.APPROVED)


def get_user(session: Session, user_id: int) -> User:
    return records.user(_get(session, user_id))


def find_user(session: Session, username: str) -> User:
    row = _find(session, username)
    if row is None:
        raise _no_such_user()
    return records.user(row)


def page_of_users(session: Session, status: AccountStatus | None, limit: int, offset: int) -> Page[User]:
    query = select(UserRow)
    if status is not None:
        query = query.where(UserRow.status == status.value)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(UserRow.id).limit(limit).offset(offset))
    return Page(tuple(records.user(row) for row in rows), total)


def set_status(session: Session, actor: Actor, user_id: int, status: AccountStatus) -> User:
    row = _to_change(session, user_id, keeps_admin=status is AccountStatus.APPROVED)
    if status is not AccountStatus.APPROVED:
        _revoke(session, SessionRow.user_id == user_id)
    before, row.status = row.status, status.value
    deed = Deed(Action.USER_STATUS, user_id, row.username, {"status": before}, {"status": row.status})
    audit.append(session, actor, deed)
    return records.user(row)


def approve(session: Session, actor: Actor, user_id: int, role: Role) -> User:
    """Let somebody in, as `role`: one deed."""
    row = _to_change(session, user_id, keeps_admin=role is Role.ADMIN)
    before = {"status": row.status, "role": row.role}
    row.status, row.role = AccountStatus.APPROVED.value, role.value
    after = {"status": row.status, "role": row.role}
    audit.append(session, actor, Deed(Action.USER_STATUS, user_id, row.username, before, after))
    return records.user(row)


def sign_ins(session: Session) -> dict[int, SignIns]:
    """By account. An account's ended sessions stay until its next sign-in, so the newest one is the last sign-in."""
    alive = and_(SessionRow.revoked_at.is_(None), SessionRow.expires_at > now())
    count = func.count(case((alive, SessionRow.id)))
    query = select(SessionRow.user_id, count, func.max(SessionRow.created_at)).group_by(SessionRow.user_id)
    return {user_id: SignIns(open_now, last) for user_id, open_now, last in session.execute(query)}


def set_role(session: Session, actor: Actor, user_id: int, role: Role) -> User:
    row = _to_change(session, user_id, keeps_admin=role is Role.ADMIN)
    before, row.role = row.role, role.value
    audit.append(session, actor, Deed(Action.USER_ROLE, user_id, row.username, {"role": before}, {"role": row.role}))
    return records.user(row)


def set_password(session: Session, actor: Actor, user_id: int, password_hash: str, kept: str | None) -> tuple[str, ...]:
    """Ends all sessions of the account but the `kept` one; the answer names those that were ended."""
    row = _get(session, user_id, lock=True)
    row.password_hash = password_hash
    others = (SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.id != (kept or ""))
    ended = tuple(session.scalars(select(SessionRow.id).where(*others)))
    _revoke(session, and_(*others))
    audit.append(
        session, actor, Deed(Action.USER_PASSWORD, user_id, row.username, after={"sessions_ended": len(ended)})
    )
    return ended


def delete_user(session: Session, actor: Actor, user_id: int) -> None:
    """Sessions go too."""
    row = _to_change(session, user_id, keeps_admin=False)
    before = {"role": row.role, "status": row.status}
    session.delete(row)
    audit.append(session, actor, Deed(Action.USER_DELETE, user_id, row.username, before))


def insert_session(
    session: Session, known: Credentials, session_id: str, refresh_hash: str, expires: datetime, address: str
) -> User | None:
    """The account as it is now: it may have been rejected, given another password (None) or deleted (None) while the
    password was being compared.

    Only an approved one gets the session. The account's ended sessions are cleared away, and its oldest ones where
    there are too many.
    """
    user_id = known.user.id
    row = find(session, UserRow, user_id, lock=True)
    if row is None or row.password_hash != known.password_hash:
        return None
    user = records.user(row)
    if user.status is not AccountStatus.APPROVED:
        return user
    _clear_sessions(session, user_id)
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
    audit.append(session, _as_actor(user, address), Deed(Action.USER_SIGN_IN, user.id, user.username))
    return user


def rotate_session(session: Session, session_id: str, shown_hash: str, fresh_hash: str, address: str) -> Rotation:
    """Exchange the refresh token once; an older one that comes again revokes the session. What this session was
    never given is not asked about here."""
    row = session.get(SessionRow, session_id, with_for_update={"of": SessionRow})
    if row is None or not _alive(row):
        return Rotation()
    if not secrets.compare_digest(row.refresh_hash, shown_hash):
        row.revoked_at = now()
        user = get_user(session, row.user_id)
        # By whom is not known: the thief comes second, or first.
        deed = Deed(Action.SESSION_REVOKE, user.id, user.username, after={"reason": "refresh_token_reused"})
        audit.append(session, Actor(0, user.username, user.role, address), deed)
        return Rotation(revoked=user)
    row.refresh_hash = fresh_hash
    return Rotation(user=get_user(session, row.user_id))


def session_user(session: Session, session_id: str, user_id: int) -> User | None:
    """The owner of a session that is still good."""
    row = session.get(SessionRow, session_id)
    if row is None or not _alive(row) or row.user_id != user_id:
        return None
    return get_user(session, user_id)


def revoke_session(session: Session, actor: Actor, session_id: str) -> None:
    _revoke(session, SessionRow.id == session_id)
    audit.append(session, actor, Deed(Action.USER_SIGN_OUT, actor.user_id, actor.username))


def _alive(row: SessionRow) -> bool:
    return row.revoked_at is None and row.expires_at > now()


def _find(session: Session, username: str) -> UserRow | None:
    # What can't be a name is nobody's: PostgreSQL takes neither NUL nor half characters in a text.
    key = name_key(username.strip()) if len(username) <= LONGEST_KEY and username.strip().isprintable() else ""
    return session.scalar(select(UserRow).where(UserRow.username_key == key))


def _get(session: Session, user_id: int, *, lock: bool = False) -> UserRow:
    row = find(session, UserRow, user_id, lock=lock)
    if row is None:
        raise _no_such_user()
    return row


def _no_such_user() -> NotFound:
    return NotFound("user_not_found", _("There is no such user."))


def _to_change(session: Session, user_id: int, *, keeps_admin: bool) -> UserRow:
    """The row, locked. Raises Conflict for the last administrator, unless that one stays one (`keeps_admin`)."""
    # All administrators' rows, in one order: two who dismiss each other must not both succeed.
    session.scalars(select(UserRow).where(*_APPROVED_ADMINS).order_by(UserRow.id).with_for_update()).all()
    row = _get(session, user_id, lock=True)
    if not keeps_admin:
        _keep_an_admin(session, row)
    return row


def _clear_sessions(session: Session, user_id: int) -> None:
    """Those that have ended, and the oldest ones beyond what an account may have."""
    mine = SessionRow.user_id == user_id
    ended = or_(SessionRow.expires_at < now(), SessionRow.revoked_at.is_not(None))
    session.execute(delete(SessionRow).where(mine, ended))
    newest_first = select(SessionRow.id).where(mine).order_by(SessionRow.created_at.desc(), SessionRow.id)
    too_many = session.scalars(newest_first.offset(MOST_SESSIONS - 1)).all()
    session.execute(delete(SessionRow).where(SessionRow.id.in_(too_many)))


def _as_actor(user: User, address: str) -> Actor:
    return Actor(user.id, user.username, user.role, address)


def _keep_an_admin(session: Session, row: UserRow) -> None:
    is_admin = row.role == Role.ADMIN.value and row.status == AccountStatus.APPROVED.value
    if is_admin and count_admins(session) == 1:
        raise Conflict("last_admin", _("This is the last administrator. Appoint another one first."))


def _revoke(session: Session, whose: ColumnElement[bool]) -> None:
    session.execute(update(SessionRow).where(whose, SessionRow.revoked_at.is_(None)).values(revoked_at=now()))
