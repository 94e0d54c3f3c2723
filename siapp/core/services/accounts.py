"""People: registration with review, sign-in, sessions, roles. There is no default account."""

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import bcrypt
import jwt

from siapp.core.bus import Bus
from siapp.core.clock import now
from siapp.core.db import accounts, audit
from siapp.core.db.accounts import Credentials
from siapp.core.db.engine import Database
from siapp.core.domain import LOCAL, SYSTEM, AccountStatus, Action, Actor, Deed, Role, SignIns, User
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotSignedIn, SiappError, TooMany
from siapp.core.events import SessionEnded, UserChanged, UserDeleted
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_KEY, clean_name, name_key
from siapp.core.page import Page
from siapp.core.services.access import permitted, stranger
from siapp.core.services.audit import AuditService
from siapp.core.services.tries import RegistrationLimits, SignInLimits

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
LEAST_DIFFERENT = 3  # characters of a password
SESSION_DAYS = 14
HASH_ROUNDS = 12
HASHES_AT_ONCE = 2
MOST_WAITING = 200  # for their password to be compared or hashed
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

    def __init__(
        self, db: Database, bus: Bus, audit: AuditService, secret_key: str, algorithm: str, token_minutes: int
    ) -> None:
        self._db = db
        self._bus = bus
        self._audit = audit
        self._key = secret_key
        # A key of its own: nothing that is signed here is good for anything else.
        self._refresh_key = hmac.digest(secret_key.encode(), b"siapp refresh tokens", hashlib.sha256)
        self._algorithm = algorithm
        self._lifetime = timedelta(minutes=token_minutes)
        # Compared when the name is unknown, so that the answer takes as long as for a known one.
        self._nobody = ""
        # A flood of tries must not take all file threads, nor both processors.
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._waiting = 0
        self._sign_ins = SignInLimits()
        self._registrations = RegistrationLimits()

    def let_tokens_last(self, minutes: int) -> None:
        """Of tokens that are given from now on."""
        self._lifetime = timedelta(minutes=minutes)

    async def needs_first_admin(self) -> bool:
        """Whether nobody can administer this station yet."""
        return await self._db.read(accounts.count_admins) == 0

    async def create_first_admin(self, username: str, password: str, address: str = LOCAL) -> User:
        """The administrator of the first start. Raises Conflict where there is one already."""
        name, hashed = await self._checked(username, password)
        actor = Actor(0, name, Role.ADMIN, address)
        insert = audit.noted(actor, lambda s: accounts.insert_first_admin(s, name, hashed), _added(Action.USER_ADD))
        async with self._noting(stranger(address), Action.USER_ADD, name=name):
            return self._announced(await self._db.write(insert))

    async def register(self, username: str, password: str, address: str = LOCAL) -> User:
        """A request for an account: a viewer that an administrator must approve.

        Raises TooMany where this address has made too many, or too many wait for review.
        """
        name = _usable(username, password)
        actor = Actor(0, name, Role.VIEWER, address)
        async with self._noting(stranger(address), Action.USER_REGISTER, name=name):
            self._registrations.take(address)
            hashed = await self._hashed(password)
            insert = audit.noted(
                actor, lambda s: accounts.insert_request(s, name, hashed), _added(Action.USER_REGISTER)
            )
            return self._announced(await self._db.write(insert))

    async def add_user(self, username: str, password: str, role: Role, actor: Actor = SYSTEM) -> User:
        """An approved account, from the command line of this machine."""
        name, hashed = await self._checked(username, password)
        approved = AccountStatus.APPROVED
        insert = audit.noted(
            actor, lambda s: accounts.insert_user(s, name, hashed, role, approved), _added(Action.USER_ADD)
        )
        async with self._noting(actor, Action.USER_ADD, name=name):
            return self._announced(await self._db.write(insert))

    @permitted(Role.ADMIN, Action.USER_ADD)
    async def add(self, actor: Actor, name: str, password: str, role: Role) -> User:
        """An approved account, made by an administrator for somebody."""
        return await self.add_user(name, password, role, actor)

    async def sign_in(self, username: str, password: str, address: str = LOCAL) -> SignIn:
        """Raises NotSignedIn for a wrong name or password, Forbidden for an account that may not sign in, TooMany
        after too many wrong tries, whether or not there is such an account."""
        known = await self._db.read(lambda s: accounts.find_credentials(s, username))
        try:
            if not await self._tried(username, password, address, known) or known is None:
                raise _invalid_credentials()
            return await self._begin_session(known, address)
        except (NotSignedIn, Forbidden, TooMany) as error:
            await self._note_refused(known, username, address, error)
            raise

    async def unlock(self, actor: Actor, password: str) -> None:
        """Whoever sits at a locked desk proves to be `actor`. Checked, limited and written down as a sign-in is, which
        it is none: no session begins. Raises as `sign_in` does."""
        known = await self._db.read(lambda s: accounts.find_credentials(s, actor.username))
        try:
            right = await self._tried(actor.username, password, actor.address, known)
            if not right or known is None or known.user.id != actor.user_id:
                raise NotSignedIn("wrong_password", _("The password is wrong."))
            _refuse_unless_approved(known.user)
        except (NotSignedIn, Forbidden, TooMany) as error:
            await self._note_refused(known, actor.username, actor.address, error, Action.USER_UNLOCK)
            raise
        await self._audit.done(actor, Deed(Action.USER_UNLOCK, actor.user_id, actor.username))

    async def refresh(self, refresh_token: str, address: str = LOCAL) -> SignIn:
        """A new pair for a refresh token. One that was used before ends its session, for both who hold it; an
        invented one ends nothing."""
        session_id, _dot, shown = refresh_token.partition(".")
        if not _SESSION_ID.fullmatch(session_id) or not self._is_ours(session_id, shown):
            raise _session_ended()
        fresh = self._refresh_secret(session_id)
        outcome = await self._db.write(
            lambda s: accounts.rotate_session(s, session_id, _digest(shown), _digest(fresh), address)
        )
        if outcome.user is None:
            if outcome.revoked is not None:
                self._bus.publish(SessionEnded(outcome.revoked.id, session_id))
            raise _session_ended()
        _refuse_unless_approved(outcome.user)
        return self._signed_in(outcome.user, session_id, fresh)

    async def sign_out(self, identity: Identity, address: str = LOCAL) -> None:
        """End this session everywhere, open WebSockets included."""
        await self._db.write(lambda s: accounts.revoke_session(s, identity.actor(address), identity.session_id))
        self._bus.publish(SessionEnded(identity.user.id, identity.session_id))

    async def change_password(self, identity: Identity, current: str, new: str, address: str = LOCAL) -> None:
        """Every other session of the account ends. Raises InvalidInput for a wrong or a weak password, TooMany after
        too many wrong ones."""
        user, actor = identity.user, identity.actor(address)
        check_password(new, user.username, field="new_password")
        known = await self._db.read(lambda s: accounts.find_credentials(s, user.username))
        async with self._noting(actor, Action.USER_PASSWORD, user.id, user.username):
            if not await self._tried(user.username, current, address, known):
                raise InvalidInput("wrong_password", _("The current password is wrong."), field="current_password")
        await self._set_password(actor, user.id, new, kept=identity.session_id)

    async def identify(self, access_token: str) -> Identity:
        """Who an access token stands for. Role and status come from the database, never from the token."""
        return await self.holder(*self._decoded(access_token))

    async def holder(self, user_id: int, session_id: str) -> Identity:
        """Whose session this is, as long as it is good. Raises NotSignedIn."""
        user = await self._db.read(lambda s: accounts.session_user(s, session_id, user_id))
        if user is None or user.status is not AccountStatus.APPROVED:
            raise _session_ended()
        return Identity(user, session_id)

    async def user(self, user_id: int) -> User:
        """Raises NotFound."""
        return await self._db.read(lambda s: accounts.get_user(s, user_id))

    @permitted(Role.ADMIN, Action.USER_READ)
    async def users(
        self, actor: Actor, status: AccountStatus | None = None, limit: int = 100, offset: int = 0
    ) -> Page[User]:
        return await self._db.read(lambda s: accounts.page_of_users(s, status, limit, offset))

    @permitted(Role.ADMIN, Action.USER_STATUS)
    async def set_status(self, actor: Actor, user_id: int, status: AccountStatus) -> User:
        """Approve, reject or disable. Takes effect on open sessions; the last administrator stays."""
        user = await self._db.write(lambda s: accounts.set_status(s, actor, user_id, status))
        if status is not AccountStatus.APPROVED:
            self._bus.publish(SessionEnded(user_id, None))
        return self._announced(user)

    @permitted(Role.ADMIN, Action.USER_READ)
    async def sign_ins(self, actor: Actor) -> dict[int, SignIns]:
        """By account: how often it is signed in, and since when not any more. Who never was is left out."""
        return await self._db.read(accounts.sign_ins)

    @permitted(Role.ADMIN, Action.USER_STATUS)
    async def approve(self, actor: Actor, user_id: int, role: Role) -> User:
        """Let somebody who waits, or was kept out, in as `role`."""
        return self._announced(await self._db.write(lambda s: accounts.approve(s, actor, user_id, role)))

    @permitted(Role.ADMIN, Action.USER_ROLE)
    async def set_role(self, actor: Actor, user_id: int, role: Role) -> User:
        """Takes effect on open sessions; the last administrator stays one."""
        return self._announced(await self._db.write(lambda s: accounts.set_role(s, actor, user_id, role)))

    @permitted(Role.ADMIN, Action.USER_PASSWORD)
    async def reset_password(self, actor: Actor, user_id: int, password: str) -> None:
        """A new password for somebody who has lost theirs. Every session of the account ends."""
        user = await self.user(user_id)
        check_password(password, user.username)
        await self._set_password(actor, user_id, password, kept=None)

    @permitted(Role.ADMIN, Action.USER_DELETE)
    async def delete(self, actor: Actor, user_id: int) -> None:
        """Its sessions end; the last administrator stays."""
        await self._db.write(lambda s: accounts.delete_user(s, actor, user_id))
        self._bus.publish(SessionEnded(user_id, None))
        self._bus.publish(UserDeleted(user_id))

    async def find(self, username: str) -> User:
        """The account of this name. Raises NotFound."""
        return await self._db.read(lambda s: accounts.find_user(s, username))

    def _announced(self, user: User) -> User:
        self._bus.publish(UserChanged(user))
        return user

    @asynccontextmanager
    async def _noting(
        self, actor: Actor, action: Action, user_id: int | None = None, name: str | None = None
    ) -> AsyncIterator[None]:
        """What is refused inside goes into the audit."""
        try:
            yield
        except (InvalidInput, Conflict, TooMany) as error:
            await self._audit.refused(actor, action, error, user_id, name)
            raise

    async def _tried(self, username: str, password: str, address: str, known: Credentials | None) -> bool:
        """Whether the password is right. Raises TooMany before one is compared that is one too many."""
        self._sign_ins.check(username, address)
        async with self._turn():
            self._sign_ins.check(username, address)  # of many at once, the ones before this have been counted now
            right = await asyncio.to_thread(self._matches, password, known.password_hash if known else None)
            (self._sign_ins.right if right else self._sign_ins.wrong)(username, address)
            return right

    async def _begin_session(self, known: Credentials, address: str) -> SignIn:
        _refuse_unless_approved(known.user)
        session_id = secrets.token_hex(16)
        refresh = self._refresh_secret(session_id)
        expires = now() + timedelta(days=SESSION_DAYS)
        user = await self._db.write(
            lambda s: accounts.insert_session(s, known, session_id, _digest(refresh), expires, address)
        )
        if user is None:
            raise _invalid_credentials()
        _refuse_unless_approved(user)
        return self._signed_in(user, session_id, refresh)

    async def _note_refused(
        self,
        known: Credentials | None,
        username: str,
        address: str,
        error: SiappError,
        action: Action = Action.USER_SIGN_IN,
    ) -> None:
        """A sign-in that was refused, under the account's name: nobody has proved to be that one, so without its
        number. A name that is nobody's is not kept: people type passwords there."""
        actor = Actor(0, known.user.username, Role.VIEWER, address) if known else stranger(address)
        object_id, name = (known.user.id, known.user.username) if known else (None, None)
        # Of unknown names, too, each costs an entry of its own: the time that takes would tell them apart.
        alike = _digest(name_key(username[:LONGEST_KEY].strip()))
        await self._audit.refused(actor, action, error, object_id, name, alike=alike)

    async def _set_password(self, actor: Actor, user_id: int, password: str, kept: str | None) -> None:
        hashed = await self._hashed(password)
        ended = await self._db.write(lambda s: accounts.set_password(s, actor, user_id, hashed, kept))
        for session_id in ended:
            self._bus.publish(SessionEnded(user_id, session_id))

    async def _checked(self, username: str, password: str) -> tuple[str, str]:
        return _usable(username, password), await self._hashed(password)

    async def _hashed(self, password: str) -> str:
        async with self._turn():
            return await asyncio.to_thread(_hash_password, password)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for one of the few places where passwords are hashed. Raises TooMany where too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise TooMany(
                "too_many_at_once", _("Too many people sign in at once. Please try again in a moment."), retry_after_s=5
            )
        self._waiting += 1
        try:
            async with self._hashing:
                yield
        finally:
            self._waiting -= 1

    def _matches(self, password: str, hashed: str | None) -> bool:
        """Blocks for a bcrypt round whether or not the name is known."""
        self._nobody = self._nobody or _hash_password(secrets.token_urlsafe(16))
        matches = bcrypt.checkpw(_prepared(password), (hashed or self._nobody).encode("ascii"))
        return matches and hashed is not None

    def _refresh_secret(self, session_id: str) -> str:
        """The secret part of a refresh token, signed: one that was used can be told from one that never was."""
        nonce = secrets.token_urlsafe(32)
        return f"{nonce}.{self._refresh_signature(session_id, nonce)}"

    def _is_ours(self, session_id: str, shown: str) -> bool:
        """Whether this session was ever given the secret `shown`."""
        nonce, _dot, signature = shown.rpartition(".")
        return hmac.compare_digest(_digest(signature), _digest(self._refresh_signature(session_id, nonce)))

    def _refresh_signature(self, session_id: str, nonce: str) -> str:
        text = f"{session_id}.{nonce}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._refresh_key, text, hashlib.sha256).hex()

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


def check_password(password: str, username: str, field: str = "password") -> None:
    """Raises InvalidInput for a password that is too short, too long or too easy."""
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(
            "long_password",
            _("The password is too long; {length} characters are allowed."),
            field=field,
            length=LONGEST_PASSWORD,
        )
    easy = password.casefold() in _COMMON or name_key(password) == name_key(username)
    if len(password) < SHORTEST_PASSWORD or easy or len(set(password)) < LEAST_DIFFERENT:
        raise InvalidInput(
            "weak_password",
            _(
                "The password is too easy. Take at least {length} characters, at least {different} different ones "
                "among them, and neither the user name nor a password that many people use."
            ),
            field=field,
            length=SHORTEST_PASSWORD,
            different=LEAST_DIFFERENT,
        )


def _usable(username: str, password: str) -> str:
    """The name as it is kept. Raises InvalidInput where one of the two can't be used."""
    name = clean_name(username, field="username")
    check_password(password, name)
    return name


def _added(action: Action) -> Callable[[User], Deed]:
    return lambda user: Deed(
        action, user.id, user.username, after={"role": user.role.value, "status": user.status.value}
    )


def _prepared(password: str) -> bytes:
    # bcrypt reads 72 bytes at most and stops at NUL; a digest in base64 is always 44 plain characters.
    return base64.b64encode(hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest())


def _hash_password(password: str) -> str:
    return bcrypt.hashpw(_prepared(password), bcrypt.gensalt(HASH_ROUNDS)).decode("ascii")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _invalid_credentials() -> NotSignedIn:
    return NotSignedIn("invalid_credentials", _("The user name or the password is wrong."))


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
