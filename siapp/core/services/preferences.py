"""What each person has arranged for themselves: small JSON documents by key, which go with the account."""

import json
import re
from typing import Any, Final

from siapp.core.db import preferences
from siapp.core.db.engine import Database
from siapp.core.domain import Actor, Role
from siapp.core.errors import InvalidInput, TooLarge
from siapp.core.i18n import _
from siapp.core.services.access import require

LARGEST_BYTES: Final = 64 * 1024
_KEY = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


class PreferenceService:
    """Everybody's own, and nobody else's. A key is a program's word, such as "wall", never a person's text."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load(self, actor: Actor, key: str) -> dict[str, Any] | None:
        """The document as it was saved last; None where there is none."""
        require(actor, Role.VIEWER)
        key = _checked(key)
        return await self._db.read(lambda s: preferences.load(s, actor.user_id, key))

    async def save(self, actor: Actor, key: str, document: dict[str, Any]) -> None:
        """In place of the document before. Raises InvalidInput for what is no JSON, TooLarge beyond 64 kB of it."""
        require(actor, Role.VIEWER)
        key = _checked(key)
        _check_size(document)
        await self._db.write(lambda s: preferences.save(s, actor.user_id, key, document))


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise InvalidInput("bad_key", _("What is remembered needs a short name in small letters."), field="key")
    return key


def _check_size(document: dict[str, Any]) -> None:
    try:
        size = len(json.dumps(document, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput("not_json", _("This can't be remembered as it is."), field="document") from error
    if size > LARGEST_BYTES:
        raise TooLarge(
            "document_too_large",
            _("This is too much to remember; {limit} kB at most."),
            limit=LARGEST_BYTES // 1024,
        )
