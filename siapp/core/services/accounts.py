"""People: registration with review, sign-in, sessions, roles. There is no default account."""

import asyncio
import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

import bcrypt
import jwt

from siapp.core.bus import Bus
from siapp.core.clock import now
from siapp.core.db import accounts
from siapp.core.db.engine import Database
from siapp.core.domain import AccountStatus, Actor, Role, User
from siapp.core.errors import Forbidden, InvalidInput, NotSignedIn
from siapp.core.events import SessionEnded, UserChanged
from siapp.core.i18n import _
from siapp.core.naming import clean_name, name_key
from siapp.core.page import Page
from siapp.core.services.access import require

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
SESSION_DAYS = 14
HASH_ROUNDS = 12
HASHES_AT_ONCE = 2
_SESSION_ID = re.compile("[0-9a-f]{32}")
_COMMON = frozenset({"password", "12345678", "123456789", "1234567890", "qwertyuiop", "password1", "iloveyou"})


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a successful sign-in gives. `expires_in`: seconds the access token is good for."""

    user: User
    session_id: str
    access_token: str
    expires_in: int
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who stands behind an access token right now, by the database and not by the token."""

    user: User
    session_id: str

    def actor(self, address: str) -> Actor:
        return Actor(self.user.id, self.user.username, self.user.role, address)


class AccountService:
    """One method for each thing a person can intend with accounts."""

    def __init__(self, db: Database, bus: Bus, secret_key: str, algorithm: str, token_minutes: int) -> None:
        self._db = db
        self._bus = bus
        self._key = secret_key
        self._algorithm = algorithm
        self._lifetime = timedelta(minutes=token_minutes)
        # Compared when the name is unknown, so that the answer takes as long as for a known one.
        self._nobody = ""
        # A flood of tries must not take all file threads, nor both processors.
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)

    async def needs_first_admin(self) -> bool:
        """Whether nobody can administer this station yet."""
        return await self._db.read(accounts.count_admins) == 0

    async def create_first_admin(self, username: str, password: str) -> User:
        """The administrator of the first start. Raises Conflict where there is one already."""
        name, hashed = await self._checked(username, password)
        return self._announced(await self._db.write(lambda s: accounts.insert_first_admin(s, name, hashed)))

    async def register(self, username: str, password: str) -> User:
        """A request for an account: a viewer that an administrator must approve."""
        return await self._insert(username, password, Role.VIEWER, AccountStatus.PENDING)

    async def add_user(self, username: str, password: str, role: Role) -> User:
        """An approved account, from the command line of this machine."""
        return await self._insert(username, password, role, AccountStatus.APPROVED)

    async def sign_in(self, username: str, password: str) -> SignIn:
        """Raises NotSignedIn for a wrong name or password, Forbidden for an account that may not sign in."""
        known = await self._db.read(lambda s: accounts.find_credentials(s, username))
        async with self._hashing:
            matches = await asyncio.to_thread(self._matches, password, known.password_hash if known else None)
        if known is None or not matches:
            raise NotSignedIn("invalid_credentials", _("The user name or the password is wrong."))
        _refuse_unless_approved(known.user)
        session_id, refresh = secrets.token_hex(16), secrets.token_urlsafe(32)
        expires = now() + timedelta(days=SESSION_DAYS)
        digest = _digest(refresh)
        user = await self._db.write(lambda s: accounts.insert_session(s, session_id, known.user.id, digest, expires))
        _refuse_unless_approved(user)
        return self._signed_in(user, session_id, refresh)

    async def refresh(self, refresh_token: str) -> SignIn:
        """A new pair for a refresh token. One that was used before ends its session, for both who hold it."""
        session_id, _dot, shown = refresh_token.partition(".")
        if not _SESSION_ID.fullmatch(session_id):
            raise _session_ended()
        fresh = secrets.token_urlsafe(32)
        outcome = await self._db.write(lambda s: accounts.rotate_session(s, session_id, _digest(shown), _digest(fresh)))
        if outcome.user is None:
            if outcome.revoked_user_id is not None:
                self._bus.publish(SessionEnded(outcome.revoked_user_id, session_id))
            raise _session_ended()
        _refuse_unless_approved(outcome.user)
        return self._signed_in(outcome.user, session_id, fresh)

    async def sign_out(self, identity: Identity) -> None:
        """End this session everywhere, open WebSockets included."""
        await self._db.write(lambda s: accounts.revoke_session(s, identity.session_id))
        self._bus.publish(SessionEnded(identity.user.id, identity.session_id))

    async def identify(self, access_token: str) -> Identity:
        """Who an access token stands for. Role and status come from the database, never from the token."""
        user_id, session_id = self._decoded(access_token)
        user = await self._db.read(lambda s: accounts.session_user(s, session_id, user_id))
        if user is None or user.status is not AccountStatus.APPROVED:
            raise _session_ended()
        return Identity(user, session_id)

    async def user(self, user_id: int) -> User:
        """Raises NotFound."""
        return await self._db.read(lambda s: accounts.get_user(s, user_id))

    async def users(
        self, actor: Actor, status: AccountStatus | None = None, limit: int = 100, offset: int = 0
    ) -> Page[User]:
        require(actor, Role.ADMIN)
        return await self._db.read(lambda s: accounts.page_of_users(s, status, limit, offset))

    async def set_status(self, actor: Actor, user_id: int, status: AccountStatus) -> User:
        """Approve, reject or disable. Takes effect on open sessions; the last administrator stays."""
        require(actor, Role.ADMIN)
        user = await self._db.write(lambda s: accounts.set_status(s, user_id, status))
        if status is not AccountStatus.APPROVED:
            self._bus.publish(SessionEnded(user_id, None))
        return self._announced(user)

    async def _insert(self, username: str, password: str, role: Role, status: AccountStatus) -> User:
        name, hashed = await self._checked(username, password)
        return self._announced(await self._db.write(lambda s: accounts.insert_user(s, name, hashed, role, status)))

    def _announced(self, user: User) -> User:
        self._bus.publish(UserChanged(user))
        return user

    async def _checked(self, username: str, password: str) -> tuple[str, str]:
        name = clean_name(username, field="username")
        check_password(password, name)
        async with self._hashing:
            return name, await asyncio.to_thread(_hash_password, password)

    def _matches(self, password: str, hashed: str | None) -> bool:
        """Blocks for a bcrypt round whether or not the name is known."""
        self._nobody = self._nobody or _hash_password(secrets.token_urlsafe(16))
        matches = bcrypt.checkpw(_prepared(password), (hashed or self._nobody).encode("ascii"))
        return matches and hashed is not None

    def _signed_in(self, user: User, session_id: str, refresh: str) -> SignIn:
        issued = now()
        claims = {
            "sub": str(user.id),
            "sid": session_id,
            "jti": secrets.token_hex(16),
            "iat": issued,
            "exp": issued + self._lifetime,
        }
        token = jwt.encode(claims, self._key, algorithm=self._algorithm)
        return SignIn(user, session_id, token, int(self._lifetime.total_seconds()), f"{session_id}.{refresh}")

    def _decoded(self, token: str) -> tuple[int, str]:
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm],
                options={"require": ["exp", "iat", "sub", "jti", "sid"]},
            )
            # PyJWT would read a text as exp too.
            if type(claims["exp"]) is not int or not _SESSION_ID.fullmatch(str(claims["sid"])):
                raise ValueError("claims")
            return int(claims["sub"]), str(claims["sid"])
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("token_expired", _("Your sign-in has expired. Please sign in again.")) from None
        except (jwt.InvalidTokenError, ValueError, OverflowError, RecursionError):  # [[[[... as a header recurses
            raise NotSignedIn("invalid_token", _("The access token is not valid. Please sign in.")) from None


def check_password(password: str, username: str) -> None:
    """Raises InvalidInput for a password that is too short, too long or too easy."""
    easy = password.casefold() in _COMMON or name_key(password) == name_key(username)
    if len(password) < SHORTEST_PASSWORD or easy or len(set(password)) < 3:
        raise InvalidInput(
            "weak_password",
            _("The password is too easy. Take at least {length} characters, and not the user name."),
            field="password",
            length=SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(
            "long_password",
            _("The password is too long; {length} characters are allowed."),
            field="password",
            length=LONGEST_PASSWORD,
        )


def _prepared(password: str) -> bytes:
    # bcrypt reads 72 bytes at most and stops at NUL; a digest in base64 is always 44 plain characters.
    return base64.b64encode(hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest())


def _hash_password(password: str) -> str:
    return bcrypt.hashpw(_prepared(password), bcrypt.gensalt(HASH_ROUNDS)).decode("ascii")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _session_ended() -> NotSignedIn:
    return NotSignedIn("session_ended", _("Your session has ended. Please sign in again."))


def _refuse_unless_approved(user: User) -> None:
    match user.status:
        case AccountStatus.APPROVED:
            return
        case AccountStatus.PENDING:
            raise Forbidden("account_pending", _("An administrator still has to approve this account."))
        case AccountStatus.REJECTED:
            raise Forbidden("account_rejected", _("An administrator has rejected this account."))
        case AccountStatus.DISABLED:
            raise Forbidden("account_disabled", _("An administrator has disabled this account."))
