"""`siapp user ...`, `siapp audit ...`, `siapp settings ...`: accounts, audit and settings without a station, beside one
that may be running.

Whoever can read the data folder may do all of it; the audit says "siapp", "local".
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from siapp.core.bus import Bus
from siapp.core.db.engine import Database
from siapp.core.db.migrate import migrate
from siapp.core.domain import SYSTEM, AccountStatus, AuditFilter, Role, User, Verdict
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _, terminal_language
from siapp.core.secretkey import secret_key
from siapp.core.services.accounts import AccountService
from siapp.core.services.audit import AuditService
from siapp.core.services.settings import Setting, SettingService
from siapp.core.settings import BAD_SETTING, Settings
from siapp.core.storage import Storage

LISTED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Books:
    accounts: AccountService
    audit: AuditService


@asynccontextmanager
async def books(settings: Settings) -> AsyncIterator[Books]:
    """Accounts and audit of the station with these settings."""
    storage = Storage(settings.data_dir)
    await asyncio.to_thread(storage.root.mkdir, parents=True, exist_ok=True, mode=0o700)
    db = Database(settings.sqlalchemy_url)
    audit = AuditService(db)
    try:
        await db.call(migrate)
        key = await asyncio.to_thread(secret_key, settings)
        minutes = settings.access_token_expire_minutes
        yield Books(AccountService(db, Bus(), audit, key, settings.algorithm, minutes), audit)
    finally:
        await audit.close()
        await db.close()


async def add_user(settings: Settings, name: str, password: str, role: Role) -> User:
    """An approved account."""
    async with books(settings) as station:
        return await station.accounts.add_user(name, password, role)


async def list_users(settings: Settings) -> tuple[User, ...]:
    found: list[User] = []
    async with books(settings) as station:
        while page := (await station.accounts.users(SYSTEM, None, LISTED_AT_ONCE, len(found))).items:
            found += page
    return tuple(found)


async def set_role(settings: Settings, name: str, role: Role) -> User:
    async with books(settings) as station:
        user = await station.accounts.find(name)
        return await station.accounts.set_role(SYSTEM, user.id, role)


async def set_status(settings: Settings, name: str, status: AccountStatus) -> User:
    async with books(settings) as station:
        user = await station.accounts.find(name)
        return await station.accounts.set_status(SYSTEM, user.id, status)


async def set_password(settings: Settings, name: str, password: str) -> User:
    """Every session of the account ends."""
    async with books(settings) as station:
        user = await station.accounts.find(name)
        await station.accounts.reset_password(SYSTEM, user.id, password)
        return user


async def list_settings(settings: Settings) -> tuple[Setting, ...]:
    async with books(settings) as station:
        return await SettingService(settings, station.audit).all(SYSTEM)


async def change_settings(settings: Settings, changes: Mapping[str, str | None]) -> None:
    """From the next start on; None puts the default back. Names may be spelt as in the environment."""
    named = {name.lower().removeprefix("siapp_"): value for name, value in changes.items()}
    async with books(settings) as station:
        try:
            await SettingService(settings, station.audit).change(SYSTEM, named)
        except InvalidInput as error:
            reason = error.text(terminal_language())
            raise InvalidInput("bad_setting", BAD_SETTING, name=error.field or "?", reason=reason) from None


async def verify_audit(settings: Settings) -> Verdict:
    async with books(settings) as station:
        return await station.audit.verify(SYSTEM)


async def export_audit(settings: Settings, path: Path) -> int:
    """All of it as CSV in `path`, which must not be there yet. The answer is the number of entries."""
    lines = -1  # the first has the columns' names
    async with books(settings) as station:
        try:
            file = await asyncio.to_thread(path.open, "x", encoding="utf-8", newline="")
        except OSError as error:
            reason = error.strerror or "?"
            raise InvalidInput(
                "file_unwritable", _("The file “{name}” can't be written: {reason}."), name=path.name, reason=reason
            ) from error
        with file:
            async for piece in await station.audit.export(SYSTEM, AuditFilter()):
                await asyncio.to_thread(file.write, piece)
                lines += piece.count("\r\n")
    return lines
