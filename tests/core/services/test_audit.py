"""The audit, on both databases: each change and each refusal is in it, nothing secret is, and no flood fills it."""

import asyncio
import csv
import io
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text, update

from siapp.app import Station
from siapp.core.clock import now
from siapp.core.db import audit as rows
from siapp.core.db.engine import make_engine
from siapp.core.db.tables import AuditRow
from siapp.core.domain import (
    AccountStatus,
    Action,
    Actor,
    AuditEntry,
    AuditFilter,
    Deed,
    Outcome,
    Role,
    TaskOptions,
    TaskState,
)
from siapp.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotSignedIn,
    OutOfSpace,
    SiappError,
    TooLarge,
    TooMany,
    Unavailable,
)
from siapp.core.services import Services
from siapp.core.services import audit as module
from siapp.core.services.audit import AuditService
from siapp.core.settings import Settings
from tests.core.services.conftest import Desk

PASSWORD = "correct horse 7"
ROOT = Actor(1001, "ada", Role.ADMIN, "test")
VERA = Actor(1003, "vera", Role.VIEWER, "192.0.2.7")


async def entries(services: Services, **wanted: Any) -> tuple[AuditEntry, ...]:
    """What is in the audit, oldest first."""
    page = await services.audit.page(ROOT, AuditFilter(**wanted), limit=500)
    return tuple(reversed(page.items))


async def newest(services: Services) -> AuditEntry:
    return (await entries(services))[-1]


def said(entry: AuditEntry) -> tuple[str, Action, int | None, str | None, Outcome, str]:
    deed = entry.deed
    return entry.actor, deed.action, deed.object_id, deed.object_name, deed.outcome, entry.address


# ---- changes -------------------------------------------------------------------------------------------------


async def test_each_change_of_a_camera_is_kept_without_its_password(desk: Desk, services: Services) -> None:
    camera = await desk.camera("Gate", "rtsp://root:hunter2@192.168.1.20/a?password=hunter2")
    await services.devices.update(desk.operator, camera.id, "Yard", "rtsp://root:hunter3@192.168.1.20/b")
    desk.engine.answers.append({"codec": "h264", "width": 640, "height": 360, "fps": 25.0})
    await services.devices.check(desk.operator, "rtsp://root:hunter4@192.168.1.21/c")
    await services.devices.delete(desk.operator, camera.id)
    added, edited, checked, deleted = await entries(services)
    assert said(added) == ("olga", Action.DEVICE_ADD, camera.id, "Gate", Outcome.DONE, "test")
    assert added.actor_id == desk.operator.user_id
    assert added.deed.before is None
    assert added.deed.after == {"name": "Gate", "rtsp_url": "rtsp://***:***@192.168.1.20/a?password=***"}
    assert said(edited)[1:4] == (Action.DEVICE_EDIT, camera.id, "Yard")
    assert edited.deed.before == added.deed.after
    assert edited.deed.after is not None and edited.deed.after["rtsp_url"] == "rtsp://***:***@192.168.1.20/b"
    assert checked.deed.after is not None and checked.deed.after["rtsp_url"] == "rtsp://***:***@192.168.1.21/c"
    assert said(deleted)[1:4] == (Action.DEVICE_DELETE, camera.id, "Yard")
    assert (deleted.deed.before, deleted.deed.after) == (
        {"name": "Yard", "rtsp_url": edited.deed.after["rtsp_url"]},
        None,
    )
    assert "hunter" not in repr(await entries(services))


async def test_each_change_of_an_algorithm_is_kept(desk: Desk, services: Services) -> None:
    algorithm = await desk.algorithm("Cars")
    await services.algorithms.add_version(desk.operator, algorithm.id, await desk.upload(b"newer", "v2.pt"))
    await desk.imported(algorithm.id)
    await services.algorithms.activate(desk.operator, algorithm.id, 2)
    await services.algorithms.delete_version(desk.operator, algorithm.id, 1)
    await services.algorithms.delete(desk.operator, algorithm.id)
    kept = await entries(services)
    assert [(entry.deed.action, entry.deed.object_id, entry.deed.object_name) for entry in kept] == [
        (action, algorithm.id, "Cars")
        for action in (
            Action.ALGORITHM_ADD,
            Action.ALGORITHM_ADD_VERSION,
            Action.ALGORITHM_ACTIVATE,
            Action.ALGORITHM_DELETE_VERSION,
            Action.ALGORITHM_DELETE,
        )
    ]
    assert kept[1].deed.after == {"version": 2, "filename": "v2.pt", "sha256": "0" * 64, "size": 5}
    assert (kept[2].deed.before, kept[2].deed.after) == ({"active_version": 1}, {"active_version": 2})
    assert kept[3].deed.before == {"version": 1}
    assert kept[4].deed.before == {"active_version": 2, "versions": [2]}


async def test_each_change_of_a_task_is_kept_and_what_it_does_by_itself_is_not(desk: Desk, services: Services) -> None:
    task = await desk.running_task("Gate cars")
    await services.tasks.update(desk.operator, task.id, {"confidence": 0.5}, auto_start=True)
    await services.tasks.stop(desk.operator, task.id)
    await services.tasks.stop(desk.operator, task.id)
    await desk.in_state(task.id, TaskState.STOPPED)
    await services.tasks.delete(desk.operator, task.id)
    kept = [entry for entry in await entries(services) if entry.deed.action.kind == "task"]
    assert [entry.deed.action for entry in kept] == [
        Action.TASK_ADD,
        Action.TASK_START,
        Action.TASK_EDIT,
        Action.TASK_STOP,
        Action.TASK_DELETE,
    ]
    added, started, edited, stopped, deleted = (entry.deed for entry in kept)
    assert added.after is not None and added.after["device"] == "Gate cars camera"
    assert (started.before, started.after) == ({"state": "stopped"}, {"state": "starting"})
    assert edited.before is not None and edited.before["options"]["confidence"] == TaskOptions().confidence
    assert edited.after is not None and (edited.after["options"]["confidence"], edited.after["auto_start"]) == (
        0.5,
        True,
    )
    assert (stopped.before, stopped.after) == ({"state": "running"}, {"state": "stopping"})
    assert deleted.before is not None and deleted.before["auto_start"] is True


async def test_each_change_of_an_account_is_kept_without_a_password(services: Services, admin: Actor) -> None:
    accounts = services.accounts
    mia = await accounts.register("mia", PASSWORD, "192.0.2.9")
    await accounts.set_status(admin, mia.id, AccountStatus.APPROVED)
    await accounts.set_role(admin, mia.id, Role.OPERATOR)
    signed_in = await accounts.sign_in("mia", PASSWORD, "192.0.2.9")
    identity = await accounts.identify(signed_in.access_token)
    await accounts.change_password(identity, PASSWORD, "another horse 8", "192.0.2.9")
    await accounts.reset_password(admin, mia.id, "a third horse 9")
    identity = await accounts.identify((await accounts.sign_in("mia", "a third horse 9", "192.0.2.9")).access_token)
    await accounts.sign_out(identity, "192.0.2.9")
    await accounts.delete(admin, mia.id)
    kept = await entries(services)
    assert [said(entry) for entry in kept] == [
        (who, action, mia.id, "mia", Outcome.DONE, "192.0.2.9" if who == "mia" else "test")
        for who, action in (
            ("mia", Action.USER_REGISTER),
            ("ada", Action.USER_STATUS),
            ("ada", Action.USER_ROLE),
            ("mia", Action.USER_SIGN_IN),
            ("mia", Action.USER_PASSWORD),
            ("ada", Action.USER_PASSWORD),
            ("mia", Action.USER_SIGN_IN),
            ("mia", Action.USER_SIGN_OUT),
            ("ada", Action.USER_DELETE),
        )
    ]
    assert (kept[1].deed.before, kept[1].deed.after) == ({"status": "pending"}, {"status": "approved"})
    assert (kept[2].deed.before, kept[2].deed.after) == ({"role": "viewer"}, {"role": "operator"})
    assert kept[-1].deed.before == {"role": "operator", "status": "approved"}
    assert not any(word in repr(kept) for word in ("horse", "$2b$", signed_in.access_token, signed_in.refresh_token))


async def test_the_first_administrator_and_what_siapp_does_itself_are_kept(services: Services) -> None:
    first = await services.accounts.create_first_admin("root", PASSWORD, "window")
    second = await services.accounts.add_user("otto", PASSWORD, Role.VIEWER)
    by_hand, by_siapp = await entries(services)
    assert said(by_hand) == ("root", Action.USER_ADD, first.id, "root", Outcome.DONE, "window")
    assert said(by_siapp) == ("siapp", Action.USER_ADD, second.id, "otto", Outcome.DONE, "local")
    assert (by_siapp.actor_id, by_siapp.deed.after) == (None, {"role": "viewer", "status": "approved"})


async def test_the_administrator_whom_the_settings_name_is_kept(settings: Settings, engines: list[object]) -> None:
    named = settings.model_copy(update={"admin_username": "root", "admin_password": SecretStr(PASSWORD)})
    async with Station(named) as station:
        assert said(await newest(station.services))[:2] == ("siapp", Action.USER_ADD)


async def test_accounts_that_can_not_be_made_are_kept(services: Services) -> None:
    await services.accounts.create_first_admin("root", PASSWORD)
    for attempt, who, action, code in (
        (lambda: services.accounts.create_first_admin("eve", PASSWORD), "?", Action.USER_ADD, "admin_exists"),
        (lambda: services.accounts.add_user("ROOT", PASSWORD, Role.ADMIN), "siapp", Action.USER_ADD, "name_taken"),
        (lambda: services.accounts.register("ROOT", PASSWORD), "?", Action.USER_REGISTER, "name_taken"),
    ):
        with pytest.raises(Conflict):
            await attempt()
        entry = await newest(services)
        assert (entry.actor, entry.deed.action, entry.deed.after) == (who, action, {"code": code})
        assert (entry.actor_id, entry.deed.outcome) == (None, Outcome.REFUSED)


async def test_the_reuse_of_a_refresh_token_is_kept(services: Services) -> None:
    user = await services.accounts.add_user("mia", PASSWORD, Role.VIEWER)
    signed_in = await services.accounts.sign_in("mia", PASSWORD)
    await services.accounts.refresh(signed_in.refresh_token)
    with pytest.raises(NotSignedIn):
        await services.accounts.refresh(signed_in.refresh_token, "198.51.100.66")
    entry = await newest(services)
    assert said(entry) == ("mia", Action.SESSION_REVOKE, user.id, "mia", Outcome.DONE, "198.51.100.66")
    assert entry.actor_id is None, "whoever shows it has proved nothing"


async def test_what_the_database_refuses_has_no_entry_as_done(desk: Desk, services: Services) -> None:
    await desk.camera("Gate")
    with pytest.raises(Conflict):
        await desk.camera("GATE")
    done, refused = await entries(services)
    assert said(done)[1:5] == (Action.DEVICE_ADD, done.deed.object_id, "Gate", Outcome.DONE)
    assert said(refused)[1:5] == (Action.DEVICE_ADD, None, "GATE", Outcome.REFUSED)
    assert refused.deed.after == {"code": "name_taken"}
    assert (await services.audit.verify(ROOT)).first_fault is None


# ---- refusals ------------------------------------------------------------------------------------------------

Attempt = Callable[[Services, Desk], Awaitable[object]]
ATTEMPTS: dict[Action, Attempt] = {
    Action.DEVICE_ADD: lambda s, _d: s.devices.add(VERA, "Gate", "rtsp://root:hunter2@192.168.1.20/"),
    Action.DEVICE_EDIT: lambda s, _d: s.devices.update(VERA, 7, "Gate"),
    Action.DEVICE_DELETE: lambda s, _d: s.devices.delete(VERA, 7),
    Action.DEVICE_CHECK: lambda s, _d: s.devices.check(VERA, "rtsp://root:hunter2@192.168.1.20/"),
    Action.ALGORITHM_ADD: lambda s, _d: s.algorithms.add_from_file(VERA, "Gate", Path("hunter2.pt")),
    Action.ALGORITHM_ADD_VERSION: lambda s, _d: s.algorithms.add_version_from_file(VERA, 7, Path("hunter2.pt")),
    Action.ALGORITHM_OPTIMIZE: lambda s, _d: s.algorithms.optimize(VERA, 7, 1, 1),
    Action.ALGORITHM_TRY: lambda s, _d: s.algorithms.try_picture(VERA, 7, 1, Path("hunter2.jpg")),
    Action.ALGORITHM_ACTIVATE: lambda s, _d: s.algorithms.activate(VERA, 7, 1),
    Action.ALGORITHM_DELETE: lambda s, _d: s.algorithms.delete(VERA, 7),
    Action.ALGORITHM_DELETE_VERSION: lambda s, _d: s.algorithms.delete_version(VERA, 7, 1),
    Action.TASK_ADD: lambda s, _d: s.tasks.add(VERA, "Gate", 1, 1),
    Action.TASK_EDIT: lambda s, _d: s.tasks.update(VERA, 7, {}),
    Action.TASK_START: lambda s, _d: s.tasks.start(VERA, 7),
    Action.TASK_STOP: lambda s, _d: s.tasks.stop(VERA, 7),
    Action.TASK_DELETE: lambda s, _d: s.tasks.delete(VERA, 7),
    Action.USER_READ: lambda s, _d: s.accounts.users(VERA),
    Action.USER_STATUS: lambda s, _d: s.accounts.set_status(VERA, 7, AccountStatus.APPROVED),
    Action.USER_ROLE: lambda s, _d: s.accounts.set_role(VERA, 7, Role.ADMIN),
    Action.USER_PASSWORD: lambda s, _d: s.accounts.reset_password(VERA, 7, "hunter2"),
    Action.USER_DELETE: lambda s, _d: s.accounts.delete(VERA, 7),
    Action.AUDIT_READ: lambda s, _d: s.audit.page(VERA, AuditFilter()),
}


async def test_each_attempt_of_somebody_who_may_not_is_kept(services: Services, desk: Desk) -> None:
    for action, attempt in ATTEMPTS.items():
        with pytest.raises(Forbidden):
            await attempt(services, desk)
        entry = await newest(services)
        about = (7, None) if action is not Action.USER_READ else (None, None)
        if action in (Action.DEVICE_ADD, Action.ALGORITHM_ADD, Action.TASK_ADD):
            about = (None, "Gate")
        if action in (Action.DEVICE_CHECK, Action.AUDIT_READ):
            about = (None, None)
        assert said(entry) == ("vera", action, *about, Outcome.REFUSED, "192.0.2.7")
        assert (entry.actor_id, entry.deed.after) == (1003, {"code": "forbidden"})
    assert len(await entries(services)) == len(ATTEMPTS), "one for each"
    assert "hunter2" not in repr(await entries(services))


async def test_an_upload_of_somebody_who_may_not_is_kept_once_and_its_file_is_not(
    services: Services, desk: Desk
) -> None:
    upload = await desk.upload()
    with pytest.raises(Forbidden):
        await services.algorithms.add(VERA, "Gate", upload)
    assert [said(entry)[1:4] for entry in await entries(services)] == [(Action.ALGORITHM_ADD, None, "Gate")]
    assert not upload.path.exists()


async def test_dangerous_acts_that_are_refused_for_how_things_stand_are_kept(
    services: Services, desk: Desk, admin: Actor
) -> None:
    task = await desk.running_task()
    only = await services.accounts.create_first_admin("root", PASSWORD)
    attempts: tuple[tuple[Action, str, int, Callable[[], Awaitable[object]]], ...] = (
        (Action.DEVICE_DELETE, "device_in_use", task.device.id, lambda: services.devices.delete(admin, task.device.id)),
        (
            Action.ALGORITHM_DELETE,
            "algorithm_in_use",
            task.algorithm.id,
            lambda: services.algorithms.delete(admin, task.algorithm.id),
        ),
        (Action.TASK_DELETE, "task_running", task.id, lambda: services.tasks.delete(admin, task.id)),
        (Action.USER_DELETE, "last_admin", only.id, lambda: services.accounts.delete(admin, only.id)),
        (Action.USER_ROLE, "last_admin", only.id, lambda: services.accounts.set_role(admin, only.id, Role.VIEWER)),
        (
            Action.USER_STATUS,
            "last_admin",
            only.id,
            lambda: services.accounts.set_status(admin, only.id, AccountStatus.DISABLED),
        ),
    )
    for action, code, number, attempt in attempts:
        with pytest.raises(Conflict) as caught:
            await attempt()
        assert caught.value.code == code
        entry = await newest(services)
        assert said(entry) == ("ada", action, number, None, Outcome.REFUSED, "test")
        assert entry.deed.after == {"code": code}


@pytest.mark.parametrize("url", ["http://root:hunter2@169.254.169.254/", "rtsp://metadata.google.internal/"])
async def test_cameras_at_addresses_that_are_none_of_theirs_are_kept(services: Services, desk: Desk, url: str) -> None:
    for action, attempt in (
        (Action.DEVICE_ADD, lambda: services.devices.add(desk.operator, "Gate", url)),
        (Action.DEVICE_CHECK, lambda: services.devices.check(desk.operator, url)),
    ):
        with pytest.raises(SiappError):
            await attempt()
        entry = await newest(services)
        assert said(entry)[1:2] + said(entry)[4:5] == (action, Outcome.REFUSED)
        assert entry.deed.after == {"code": "bad_camera_url"}
    with pytest.raises(SiappError):
        await services.devices.add(desk.operator, "Gate", "a slip of the pen")
    assert len(await entries(services)) == 2, "what is just no address is no attempt at anything"
    assert "hunter2" not in repr(await entries(services))


async def refused_sign_in(services: Services, name: str, password: str, address: str = "192.0.2.7") -> SiappError:
    with pytest.raises(SiappError) as caught:
        await services.accounts.sign_in(name, password, address)
    return caught.value


async def test_wrong_passwords_are_kept_under_the_account_and_unknown_names_are_not(services: Services) -> None:
    user = await services.accounts.add_user("mia", PASSWORD, Role.VIEWER)
    await refused_sign_in(services, "MIA", "wrong")
    await refused_sign_in(services, "My Secret Passphrase", "wrong")
    _added, known, unknown = await entries(services)
    assert said(known) == ("mia", Action.USER_SIGN_IN, user.id, "mia", Outcome.REFUSED, "192.0.2.7")
    assert (known.actor_id, known.deed.after) == (None, {"code": "invalid_credentials"})
    assert said(unknown) == ("?", Action.USER_SIGN_IN, None, None, Outcome.REFUSED, "192.0.2.7")


@pytest.mark.parametrize("status", [AccountStatus.PENDING, AccountStatus.REJECTED, AccountStatus.DISABLED])
async def test_a_sign_in_that_the_accounts_state_forbids_is_kept(
    services: Services, admin: Actor, status: AccountStatus
) -> None:
    user = await services.accounts.register("mia", PASSWORD)
    await services.accounts.set_status(admin, user.id, status)
    await refused_sign_in(services, "mia", PASSWORD)
    entry = await newest(services)
    assert said(entry)[1:5] == (Action.USER_SIGN_IN, user.id, "mia", Outcome.REFUSED)
    assert entry.deed.after == {"code": f"account_{status}"}


async def test_too_many_tries_are_kept(services: Services) -> None:
    await services.accounts.add_user("mia", PASSWORD, Role.VIEWER)
    while not isinstance(await refused_sign_in(services, "mia", "wrong"), TooMany):
        pass
    assert (await newest(services)).deed.after == {"code": "too_many_tries"}


async def test_a_wrong_current_password_is_kept(services: Services) -> None:
    user = await services.accounts.add_user("mia", PASSWORD, Role.VIEWER)
    identity = await services.accounts.identify((await services.accounts.sign_in("mia", PASSWORD)).access_token)
    with pytest.raises(SiappError):
        await services.accounts.change_password(identity, "wrong", "another horse 8")
    entry = await newest(services)
    assert said(entry)[:5] == ("mia", Action.USER_PASSWORD, user.id, "mia", Outcome.REFUSED)


# ---- floods and faults ---------------------------------------------------------------------------------------


async def refuse(service: AuditService, actor: Actor = VERA, **more: Any) -> None:
    await service.refused(actor, Action.DEVICE_ADD, Forbidden("forbidden", "No."), **more)


async def test_the_same_refusal_again_and_again_becomes_two_entries(services: Services) -> None:
    for _time in range(200):
        await refuse(services.audit)
    assert [entry.deed.after for entry in await entries(services)] == [{"code": "forbidden"}]
    await services.audit.close()
    first, rest = await entries(services)
    assert said(first) == said(rest) == ("vera", Action.DEVICE_ADD, None, None, Outcome.REFUSED, "192.0.2.7")
    assert rest.deed.after == {"code": "forbidden", "times": 199}


async def test_after_a_minute_the_number_is_written_and_a_refusal_is_new_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPEATS_S", 0.2)
    for _time in range(3):
        await refuse(services.audit)
    async with asyncio.timeout(10):
        while len(await entries(services)) < 2:
            await asyncio.sleep(0.01)
    await refuse(services.audit)
    afters = [entry.deed.after for entry in await entries(services)]
    assert afters == [{"code": "forbidden"}, {"code": "forbidden", "times": 2}, {"code": "forbidden"}]


async def test_refusals_of_ever_new_kinds_are_counted_together(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KINDS", 10)
    for number in range(300):
        await refuse(services.audit, Actor(0, "?", Role.VIEWER, f"198.51.100.{number}"))
    await services.audit.close()
    kept = await entries(services)
    assert len(kept) == 11
    assert (kept[-1].actor, kept[-1].deed.after) == ("?", {"code": "others", "times": 290})


async def test_what_tells_refusals_apart_is_not_written(services: Services) -> None:
    for secret in ("hunter2", "hunter3"):
        await refuse(services.audit, alike=secret)
    assert len(await entries(services)) == 2
    assert "hunter" not in repr(await entries(services))


async def test_unknown_names_cost_as_many_entries_as_known_ones(services: Services, monkeypatch: Any) -> None:
    """Otherwise the time of an answer would tell which names there are."""
    for name in ("mia", "max"):
        await services.accounts.add_user(name, PASSWORD, Role.VIEWER)
    costs = []
    for name in ("mia", "nobody", "max", "no one", "mia", "nobody"):
        before = len(await entries(services))
        await refused_sign_in(services, name, "wrong")
        costs.append(len(await entries(services)) - before)
    assert costs == [1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("fault", ["silent", "slow"])
async def test_a_refusal_stays_one_where_the_audit_can_not_be_written(
    services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    async def write(_change: object) -> None:
        if fault == "slow":
            await asyncio.sleep(60)
        raise Unavailable("database_unavailable", "The database does not answer.")

    monkeypatch.setattr(module, "WRITE_LIMIT_S", 0.1)
    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(services.audit._db, "write", write)
        with pytest.raises(Forbidden):
            await services.devices.delete(VERA, 7)
    assert "the audit has no entry on device.delete, refused" in caplog.text
    assert await entries(services) == ()


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another program keeps the database from being written to."""
    engine = make_engine(url)
    with engine.execution_options(siapp_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE audit_head IN EXCLUSIVE MODE"))
        yield
    engine.dispose()


async def test_a_refusal_does_not_wait_for_a_database_that_is_locked(
    services: Services, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WRITE_LIMIT_S", 0.2)
    with locked(settings.sqlalchemy_url):
        with pytest.raises(Forbidden):
            await services.devices.delete(VERA, 7)
        assert "the audit has no entry on device.delete, refused: the database is slow" in caplog.text
    with pytest.raises(Forbidden):
        await services.devices.delete(VERA, 8)
    assert (await services.audit.verify(ROOT)).first_fault is None


async def test_a_refusal_during_a_lock_is_written_once_when_the_lock_is_gone(
    services: Services, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WRITE_LIMIT_S", 0.2)
    with locked(settings.sqlalchemy_url):
        await refused_sign_in(services, "nobody", "wrong")
        assert await entries(services) == ()
    async with asyncio.timeout(10):
        while not await entries(services):
            await asyncio.sleep(0.01)
    await services.audit.close()
    assert [entry.deed.after for entry in await entries(services)] == [{"code": "invalid_credentials"}]


async def test_refusals_that_could_not_be_written_are_counted_and_written_later(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(_change: object) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    monkeypatch.setattr(module, "REPEATS_S", 0.1)
    with monkeypatch.context() as broken:
        broken.setattr(services.audit._db, "write", write)
        for _time in range(3):
            await refuse(services.audit)
        await asyncio.sleep(0.3)  # the number of them can't be written either, more than once
    async with asyncio.timeout(10):
        while not await entries(services):
            await asyncio.sleep(0.01)
    await services.audit.close()
    assert [entry.deed.after for entry in await entries(services)] == [{"code": "forbidden", "times": 3}]


async def test_refusals_that_wait_to_be_written_are_bounded(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(_change: object) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    monkeypatch.setattr(module, "MOST_KINDS", 10)
    with monkeypatch.context() as broken:
        broken.setattr(services.audit._db, "write", write)
        for number in range(100):
            await refuse(services.audit, Actor(0, "?", Role.VIEWER, f"198.51.100.{number}"))
    await services.audit.close()
    times = [(entry.deed.after or {})["times"] for entry in await entries(services)]
    assert (len(times), sum(times)) == (11, 100)


@pytest.mark.parametrize(
    "make_error",
    [
        lambda: OutOfSpace("quota_exceeded", "No."),
        lambda: TooLarge("file_too_large", "No."),
        lambda: TooMany("too_many_checks", "No.", retry_after_s=5),
    ],
    ids=["no space", "too large", "too many"],
)
async def test_what_would_be_too_much_is_kept(
    services: Services, desk: Desk, monkeypatch: pytest.MonkeyPatch, make_error: Callable[[], SiappError]
) -> None:
    error = make_error()

    async def refusing(_change: object) -> None:
        raise error

    with monkeypatch.context() as full:
        full.setattr(services.devices._db, "write", refusing)
        with pytest.raises(type(error)):
            await services.devices.add(desk.operator, "Gate", "rtsp://192.168.1.20/live")
    await services.audit.close()
    assert (await newest(services)).deed.action is Action.DEVICE_ADD
    assert ((await newest(services)).deed.after or {})["code"] == error.code


# ---- reading -------------------------------------------------------------------------------------------------


async def test_the_audit_is_read_newest_first_in_windows_and_by_filter(services: Services, desk: Desk) -> None:
    for name in ("a", "b", "c"):
        await desk.camera(name)
    with pytest.raises(Forbidden):
        await services.devices.delete(VERA, 1)
    page = await services.audit.page(ROOT, AuditFilter(), limit=2, offset=1)
    assert ([entry.deed.object_name for entry in page.items], page.total) == (["c", "b"], 4)
    assert [entry.deed.action for entry in await entries(services, actor="vera")] == [Action.DEVICE_DELETE]
    assert len(await entries(services, action=Action.DEVICE_ADD)) == 3
    assert await entries(services, since=now() + timedelta(minutes=1)) == ()
    assert len(await entries(services, since=now() - timedelta(minutes=1))) == 4
    assert await entries(services, until=now() - timedelta(minutes=1)) == ()
    assert len(await entries(services, until=now() + timedelta(minutes=1))) == 4
    assert [entry.actor for entry in await entries(services, outcome=Outcome.REFUSED)] == ["vera"]
    assert len(await entries(services, kind="device")) == 4 and await entries(services, kind="devic") == ()
    assert [entry.deed.object_name for entry in await entries(services, text="B")] == ["b"]
    assert await entries(services, text="%") == (), "what is typed is no pattern"


async def test_older_entries_follow_without_counting_them(services: Services, desk: Desk) -> None:
    for name in ("a", "b", "c"):
        await desk.camera(name)
    newest_two = await services.audit.older(ROOT, AuditFilter(), None, 2)
    assert [entry.seq for entry in newest_two] == [3, 2]
    assert [entry.seq for entry in await services.audit.older(ROOT, AuditFilter(), 2, 2)] == [1]
    assert await services.audit.actors(ROOT) == ("olga",)


async def test_a_saved_export_is_whole_or_not_there(
    services: Services, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXPORTED_AT_ONCE", 2)
    for name in ("a", "b", "北门"):
        await desk.camera(name)
    path, counts = tmp_path / "audit.csv", []
    assert await services.audit.save(ROOT, AuditFilter(), path, counts.append) == 3 and counts == [0, 2, 3]
    assert "北门" in path.read_text(encoding="utf-8-sig") and path.read_bytes().startswith(b"\xef\xbb\xbf")
    path.write_text("before")

    def give_up(count: int) -> None:
        if count == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await services.audit.save(ROOT, AuditFilter(), path, give_up)
    assert path.read_text() == "before" and [each.name for each in tmp_path.glob("*.part")] == []
    with pytest.raises(InvalidInput, match="can't be written"):
        await services.audit.save(ROOT, AuditFilter(), tmp_path / "none" / "audit.csv")


async def test_a_look_at_the_chain_tells_how_far_it_is_and_can_be_given_up(
    services: Services, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_BATCH", 1)
    for name in ("a", "b", "c"):
        await desk.camera(name)
    heard: list[tuple[int, int]] = []
    verdict = await services.audit.verify(ROOT, lambda done, of: heard.append((done, of)))
    assert verdict.first_fault is None
    await asyncio.sleep(0)
    assert heard == [(1, 3), (2, 3), (3, 3)]
    looking = asyncio.create_task(services.audit.verify(ROOT))
    await asyncio.sleep(0)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking


async def exported(services: Services, wanted: AuditFilter) -> tuple[list[dict[str, str]], int]:
    """The lines, and in how many pieces they came."""
    pieces = [piece async for piece in await services.audit.export(ROOT, wanted)]
    return list(csv.DictReader(io.StringIO("".join(pieces)))), len(pieces)


async def test_the_export_comes_in_pieces_and_has_everything(
    services: Services, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXPORTED_AT_ONCE", 2)
    for name in ("a", "b", '北门, "c"'):
        await desk.camera(name)
    lines, pieces = await exported(services, AuditFilter())
    assert pieces == 3
    assert [line["object"] for line in lines] == ['北门, "c"', "b", "a"]
    assert [line["number"] for line in lines] == ["3", "2", "1"]
    assert lines[0]["actor"] == "olga" and lines[0]["at"].endswith("Z") and len(lines[0]["hash"]) == 64
    assert (await exported(services, AuditFilter(actor="nobody")))[0] == []


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
async def test_no_cell_of_the_export_is_a_formula(services: Services, desk: Desk, name: str) -> None:
    await desk.camera(name)
    lines, _pieces = await exported(services, AuditFilter())
    assert lines[0]["object"] == f"'{name}"


async def test_only_administrators_export(services: Services, operator: Actor) -> None:
    with pytest.raises(Forbidden):
        await services.audit.export(operator, AuditFilter())
    assert (await newest(services)).deed.action is Action.AUDIT_READ


async def test_entries_beyond_their_time_are_cut_off_at_the_start(settings: Settings, engines: list[object]) -> None:
    async with Station(settings) as station:
        await station.services.audit.done(ROOT, Deed(Action.DEVICE_CHECK, 1))
        aged = update(AuditRow).values(at=now() - timedelta(days=60))
        await station.services.audit._db.write(lambda s: s.execute(aged))
    for days, kept in ((0, [1]), (30, [2])):
        async with Station(settings.model_copy(update={"audit_days": days})) as station:
            async with asyncio.timeout(10):
                while [entry.seq for entry in await entries(station.services)] != kept:
                    await asyncio.sleep(0.01)
    assert (await entries_of(settings))[0].deed.action is Action.AUDIT_CUT


async def entries_of(settings: Settings) -> tuple[AuditEntry, ...]:
    async with Station(settings) as station:
        return await entries(station.services)
