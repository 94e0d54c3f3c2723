"""Settings as people see and change them: validated, kept, audited, and counting at once where that is promised."""

import json
import logging
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from siapp import app
from siapp.app import Station
from siapp.core.domain import Action, Actor, AuditFilter, Severity
from siapp.core.errors import BySetting, Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from siapp.core.i18n import Language
from siapp.core.services.settings import Setting, SettingService
from siapp.core.setting import Group, Kind, Origin, Unit, traits_of
from siapp.core.settings import FIELDS, Settings, load_settings, put_back
from siapp.core.settings_file import FILE_NAME
from siapp.net.server import Server
from tests.net.test_tls import make_pair


@pytest.fixture(autouse=True)
def empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SIAPP_") or name in ("DATABASE_URL", "SECRET_KEY")]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path, empty_environment: None, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As a person starts siapp: but for folder and port nothing is given on the command line."""
    return load_settings(data_dir=tmp_path / "data", port=0)


@pytest_asyncio.fixture
async def station(settings: Settings) -> AsyncIterator[Station]:
    async with Station(settings) as running:
        yield running


@pytest.fixture
def service(station: Station) -> SettingService:
    return station.services.settings


def find(settings: tuple[Setting, ...], name: str) -> Setting:
    return next(one for one in settings if one.name == name)


def kept(station: Station) -> dict[str, object]:
    path = station.storage.root / FILE_NAME
    stored: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
    return stored


async def noted(station: Station, admin: Actor) -> list[tuple[str | None, object, object]]:
    page = await station.services.audit.page(admin, AuditFilter(action=Action.SETTING_CHANGE))
    return [(one.deed.object_name, one.deed.before, one.deed.after) for one in page.items]


async def test_every_setting_is_shown_with_what_people_need_to_change_it(service: SettingService, admin: Actor) -> None:
    shown = await service.all(admin)
    assert [one.name for one in shown] == list(FIELDS)
    assert all(one.title and one.help and one.group in Group for one in shown)
    audit_days, level, days = (find(shown, name) for name in ("audit_days", "log_level", "keyframes_days"))
    assert (audit_days.kind, audit_days.unit, audit_days.least, audit_days.most) == (Kind.WHOLE, Unit.DAYS, 0, 36500)
    assert (level.kind, level.choices[:2], level.value, level.origin) == (
        Kind.CHOICE, ("DEBUG", "INFO"), "INFO", Origin.DEFAULT,
    )  # fmt: skip
    assert (days.least, days.above) == (0, True)
    port = find(shown, "port")
    assert (port.origin, port.editable, port.fixed) == (
        Origin.GIVEN,
        False,
        port.fixed,
    ) and "command line" in port.fixed


async def test_secrets_are_set_or_not_and_never_shown(tmp_path: Path, admin: Actor) -> None:
    settings = load_settings(
        data_dir=tmp_path / "data", port=0, secret_key="s" * 40, metrics_token="sesame-token-sesame"
    )
    async with Station(settings) as station:
        shown = await station.services.settings.all(admin)
        assert "sesame" not in str(shown) and "s" * 40 not in str(shown)
        states = {one.name: one.value for one in shown if one.kind is Kind.SECRET}
    assert states == {"database_url": "", "secret_key": "***", "admin_password": "", "metrics_token": "***"}


async def test_a_change_is_kept_for_its_owner_alone_audited_and_can_be_taken_back(
    station: Station, service: SettingService, admin: Actor
) -> None:
    shown = await service.change(admin, {"audit_days": 30, "allowed_hosts": ("Station.example.com",)})
    assert (find(shown, "audit_days").value, find(shown, "audit_days").origin) == (30, Origin.FILE)
    assert kept(station) == {"audit_days": 30, "allowed_hosts": ["station.example.com"]}
    assert (station.storage.root / FILE_NAME).stat().st_mode & 0o777 == 0o600
    shown = await service.reset(admin, "audit_days")
    assert (find(shown, "audit_days").value, find(shown, "audit_days").origin) == (1095, Origin.DEFAULT)
    assert kept(station) == {"allowed_hosts": ["station.example.com"]}
    assert await noted(station, admin) == [
        ("audit_days", {"value": 30}, {"value": 1095}),
        ("allowed_hosts", {"value": []}, {"value": ["station.example.com"]}),
        ("audit_days", {"value": 1095}, {"value": 30}),
    ]


async def test_the_next_start_goes_by_it(station: Station, service: SettingService, admin: Actor) -> None:
    await service.change(admin, {"log_format": "json", "keyframes_days": 2.5})
    again = load_settings(data_dir=station.settings.data_dir)
    assert (again.log_format, again.keyframes_days, again.origin("log_format")) == ("json", 2.5, Origin.FILE)
    assert again.faults == ()


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("audit_days", -1, "at least 0"),
        ("keyframes_days", 0, "more than 0"),
        ("tests_at_once", 17, "at most 16"),
        ("log_level", "LOUD", "'DEBUG'"),
        ("keyframes_most", "many", "can't be read"),
        ("allowed_hosts", ("https://x",), "without scheme"),
        ("trusted_proxies", "proxy.example.com", "10.0.0.0/8"),
        ("inference_device", "tpu", "write auto"),
    ],
)
async def test_what_can_not_be_used_is_refused_at_its_field_and_nothing_is_kept(
    station: Station, service: SettingService, admin: Actor, name: str, value: object, hint: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await service.change(admin, {"audit_days": 30, name: value})  # type: ignore[dict-item]
    assert caught.value.field == name and hint in caught.value.text()
    assert kept(station) == {}
    assert await noted(station, admin) == []


async def test_who_is_no_administrator_neither_sees_nor_changes_any(
    station: Station, service: SettingService, operator: Actor, viewer: Actor, admin: Actor
) -> None:
    for actor in (operator, viewer):
        with pytest.raises(Forbidden):
            await service.all(actor)
        with pytest.raises(Forbidden):
            await service.change(actor, {"audit_days": 1})
    refused = await station.services.audit.page(admin, AuditFilter(action=Action.SETTING_CHANGE))
    assert {one.actor for one in refused.items} == {"olga", "vera"}
    assert kept(station) == {}


async def test_what_a_stronger_place_gives_can_not_be_changed_but_the_file_can_be_cleaned(
    tmp_path: Path, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FILE_NAME).write_text('{"audit_days": 5, "tests_at_once": 3, "log_format": "json"}')
    monkeypatch.setenv("SIAPP_AUDIT_DAYS", "7")
    (tmp_path / ".env").write_text("SIAPP_TESTS_AT_ONCE=2\n")
    async with Station(load_settings(data_dir=tmp_path / "data", port=0)) as station:
        service = station.services.settings
        shown = await service.all(admin)
        values = {name: (find(shown, name).value, find(shown, name).origin) for name in ("audit_days", "tests_at_once")}
        assert values == {"audit_days": (7, Origin.ENVIRONMENT), "tests_at_once": (2, Origin.DOTENV)}
        with pytest.raises(Conflict) as caught:
            await service.change(admin, {"audit_days": 9})
        assert "SIAPP_AUDIT_DAYS" in caught.value.text()
        await service.change(admin, {"log_format": None})
        assert kept(station) == {"audit_days": 5, "tests_at_once": 3}, "what is hidden for now is not lost"
        await service.reset(admin, "audit_days")
        assert kept(station) == {"tests_at_once": 3}


async def test_the_data_folder_and_secrets_are_not_changed_here(service: SettingService, admin: Actor) -> None:
    for name in ("secret_key", "database_url", "metrics_token"):
        with pytest.raises(Conflict):
            await service.change(admin, {name: "x" * 40})
    with pytest.raises(NotFound):
        await service.change(admin, {"colour": "blue"})


# ---- at once ---------------------------------------------------------------------------------------------------


async def test_what_is_declared_live_is_taken_over_by_somebody(service: SettingService) -> None:
    assert set(service._appliers) == {name for name, one in FIELDS.items() if traits_of(one.json_schema_extra).live}


async def test_a_log_level_counts_at_once(service: SettingService, admin: Actor) -> None:
    shown = await service.change(admin, {"log_level": "DEBUG"})
    assert logging.getLogger().level == logging.DEBUG
    assert not find(shown, "log_level").needs_restart
    await service.reset(admin, "log_level")
    assert logging.getLogger().level == logging.INFO


async def test_limits_count_at_once_and_the_rest_waits_for_a_start(
    station: Station, service: SettingService, admin: Actor
) -> None:
    changes = {"user_quota_bytes": 5, "free_space_floor_bytes": 7, "largest_upload_bytes": 1 << 21}
    shown = await service.change(admin, {**changes, "keyframes_most": 9, "tests_at_once": 3, "inference_device": "gpu"})
    services = station.services
    assert (services.uploads.room.quota, services.videos.room.quota) == (5, 5)
    assert (services.uploads.room.space.floor, services.uploads.largest) == (7, 1 << 21)
    assert (services.tasks._key_frames.most, services.tasks._key_frames.floor) == (9, 7)
    assert services.tests._turns._limit == 3
    assert [one.name for one in shown if one.needs_restart] == ["inference_device"]


# ---- what would keep siapp from starting -------------------------------------------------------------------------


async def test_a_port_that_another_program_has_is_refused_in_time(tmp_path: Path, admin: Actor) -> None:
    async with Station(load_settings(data_dir=tmp_path / "data")) as station:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(InvalidInput) as caught:
                await station.services.settings.change(admin, {"port": port})
            assert caught.value.field == "port"
        with pytest.raises(InvalidInput) as caught:
            await station.services.settings.change(admin, {"host": "192.0.2.1"})
        assert caught.value.field == "host"
        assert kept(station) == {}


async def test_a_port_that_was_taken_since_it_was_set_is_named_with_the_way_back(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        (folder / FILE_NAME).write_text(json.dumps({"port": other.getsockname()[1], "audit_days": 5}))
        settings = load_settings(data_dir=folder)
        async with Station(settings) as station:
            with pytest.raises(BySetting) as caught:
                await app._started(Server(station.services, settings), settings)
    assert caught.value.code == "port_taken"
    assert "siapp settings reset port" in caught.value.text() and "还原" in caught.value.text(Language.CHINESE)
    mended = put_back(settings, caught.value.names)
    assert (mended.port, mended.audit_days) == (8000, 5)


async def test_a_certificate_that_is_none_is_refused_in_time(
    station: Station, service: SettingService, admin: Actor, tmp_path: Path
) -> None:
    (tmp_path / "none.pem").write_text("no certificate")
    with pytest.raises(InvalidInput) as caught:
        await service.change(admin, {"tls_cert": str(tmp_path / "none.pem")})
    assert caught.value.field == "tls_cert" and "PEM" in caught.value.text()
    with pytest.raises(InvalidInput) as caught:
        await service.change(admin, {"tls_cert": str(make_pair(tmp_path, "good").cert), "tls_key": str(tmp_path / "x")})
    assert caught.value.field == "tls_key" and str(tmp_path) not in caught.value.text()
    assert kept(station) == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'"port"', b"[" * 100_000])
async def test_a_damaged_file_keeps_nobody_from_starting_and_is_kept_aside(
    tmp_path: Path, admin: Actor, operator: Actor, content: bytes
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(content)
    async with Station(load_settings(data_dir=folder, port=0)) as station:
        assert await station.services.diagnostics.news(operator) == ()
        (notice,) = await station.services.diagnostics.news(admin)
        assert (notice.severity, notice.problem.code) == (Severity.WARNING, "settings_damaged")
        assert await station.services.diagnostics.news(admin) == (), "told once"
        (aside,) = folder.glob(f"{FILE_NAME}.damaged-*")
        assert aside.read_bytes() == content and not (folder / FILE_NAME).exists()


async def test_a_value_that_can_not_be_used_is_left_out_and_told(tmp_path: Path, admin: Actor) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FILE_NAME).write_text('{"audit_days": "never", "tests_at_once": 3, "secret_key": "short", "of_later": 1}')
    settings = load_settings(data_dir=folder, port=0)
    assert (settings.audit_days, settings.tests_at_once, settings.secret_key) == (1095, 3, None)
    async with Station(settings) as station:
        (notice,) = await station.services.diagnostics.news(admin)
        assert (notice.problem.code, dict(notice.problem.values)) == ("setting_left_out", {"name": "audit_days"})


async def test_a_disk_that_refuses_changes_nothing(
    station: Station, service: SettingService, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_draft: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Unavailable) as caught:
        await service.change(admin, {"user_quota_bytes": 1})
    monkeypatch.undo()
    assert "No space left" in caught.value.text()
    assert kept(station) == {} and station.services.uploads.room.quota == 20 << 30
    assert not list(station.storage.root.glob(f"{FILE_NAME}.*"))
