"""Queries about what people have arranged for themselves."""

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from siapp.core.db.tables import PreferenceRow, UserRow
from siapp.core.db.unique import find
from siapp.core.errors import TooLarge
from siapp.core.i18n import _

MOST: Final = 64  # documents of one person


def load(session: Session, user_id: int, key: str) -> dict[str, Any] | None:
    row = session.get(PreferenceRow, (user_id, key))
    return row.document if row is not None and isinstance(row.document, dict) else None


def save(session: Session, user_id: int, key: str, document: dict[str, Any]) -> None:
    """In place of what was there. Nothing is kept for somebody who has no account (any more)."""
    if find(session, UserRow, user_id, lock=True) is None:
        return
    row = session.get(PreferenceRow, (user_id, key))
    if row is not None:
        row.document = document
        return
    _refuse_too_many(session, user_id)
    session.add(PreferenceRow(user_id=user_id, key=key, document=document))


def _refuse_too_many(session: Session, user_id: int) -> None:
    held = session.scalar(select(func.count()).select_from(PreferenceRow).where(PreferenceRow.user_id == user_id)) or 0
    if held >= MOST:
        raise TooLarge(
            "too_many_preferences", _("Too much is remembered for you already; {limit} things at most."), limit=MOST
        )
