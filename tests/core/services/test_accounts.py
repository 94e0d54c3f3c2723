"""People: registration, review, sign-in, sessions, roles; and tokens that are not what they say."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import jwt
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from siapp.app import Station
from siapp.core.clock import now
from siapp.core.db import accounts as rows
from siapp.core.db.engine import Database
from siapp.core.domain import AccountStatus, Action, Actor, AuditFilter, Outcome, Role, User
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn, SiappError, TooMany
from siapp.core.events import SessionEnded, UserChanged, UserDeleted
from siapp.core.secretkey import secret_key
from siapp.core.services import Services, tries
from siapp.core.services import accounts as module
from siapp.core.services.accounts import AccountService, SignIn
from siapp.core.settings import Settings
from tests.core.services.conftest import heard

PASSWORD = "correct horse 7"


@pytest.fixture
def accounts(services: Services) -> AccountService:
    return services.accounts


async def approved(accounts: AccountService, name: str = "mia", role: Role = Role.VIEWER) -> User:
    return await accounts.add_user(name, PASSWORD, role)


# ---- registration and review ---------------------------------------------------------------------------------


async def test_who_registers_is_a_viewer_and_waits_for_review(accounts: AccountService, services: Services) -> None:
    events = heard(services.bus)
    user = await accounts.register("Mia", PASSWORD)
    assert (user.username, user.role, user.status) == ("Mia", Role.VIEWER, AccountStatus.PENDING)
    assert events == [UserChanged(user)]
    assert await accounts.user(user.id) == user


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (AccountStatus.PENDING, "account_pending"),
        (AccountStatus.REJECTED, "account_rejected"),
        (AccountStatus.DISABLED, "account_disabled"),
    ],
)
async def test_only_approved_accounts_sign_in_and_others_learn_why(
    accounts: AccountService, admin: Actor, status: AccountStatus, code: str
) -> None:
    user = await accounts.register("mia", PASSWORD)
    await accounts.set_status(admin, user.id, status)
    with pytest.raises(Forbidden) as caught:
        await accounts.sign_in("mia", PASSWORD)
    assert caught.value.code == code
    with pytest.raises(NotSignedIn):
        await accounts.sign_in("mia", "a wrong password")
    await accounts.set_status(admin, user.id, AccountStatus.APPROVED)
    assert (await accounts.sign_in("mia", PASSWORD)).user.status is AccountStatus.APPROVED


@pytest.mark.parametrize("twin", ["mia", "MIA", " Mia ", "Ｍｉａ"])
async def test_a_user_name_is_taken_in_every_spelling(accounts: AccountService, twin: str) -> None:
    await accounts.register("Mia", PASSWORD)
    with pytest.raises(Conflict) as caught:
        await accounts.register(twin, PASSWORD)
    assert caught.value.code == "name_taken"


async def test_a_user_signs_in_with_every_spelling_of_the_name(accounts: AccountService) -> None:
    user = await approved(accounts, "Zoë")
    for name in ("Zoë", "zoe\u0308", " ZOË "):
        assert (await accounts.sign_in(name, PASSWORD)).user == user


async def test_names_that_race_make_one_account(accounts: AccountService) -> None:
    answers = await asyncio.gather(*(accounts.register("mia", PASSWORD) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, SiappError)} == {"name_taken"}


@pytest.mark.parametrize("name", ["", "a/b", "a\x00b", "a\u202eb", "x" * 101, "\ud800", "\ufdfa" * 100])
async def test_bad_user_names_are_refused(accounts: AccountService, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await accounts.register(name, PASSWORD)
    assert caught.value.field == "username"


@pytest.mark.parametrize(
    "password", ["", "short 1", "password", "PASSWORD1", "12345678", "aaaaaaaaaaaa", "ababababab", "Mia Müller"]
)
async def test_weak_passwords_are_refused(accounts: AccountService, password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await accounts.register("mia müller", password)
    assert (caught.value.code, caught.value.field) == ("weak_password", "password")


async def test_the_refusal_of_an_easy_password_names_every_rule(accounts: AccountService) -> None:
    for password in ("aaaaaaaa", "密码密码密码密码"):
        with pytest.raises(InvalidInput, match="at least 3 different"):
            await accounts.register("mia", password)


async def test_a_password_that_is_too_long_says_so_even_if_it_is_easy_too(accounts: AccountService) -> None:
    with pytest.raises(InvalidInput) as caught:
        await accounts.register("mia", "a" * 300)
    assert caught.value.code == "long_password"


async def test_over_long_passwords_are_refused(accounts: AccountService) -> None:
    with pytest.raises(InvalidInput) as caught:
        await accounts.register("mia", "abc" * 100)
    assert caught.value.code == "long_password"


@pytest.mark.parametrize("tail", ["a", "ä", "好", "\x00"])
async def test_every_byte_of_a_long_password_counts(accounts: AccountService, tail: str) -> None:
    """bcrypt itself reads 72 bytes and stops at NUL."""
    await accounts.add_user("mia", "correct horse " * 6 + tail, Role.VIEWER)
    await accounts.sign_in("mia", "correct horse " * 6 + tail)
    for wrong in ("correct horse " * 6, "correct horse " * 6 + "b", "correct horse " * 6 + tail + tail):
        with pytest.raises(NotSignedIn):
            await accounts.sign_in("mia", wrong)


async def test_a_password_with_nul_is_not_cut_there(accounts: AccountService) -> None:
    await accounts.add_user("mia", "correct\x00horse", Role.VIEWER)
    await accounts.sign_in("mia", "correct\x00horse")
    with pytest.raises(NotSignedIn):
        await accounts.sign_in("mia", "correct\x00other")


async def test_passwords_are_stored_as_hashes(accounts: AccountService, settings: Settings) -> None:
    await approved(accounts)
    engine = Database(settings.sqlalchemy_url).engine
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT password_hash FROM users")).scalar_one()
    engine.dispose()
    assert stored.startswith("$2b$")
    assert PASSWORD not in stored


# ---- the first and the last administrator --------------------------------------------------------------------


async def test_the_first_administrator_is_made_once(accounts: AccountService) -> None:
    assert await accounts.needs_first_admin()
    admin = await accounts.create_first_admin("root", PASSWORD)
    assert (admin.role, admin.status) == (Role.ADMIN, AccountStatus.APPROVED)
    assert not await accounts.needs_first_admin()
    with pytest.raises(Conflict):
        await accounts.create_first_admin("other", PASSWORD)


async def test_first_administrators_that_race_make_one(accounts: AccountService) -> None:
    answers = await asyncio.gather(
        *(accounts.create_first_admin(f"root{n}", PASSWORD) for n in range(8)), return_exceptions=True
    )
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, SiappError)} == {"admin_exists"}


async def test_the_settings_name_the_first_administrator(settings: Settings, engines: list[object]) -> None:
    named = settings.model_copy(update={"admin_username": "root", "admin_password": SecretStr(PASSWORD)})
    for _start in range(2):
        async with Station(named) as station:
            signed_in = await station.services.accounts.sign_in("root", PASSWORD)
            assert signed_in.user.is_superuser


@pytest.mark.parametrize("status", [AccountStatus.PENDING, AccountStatus.REJECTED, AccountStatus.DISABLED])
async def test_the_last_administrator_stays(accounts: AccountService, admin: Actor, status: AccountStatus) -> None:
    only = await accounts.create_first_admin("root", PASSWORD)
    with pytest.raises(Conflict) as caught:
        await accounts.set_status(admin, only.id, status)
    assert caught.value.code == "last_admin"
    assert (await accounts.sign_in("root", PASSWORD)).user == only


async def test_administrators_who_dismiss_each_other_leave_one(accounts: AccountService, admin: Actor) -> None:
    users = [await approved(accounts, f"root{n}", Role.ADMIN) for n in range(6)]
    answers = await asyncio.gather(
        *(accounts.set_status(admin, user.id, AccountStatus.DISABLED) for user in users), return_exceptions=True
    )
    assert sum(isinstance(answer, User) for answer in answers) == 5
    assert not await accounts.needs_first_admin()


async def test_only_administrators_see_and_review_accounts(
    accounts: AccountService, viewer: Actor, operator: Actor, admin: Actor
) -> None:
    user = await accounts.register("mia", PASSWORD)
    for actor in (viewer, operator):
        with pytest.raises(Forbidden):
            await accounts.users(actor)
        with pytest.raises(Forbidden):
            await accounts.set_status(actor, user.id, AccountStatus.APPROVED)
    assert (await accounts.users(admin)).items == (user,)


async def test_accounts_are_listed_by_status_in_windows(accounts: AccountService, admin: Actor) -> None:
    users = [await accounts.register(f"user{n}", PASSWORD) for n in range(5)]
    await accounts.set_status(admin, users[0].id, AccountStatus.APPROVED)
    pending = await accounts.users(admin, AccountStatus.PENDING, limit=2, offset=1)
    assert (pending.items, pending.total) == ((users[2], users[3]), 4)


@pytest.mark.parametrize("number", [0, -1, 4711, 2**31, 2**64])
async def test_accounts_that_do_not_exist_are_not_found(accounts: AccountService, admin: Actor, number: int) -> None:
    with pytest.raises(NotFound):
        await accounts.user(number)
    with pytest.raises(NotFound):
        await accounts.set_status(admin, number, AccountStatus.APPROVED)


# ---- sign-in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nobody", "", "a\x00b", "\ud800", "x" * 100_000, "\ufdfa" * 400, "mia' OR 1=1 --"])
async def test_unknown_names_answer_as_wrong_passwords_do(accounts: AccountService, name: str) -> None:
    await approved(accounts)
    answers = []
    for who in (name, "mia"):
        with pytest.raises(NotSignedIn) as caught:
            await accounts.sign_in(who, "a wrong password")
        answers.append((caught.value.code, caught.value.text()))
    assert answers[0] == answers[1]


async def test_unknown_names_cost_one_comparison_as_known_ones_do(
    accounts: AccountService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await approved(accounts)
    compared: list[bytes] = []
    check = module.bcrypt.checkpw

    def counting(password: bytes, hashed: bytes) -> bool:
        compared.append(hashed)
        return check(password, hashed)

    monkeypatch.setattr(module.bcrypt, "checkpw", counting)
    for name in ("mia", "nobody"):
        with pytest.raises(NotSignedIn):
            await accounts.sign_in(name, "a wrong password")
    known, unknown = compared
    assert known[:7] == unknown[:7], "the same number of rounds"


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "x" * 1_000_000])
async def test_odd_passwords_are_wrong_ones(accounts: AccountService, password: str) -> None:
    await approved(accounts)
    with pytest.raises(NotSignedIn):
        await accounts.sign_in("mia", password)


async def test_who_is_rejected_while_signing_in_gets_no_session(
    accounts: AccountService, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await approved(accounts)
    insert = rows.insert_session

    def too_late(session: Any, *arguments: Any) -> User | None:
        rows.set_status(session, admin, user.id, AccountStatus.REJECTED)
        return insert(session, *arguments)

    monkeypatch.setattr(rows, "insert_session", too_late)
    with pytest.raises(Forbidden):
        await accounts.sign_in("mia", PASSWORD)


# ---- tokens --------------------------------------------------------------------------------------------------


async def test_an_access_token_stands_for_its_user(accounts: AccountService) -> None:
    user = await approved(accounts, role=Role.OPERATOR)
    signed_in = await accounts.sign_in("mia", PASSWORD)
    identity = await accounts.identify(signed_in.access_token)
    assert (identity.user, identity.session_id) == (user, signed_in.session_id)
    assert identity.actor("10.0.0.1") == Actor(user.id, "mia", Role.OPERATOR, "10.0.0.1")
    assert signed_in.expires_in == 30 * 60


async def test_role_and_status_come_from_the_database(accounts: AccountService, admin: Actor) -> None:
    user = await approved(accounts)
    signed_in = await accounts.sign_in("mia", PASSWORD)
    assert "role" not in jwt.decode(signed_in.access_token, options={"verify_signature": False})
    await accounts.set_status(admin, user.id, AccountStatus.REJECTED)
    with pytest.raises(NotSignedIn):
        await accounts.identify(signed_in.access_token)
    with pytest.raises(NotSignedIn):
        await accounts.refresh(signed_in.refresh_token)


async def test_sessions_from_before_a_rejection_stay_ended_after_an_approval(
    accounts: AccountService, admin: Actor, services: Services
) -> None:
    user = await approved(accounts)
    signed_in = await accounts.sign_in("mia", PASSWORD)
    events = heard(services.bus)
    for status in (AccountStatus.DISABLED, AccountStatus.APPROVED):
        await accounts.set_status(admin, user.id, status)
    assert SessionEnded(user.id, None) in events
    with pytest.raises(NotSignedIn):
        await accounts.identify(signed_in.access_token)


Claims = dict[str, Any]
DAY = timedelta(days=1)


def b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize(
    "change",
    [
        *(without(name) for name in ("exp", "iat", "sub", "jti", "sid")),
        lambda claims: claims | {"exp": "4102444800"},
        lambda claims: claims | {"exp": 4102444800.5},
        lambda claims: claims | {"exp": True},
        lambda claims: claims | {"exp": None},
        lambda claims: claims | {"exp": [4102444800]},
        lambda claims: claims | {"exp": float("inf")},
        lambda claims: claims | {"exp": float("nan")},
        lambda claims: claims | {"iat": "yesterday"},
        lambda claims: claims | {"iat": now() + DAY},
        lambda claims: claims | {"nbf": now() + DAY},
        lambda claims: claims | {"sub": "1 OR 1=1"},
        lambda claims: claims | {"sub": "4711"},
        lambda claims: claims | {"sub": str(2**64)},
        lambda claims: claims | {"sid": "0" * 32},
        lambda claims: claims | {"sid": "\x00"},
        lambda claims: claims | {"sid": ["x"]},
    ],
)
async def test_tokens_of_our_key_with_odd_claims_are_refused(
    accounts: AccountService, settings: Settings, change: Callable[[Claims], Claims]
) -> None:
    await approved(accounts)
    good = (await accounts.sign_in("mia", PASSWORD)).access_token
    claims = jwt.decode(good, options={"verify_signature": False})
    with pytest.raises(NotSignedIn):
        await accounts.identify(_signed(change(claims), secret_key(settings)))


def _signed(claims: Claims, key: str) -> str:
    """As jwt.encode, which refuses some of these claims itself."""
    plain = {k: int(v.timestamp()) if hasattr(v, "timestamp") else v for k, v in claims.items()}
    return jwt.PyJWS().encode(json.dumps(plain).encode(), key, algorithm="HS256")


async def test_an_unchanged_token_signed_so_is_good(accounts: AccountService, settings: Settings) -> None:
    """Without this the test above would pass whatever is wrong with its tokens."""
    await approved(accounts)
    good = (await accounts.sign_in("mia", PASSWORD)).access_token
    claims = jwt.decode(good, options={"verify_signature": False})
    assert (await accounts.identify(_signed(claims, secret_key(settings)))).user.username == "mia"


async def test_an_expired_token_says_so(accounts: AccountService, settings: Settings) -> None:
    await approved(accounts)
    claims = jwt.decode((await accounts.sign_in("mia", PASSWORD)).access_token, options={"verify_signature": False})
    with pytest.raises(NotSignedIn) as caught:
        await accounts.identify(_signed(claims | {"exp": now() - timedelta(seconds=1)}, secret_key(settings)))
    assert caught.value.code == "token_expired"


async def test_tokens_of_other_keys_and_algorithms_are_refused(accounts: AccountService, settings: Settings) -> None:
    await approved(accounts)
    good = (await accounts.sign_in("mia", PASSWORD)).access_token
    claims = jwt.decode(good, options={"verify_signature": False})
    head, body, signature = good.split(".")
    key = secret_key(settings)
    forged = [
        jwt.encode(claims, "another key of thirty-two bytes or more"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, key, algorithm="HS512"),
        jwt.encode(claims, key, algorithm="HS384"),
        f"{b64({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        f"{b64({'alg': 'None'})}.{body}.{signature}",
        f"{b64({'alg': ['HS256']})}.{body}.{signature}",
        f"{b64({'alg': None})}.{body}.{signature}",
        f"{b64({'alg': 'HS256', 'crit': ['x'], 'x': 1})}.{body}.{signature}",
        f"{b64({'alg': 'HS256', 'kid': '../../etc/passwd'})}.{body}.{signature}",
        f"{b64({'alg': 'RS256', 'jwk': {}})}.{body}.{signature}",
        f"{head}.{b64(claims | {'sub': '1'})}.{signature}x",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}..{signature}",
    ]
    for token in forged:
        with pytest.raises(NotSignedIn):
            await accounts.identify(token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "\x00.\x00.\x00",
        "\ud800",
        "é.é.é",
        f"{b64(b'[' * 5000)}.e30.x",
        f"{b64({'alg': 'HS256'})}.{b64(b'[' * 5000)}.x",
        b64(b'{"a":' * 3000) + ".e30.x",
        f"{b64(b'[]')}.e30.x",
        f"{b64(b'null')}.e30.x",
        "x" * 100_000,
    ],
)
async def test_what_is_no_token_is_refused_and_nothing_else_happens(accounts: AccountService, token: str) -> None:
    with pytest.raises(NotSignedIn) as caught:
        await accounts.identify(token)
    assert caught.value.code == "invalid_token"


async def test_a_token_of_a_user_does_not_open_another_ones_session(
    accounts: AccountService, settings: Settings
) -> None:
    await approved(accounts)
    other = await approved(accounts, "other", Role.ADMIN)
    claims = jwt.decode((await accounts.sign_in("mia", PASSWORD)).access_token, options={"verify_signature": False})
    with pytest.raises(NotSignedIn):
        await accounts.identify(_signed(claims | {"sub": str(other.id)}, secret_key(settings)))


# ---- sessions ------------------------------------------------------------------------------------------------


async def test_a_refresh_gives_a_new_pair_for_the_same_session(accounts: AccountService) -> None:
    await approved(accounts)
    first = await accounts.sign_in("mia", PASSWORD)
    second = await accounts.refresh(first.refresh_token)
    assert second.session_id == first.session_id
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    assert (await accounts.identify(second.access_token)).user == first.user


async def test_a_used_refresh_token_ends_the_session_for_both(accounts: AccountService, services: Services) -> None:
    user = await approved(accounts)
    first = await accounts.sign_in("mia", PASSWORD)
    second = await accounts.refresh(first.refresh_token)
    events = heard(services.bus)
    with pytest.raises(NotSignedIn):
        await accounts.refresh(first.refresh_token)
    assert events == [SessionEnded(user.id, first.session_id)]
    for ended in (second, first):
        with pytest.raises(NotSignedIn):
            await accounts.refresh(ended.refresh_token)
        with pytest.raises(NotSignedIn):
            await accounts.identify(ended.access_token)


async def test_every_used_refresh_token_ends_the_session_not_the_last_alone(accounts: AccountService) -> None:
    await approved(accounts)
    first = newest = await accounts.sign_in("mia", PASSWORD)
    for _time in range(5):
        newest = await accounts.refresh(newest.refresh_token)
    with pytest.raises(NotSignedIn):
        await accounts.refresh(first.refresh_token)
    with pytest.raises(NotSignedIn):
        await accounts.identify(newest.access_token)


async def test_an_invented_refresh_token_ends_nothing(accounts: AccountService, services: Services) -> None:
    """Who knows the number of a session, or has another one's token, can't end it."""
    await approved(accounts)
    mine, other = await accounts.sign_in("mia", PASSWORD), await accounts.sign_in("mia", PASSWORD)
    events = heard(services.bus)
    secret = mine.refresh_token.partition(".")[2]
    nonce, _dot, signature = secret.rpartition(".")
    foreign = other.refresh_token.partition(".")[2]
    changed = (f"{nonce}x.{signature}", f"{nonce}.{signature}x")
    for invented in ("", "whatever", "a.b", "\ud800.é", nonce, *changed, foreign):
        with pytest.raises(NotSignedIn):
            await accounts.refresh(f"{mine.session_id}.{invented}")
    assert events == []
    await accounts.refresh(mine.refresh_token)


async def test_refreshes_that_race_give_one_new_pair(accounts: AccountService) -> None:
    await approved(accounts)
    first = await accounts.sign_in("mia", PASSWORD)
    answers = await asyncio.gather(*(accounts.refresh(first.refresh_token) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, SignIn) for answer in answers) == 1
    assert sum(isinstance(answer, NotSignedIn) for answer in answers) == 7


@pytest.mark.parametrize("token", ["", ".", "x", "\x00.x", "é.x", "\ud800.x", f"{'0' * 32}.x", "x" * 100_000])
async def test_what_is_no_refresh_token_is_refused(accounts: AccountService, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await accounts.refresh(token)


async def test_an_access_token_refreshes_nothing(accounts: AccountService) -> None:
    await approved(accounts)
    signed_in = await accounts.sign_in("mia", PASSWORD)
    with pytest.raises(NotSignedIn):
        await accounts.refresh(signed_in.access_token)
    with pytest.raises(NotSignedIn):
        await accounts.identify(signed_in.refresh_token)


async def test_signing_out_ends_this_session_and_no_other(accounts: AccountService, services: Services) -> None:
    user = await approved(accounts)
    here, there = await accounts.sign_in("mia", PASSWORD), await accounts.sign_in("mia", PASSWORD)
    events = heard(services.bus)
    await accounts.sign_out(await accounts.identify(here.access_token))
    assert events == [SessionEnded(user.id, here.session_id)]
    with pytest.raises(NotSignedIn):
        await accounts.identify(here.access_token)
    with pytest.raises(NotSignedIn):
        await accounts.refresh(here.refresh_token)
    await accounts.identify(there.access_token)


async def test_a_session_ends_after_its_days_and_is_cleared_away(
    accounts: AccountService, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await approved(accounts)
    monkeypatch.setattr(module, "SESSION_DAYS", -1)
    old = await accounts.sign_in("mia", PASSWORD)
    with pytest.raises(NotSignedIn):
        await accounts.refresh(old.refresh_token)
    monkeypatch.undo()
    await accounts.sign_in("mia", PASSWORD)
    engine = Database(settings.sqlalchemy_url).engine
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar_one() == 1
    engine.dispose()


async def test_refresh_tokens_are_not_stored(accounts: AccountService, settings: Settings) -> None:
    await approved(accounts)
    secret = (await accounts.sign_in("mia", PASSWORD)).refresh_token.partition(".")[2]
    engine = Database(settings.sqlalchemy_url).engine
    with engine.connect() as connection:
        assert secret not in str(connection.execute(text("SELECT * FROM sessions")).all())
    engine.dispose()


# ---- passwords, roles, deletion ------------------------------------------------------------------------------


async def test_a_changed_password_ends_every_other_session_and_only_those(
    accounts: AccountService, services: Services
) -> None:
    user = await approved(accounts)
    here, there = await accounts.sign_in("mia", PASSWORD), await accounts.sign_in("mia", PASSWORD)
    events = heard(services.bus)
    await accounts.change_password(await accounts.identify(here.access_token), PASSWORD, "another horse 8")
    assert events == [SessionEnded(user.id, there.session_id)]
    await accounts.identify(here.access_token)
    await accounts.refresh(here.refresh_token)
    for use in (lambda: accounts.identify(there.access_token), lambda: accounts.refresh(there.refresh_token)):
        with pytest.raises(NotSignedIn):
            await use()
    with pytest.raises(NotSignedIn):
        await accounts.sign_in("mia", PASSWORD)
    await accounts.sign_in("mia", "another horse 8")


@pytest.mark.parametrize(
    ("current", "new", "code", "field"),
    [
        ("a wrong horse 7", "another horse 8", "wrong_password", "current_password"),
        (PASSWORD, "short", "weak_password", "new_password"),
        (PASSWORD, "mia", "weak_password", "new_password"),
        (PASSWORD, "abc" * 100, "long_password", "new_password"),
    ],
)
async def test_a_password_that_can_not_be_changed_so_stays(
    accounts: AccountService, current: str, new: str, code: str, field: str
) -> None:
    await approved(accounts)
    identity = await accounts.identify((await accounts.sign_in("mia", PASSWORD)).access_token)
    with pytest.raises(InvalidInput) as caught:
        await accounts.change_password(identity, current, new)
    assert (caught.value.code, caught.value.field) == (code, field)
    await accounts.sign_in("mia", PASSWORD)


async def test_the_current_password_can_not_be_guessed_from_a_stolen_session(accounts: AccountService) -> None:
    await approved(accounts)
    identity = await accounts.identify((await accounts.sign_in("mia", PASSWORD)).access_token)
    for _time in range(tries.OWN_TRIES):
        with pytest.raises(InvalidInput):
            await accounts.change_password(identity, "a wrong horse 7", "another horse 8")
    with pytest.raises(TooMany):
        await accounts.change_password(identity, PASSWORD, "another horse 8")


async def test_who_signs_in_with_a_password_that_is_just_being_changed_gets_no_session(
    accounts: AccountService, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await approved(accounts)
    insert = rows.insert_session

    def too_late(session: Any, *arguments: Any) -> User | None:
        rows.set_password(session, admin, user.id, "$2b$another", kept=None)
        return insert(session, *arguments)

    monkeypatch.setattr(rows, "insert_session", too_late)
    with pytest.raises(NotSignedIn):
        await accounts.sign_in("mia", PASSWORD)


async def test_a_new_role_counts_at_once_for_a_session_that_is_open(
    accounts: AccountService, services: Services, admin: Actor
) -> None:
    user = await approved(accounts, role=Role.OPERATOR)
    signed_in = await accounts.sign_in("mia", PASSWORD)
    events = heard(services.bus)
    changed = await accounts.set_role(admin, user.id, Role.VIEWER)
    assert events == [UserChanged(changed)]
    actor = (await accounts.identify(signed_in.access_token)).actor("test")
    assert actor.role is Role.VIEWER
    with pytest.raises(Forbidden):
        await services.devices.delete(actor, 1)


async def test_the_last_administrator_can_be_neither_demoted_nor_deleted(
    accounts: AccountService, admin: Actor
) -> None:
    only = await accounts.create_first_admin("root", PASSWORD)
    await accounts.set_status(admin, (await approved(accounts, "disabled", Role.ADMIN)).id, AccountStatus.DISABLED)
    for attempt in (lambda: accounts.set_role(admin, only.id, Role.VIEWER), lambda: accounts.delete(admin, only.id)):
        with pytest.raises(Conflict) as caught:
            await attempt()
        assert caught.value.code == "last_admin"
    assert await accounts.set_role(admin, only.id, Role.ADMIN) == only
    await approved(accounts, "second", Role.ADMIN)
    await accounts.delete(admin, only.id)
    assert not await accounts.needs_first_admin()


async def test_administrators_who_demote_and_delete_each_other_leave_one(
    accounts: AccountService, admin: Actor
) -> None:
    users = [await approved(accounts, f"root{n}", Role.ADMIN) for n in range(6)]
    answers = await asyncio.gather(
        *(accounts.delete(admin, user.id) for user in users[::2]),
        *(accounts.set_role(admin, user.id, Role.VIEWER) for user in users[1::2]),
        return_exceptions=True,
    )
    assert [answer.code for answer in answers if isinstance(answer, SiappError)] == ["last_admin"]
    assert not await accounts.needs_first_admin()


async def test_a_deleted_account_is_gone_with_its_sessions_and_its_number_is_not_given_again(
    accounts: AccountService, services: Services, admin: Actor
) -> None:
    user = await approved(accounts)
    signed_in = await accounts.sign_in("mia", PASSWORD)
    events = heard(services.bus)
    await accounts.delete(admin, user.id)
    assert events == [SessionEnded(user.id, None), UserDeleted(user.id)]
    with pytest.raises(NotSignedIn):
        await accounts.identify(signed_in.access_token)
    with pytest.raises(NotSignedIn):
        await accounts.sign_in("mia", PASSWORD)
    with pytest.raises(NotFound):
        await accounts.delete(admin, user.id)
    again = await approved(accounts)
    assert again.id != user.id
    with pytest.raises(NotSignedIn):
        await accounts.identify(signed_in.access_token)


async def test_an_account_has_so_many_sessions_and_the_oldest_makes_room(
    accounts: AccountService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_SESSIONS", 3)
    await approved(accounts)
    first, *others = [await accounts.sign_in("mia", PASSWORD) for _time in range(4)]
    with pytest.raises(NotSignedIn):
        await accounts.identify(first.access_token)
    for signed_in in others:
        await accounts.identify(signed_in.access_token)


# ---- limits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mia", "nobody"])
async def test_too_many_wrong_tries_make_known_and_unknown_names_wait_alike(
    accounts: AccountService, name: str
) -> None:
    await approved(accounts)
    for _time in range(tries.OWN_TRIES):
        with pytest.raises(NotSignedIn):
            await accounts.sign_in(name, "a wrong password", "192.0.2.7")
    with pytest.raises(TooMany) as caught:
        await accounts.sign_in(name, PASSWORD, "192.0.2.7")
    assert (caught.value.code, 0 < caught.value.retry_after_s <= tries.WITHIN_S) == ("too_many_tries", True)


async def test_somebody_elses_tries_do_not_keep_the_owner_out(accounts: AccountService) -> None:
    await approved(accounts)
    for _time in range(tries.OWN_TRIES):
        with pytest.raises(NotSignedIn):
            await accounts.sign_in("mia", "a wrong password", "198.51.100.66")
    await accounts.sign_in("mia", PASSWORD, "192.0.2.7")


async def test_of_many_tries_at_once_only_so_many_are_compared(
    accounts: AccountService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await approved(accounts)
    compared: list[bytes] = []
    check = module.bcrypt.checkpw

    def counting(password: bytes, hashed: bytes) -> bool:
        compared.append(hashed)
        return check(password, hashed)

    monkeypatch.setattr(module.bcrypt, "checkpw", counting)
    attempts = (accounts.sign_in("mia", f"wrong {n}", "192.0.2.7") for n in range(60))
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotSignedIn, TooMany}
    assert len(compared) < tries.OWN_TRIES + module.HASHES_AT_ONCE


async def test_who_finds_too_many_waiting_is_sent_away(
    accounts: AccountService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await approved(accounts)
    all_here, check = threading.Event(), module.bcrypt.checkpw
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    monkeypatch.setattr(module.bcrypt, "checkpw", lambda *given: all_here.wait(60) and check(*given))
    attempts = [asyncio.create_task(accounts.sign_in("mia", PASSWORD)) for _time in range(20)]
    try:
        async with asyncio.timeout(60):
            while sum(attempt.done() for attempt in attempts) < 17:
                await asyncio.sleep(0.01)
    finally:
        all_here.set()
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [answer.code for answer in answers if isinstance(answer, TooMany)]
    assert refused == ["too_many_at_once"] * 17
    assert sum(isinstance(answer, SignIn) for answer in answers) == 3


async def test_an_address_asks_for_so_many_accounts(accounts: AccountService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "REGISTRATIONS", 2)
    for name in ("mia", "MIA"):
        with suppress(Conflict):
            await accounts.register(name, PASSWORD, "192.0.2.7")
    with pytest.raises(TooMany) as caught:
        await accounts.register("max", PASSWORD, "192.0.2.7")
    assert caught.value.code == "too_many_tries"
    with pytest.raises(InvalidInput):
        await accounts.register("max", "short", "192.0.2.7")
    await accounts.register("max", PASSWORD, "198.51.100.66")


async def test_only_so_many_accounts_wait_for_review(
    accounts: AccountService, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_PENDING", 2)
    users = [await accounts.register(f"user{n}", PASSWORD, f"192.0.2.{n}") for n in range(2)]
    with pytest.raises(TooMany) as caught:
        await accounts.register("mia", PASSWORD)
    assert caught.value.code == "too_many_pending"
    await accounts.set_status(admin, users[0].id, AccountStatus.REJECTED)
    await accounts.register("mia", PASSWORD)


# ---- what the desk asks ---------------------------------------------------------------------------------------


async def test_an_account_is_approved_with_its_role_in_one_deed(
    accounts: AccountService, services: Services, admin: Actor
) -> None:
    waiting = await accounts.register("mia", PASSWORD)
    events = heard(services.bus)
    user = await accounts.approve(admin, waiting.id, Role.OPERATOR)
    assert (user.status, user.role) == (AccountStatus.APPROVED, Role.OPERATOR) and events == [UserChanged(user)]
    entry = (await services.audit.page(admin, AuditFilter(), 1)).items[0]
    assert entry.deed.before == {"status": "pending", "role": "viewer"}
    assert entry.deed.after == {"status": "approved", "role": "operator"}


async def test_only_administrators_approve_and_add_accounts(accounts: AccountService, operator: Actor) -> None:
    waiting = await accounts.register("mia", PASSWORD)
    for attempt in (
        accounts.approve(operator, waiting.id, Role.ADMIN),
        accounts.add(operator, "max", PASSWORD, Role.ADMIN),
        accounts.sign_ins(operator),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_approving_does_not_demote_the_last_administrator(accounts: AccountService, admin: Actor) -> None:
    only = await approved(accounts, "root", Role.ADMIN)
    with pytest.raises(Conflict, match="last administrator"):
        await accounts.approve(admin, only.id, Role.VIEWER)


async def test_sign_ins_are_counted_while_they_last_and_the_last_one_is_remembered(
    accounts: AccountService, admin: Actor
) -> None:
    user, never = await approved(accounts), await approved(accounts, "max")
    first = await accounts.sign_in("mia", PASSWORD)
    await accounts.sign_in("mia", PASSWORD)
    assert (await accounts.sign_ins(admin))[user.id].now == 2
    await accounts.sign_out(await accounts.identify(first.access_token))
    found = await accounts.sign_ins(admin)
    assert found[user.id].now == 1 and never.id not in found
    last = found[user.id].last
    assert last is not None and now() - last < timedelta(minutes=1)


async def test_a_desk_is_unlocked_by_its_own_person_alone_and_no_session_begins(
    accounts: AccountService, services: Services, admin: Actor
) -> None:
    user = await approved(accounts)
    await approved(accounts, "max")
    at_desk = Actor(user.id, user.username, user.role, "window")
    await accounts.unlock(at_desk, PASSWORD)
    with pytest.raises(NotSignedIn, match="password is wrong"):
        await accounts.unlock(at_desk, "wrong horse 8")
    assert await accounts.sign_ins(admin) == {}
    done, refused = reversed((await services.audit.page(admin, AuditFilter(action=Action.USER_UNLOCK))).items)
    assert (done.actor, done.deed.outcome) == ("mia", Outcome.DONE)
    assert (refused.actor, refused.deed.after) == ("mia", {"code": "wrong_password"})


async def test_guessing_at_a_locked_desk_has_the_limits_of_a_sign_in(accounts: AccountService) -> None:
    user = await approved(accounts)
    at_desk = Actor(user.id, user.username, user.role, "window")
    for _try in range(tries.OWN_TRIES):
        with pytest.raises(NotSignedIn):
            await accounts.unlock(at_desk, "wrong horse 8")
    with pytest.raises(TooMany):
        await accounts.unlock(at_desk, PASSWORD)


async def test_a_disabled_account_unlocks_nothing(accounts: AccountService, admin: Actor) -> None:
    user = await approved(accounts)
    await accounts.set_status(admin, user.id, AccountStatus.DISABLED)
    with pytest.raises(Forbidden):
        await accounts.unlock(Actor(user.id, user.username, user.role, "window"), PASSWORD)
