"""The page of settings, clicked through: what each person sees, what is changed, and what is said of it."""

import json
import os
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from siapp import __version__
from siapp.app import Station
from siapp.core.crash import MARK_NAME, RunMark
from siapp.core.domain import AccountStatus, Actor, Role, Severity, User
from siapp.core.events import UserChanged
from siapp.core.i18n import Language
from siapp.core.reach import Certificate, ServerFacts, SocketInfo, SocketKind
from siapp.core.settings import Settings, load_settings
from siapp.core.settings_file import FILE_NAME
from siapp.ui.desk import ServerInfo
from siapp.ui.memory import AFTER_MINUTES, OnClose
from siapp.ui.pages.settings import SettingsPage
from siapp.ui.settings.about import AboutSection
from siapp.ui.settings.editors import ChoiceEditor, ListEditor, NumberEditor, PathEditor, SizeEditor, TextEditor
from siapp.ui.settings.field import SettingField
from siapp.ui.settings.section import GroupSection
from siapp.ui.theme import Scheme
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import Open, dialog, settle, told, until


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As a person starts siapp: nothing but the folder is given on the command line."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SIAPP_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SIAPP_INFERENCE_DEVICE", "cpu")
    return load_settings(data_dir=tmp_path / "data")


@pytest_asyncio.fixture
async def window(open_window: Open, admin: Actor) -> MainWindow:
    shown = await open_window(admin)
    shown.shell.open(shown.shell.settings)
    await settle(shown)
    return shown


@pytest.fixture
def page(window: MainWindow) -> SettingsPage:
    return window.shell.settings


def field(page: SettingsPage, name: str) -> SettingField:
    """The field of a setting, on its section."""
    for section in page.sections:
        for one in section.fields:
            if one.name == name:
                page.show_section(section)
                return one
    raise AssertionError(name)


def visible(page: SettingsPage) -> list[str]:
    return [page.nav.item(row).text() for row in range(page.nav.count()) if not page.nav.item(row).isHidden()]


def kept(station: Station) -> dict[str, object]:
    path = station.storage.root / FILE_NAME
    stored: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
    return stored


async def test_every_setting_stands_there_once_with_help(
    window: MainWindow, page: SettingsPage, station: Station, admin: Actor
) -> None:
    names = [one.name for section in page.sections for one in section.fields]
    assert sorted(names) == sorted(one.name for one in await station.services.settings.all(admin))
    assert all(one.note for section in page.sections for one in section.fields)
    kinds = {
        name: type(field(page, name).editor) for name in ("log_level", "port", "tls_cert", "allowed_hosts", "host")
    }
    assert kinds == {
        "log_level": ChoiceEditor, "port": NumberEditor, "tls_cert": PathEditor, "allowed_hosts": ListEditor,
        "host": TextEditor,
    }  # fmt: skip
    # What is given elsewhere is fixed, and says why.
    device, folder, key = (field(page, name) for name in ("inference_device", "data_dir", "secret_key"))
    assert device.origin.text() == "From the environment" and "SIAPP_INFERENCE_DEVICE" in device.note
    assert folder.origin.text() == "From the command line"
    assert not any(one.reset.isVisible() for one in (device, folder, key))
    await settle(window)


async def test_who_is_no_administrator_sees_the_window_and_about(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    window.shell.open(window.shell.settings)
    await settle(window)
    page = window.shell.settings
    assert visible(page) == ["General", "About"]
    assert not page.general.own.isVisible()
    assert told(window) == []


async def test_changes_are_counted_saved_together_and_told(
    window: MainWindow, page: SettingsPage, station: Station
) -> None:
    days, level = field(page, "audit_days").editor, field(page, "log_format").editor
    assert isinstance(days, NumberEditor) and isinstance(level, ChoiceEditor)
    assert not page.bar.save.isEnabled() and page.bar.text.text() == ""
    days.spin.setValue(30)
    level.box.setCurrentText("json")
    assert page.bar.text.text() == "2 changes · 1 of them from the next start on"
    assert field(page, "audit_days").changed.isVisible()
    QTest.keySequence(window, QKeySequence("Ctrl+S"))
    await settle(window)
    assert kept(station) == {"audit_days": 30, "log_format": "json"}
    assert told(window) == ["Saved. Changes that wait for the next start of siapp: 1."]
    assert page.bar.text.text() == "Saved changes that wait for the next start: 1."
    shown = field(page, "log_format")
    assert (shown.origin.text(), shown.pending.isVisible()) == ("Set here", True)
    assert not field(page, "audit_days").pending.isVisible()


async def test_what_is_typed_while_a_save_is_under_way_is_still_to_be_saved(
    window: MainWindow, page: SettingsPage, station: Station
) -> None:
    days, tests = field(page, "audit_days").editor, field(page, "tests_at_once").editor
    assert isinstance(days, NumberEditor) and isinstance(tests, NumberEditor)
    days.spin.setValue(30)
    page.save()
    days.spin.setValue(60)
    tests.spin.setValue(3)
    await settle(window)
    assert kept(station) == {"audit_days": 30}
    assert page.draft.changes == {"audit_days": 60, "tests_at_once": 3} and days.spin.value() == 60
    page.discard()


async def test_back_to_the_default_takes_a_setting_out_of_the_file(
    window: MainWindow, page: SettingsPage, station: Station, admin: Actor
) -> None:
    await station.services.settings.change(admin, {"tests_at_once": 4, "audit_days": 9})
    window.shell.open(window.shell.wall)
    window.shell.open(page)
    await settle(window)
    one = field(page, "tests_at_once")
    assert isinstance(one.editor, NumberEditor) and one.editor.spin.value() == 4
    QTest.mouseClick(one.reset, Qt.MouseButton.LeftButton)
    assert one.editor.spin.value() == 1 and page.bar.text.text() == "1 change"
    QTest.mouseClick(page.bar.save, Qt.MouseButton.LeftButton)
    await settle(window)
    assert kept(station) == {"audit_days": 9}
    assert one.origin.text() == "Default" and not one.reset.isEnabled()
    assert told(window) == ["Saved, and in use now."]


async def test_what_can_not_be_used_is_said_at_its_field_on_its_section(
    window: MainWindow, page: SettingsPage, station: Station
) -> None:
    proxies = field(page, "trusted_proxies")
    assert isinstance(proxies.editor, ListEditor)
    proxies.editor.text.setPlainText("proxy.example.com")
    page.show_section(page.general)
    page.save()
    await settle(window)
    assert page.section is page.server and page.bar.isVisible()
    assert proxies.note == "Write addresses and networks, like 192.168.1.5 or 10.0.0.0/8"
    assert proxies.editor.text.hasFocus() and told(window) == [] and kept(station) == {}
    proxies.editor.text.setPlainText("10.0.0.0/8")
    assert proxies.note.startswith("Addresses and networks")


async def test_storage_is_told_in_words_and_limits_are_typed_as_people_say_them(
    page: SettingsPage, window: MainWindow, station: Station
) -> None:
    quota, floor = field(page, "user_quota_bytes"), field(page, "free_space_floor_bytes")
    assert isinstance(quota.editor, SizeEditor) and isinstance(floor.editor, SizeEditor)
    assert (quota.editor.line.text(), quota.editor.unit.currentText()) == ("20", "GB")
    assert floor.editor.line.text() == ""
    quota.editor.line.setFocus()
    quota.editor.line.selectAll()
    QTest.keyClicks(quota.editor.line, "1.5")
    quota.editor.unit.setCurrentText("TB")
    page.save()
    await settle(window)
    assert kept(station) == {"user_quota_bytes": 3 << 39}
    assert (quota.editor.line.text(), quota.editor.unit.currentText()) == ("1.5", "TB")
    assert station.services.uploads.room.quota == 3 << 39
    quota.editor.line.selectAll()
    QTest.keyClicks(quota.editor.line, "much")
    page.save()
    await settle(window)
    assert quota.note == "This can't be read" and kept(station) == {"user_quota_bytes": 3 << 39}
    page.discard()
    page.show_section(page.general)
    (station.storage.videos / "a.mp4").write_bytes(b"x" * 3_000_000)
    page.show_section(page.storage)
    await settle(window)
    assert page.storage.videos.figure.text() == "2.9 MB"
    assert " of " in page.storage.free.figure.text()
    page.storage.wanted.emit("tests")
    assert window.shell.page is window.shell.tests
    await settle(window)


async def test_a_setting_is_found_by_its_words_in_either_language_and_by_its_variable(
    window: MainWindow, page: SettingsPage
) -> None:
    window.desk.words.switch(Language.CHINESE)
    QTest.keySequence(window, QKeySequence("Ctrl+F"))
    assert page.search.hasFocus()
    for typed, section, names in (
        ("关键帧 保留", "存储", {"keyframes_days"}),
        ("audit kept", "审计", {"audit_days"}),
        ("siapp_tls_", "服务器", {"tls_cert", "tls_key"}),
    ):
        page.search.setText(typed)
        assert visible(page) == [section]
        assert {one.name for one in page.section.fields if one.isVisibleTo(page.section)} == names
    page.search.setText("nowhere")
    assert len(visible(page)) == len(page.sections) and page.search.property("wrong") is True
    page.search.clear()
    assert len(visible(page)) == len(page.sections)
    assert all(one.isVisibleTo(page.section) for one in page.section.fields)
    await settle(window)


async def test_leaving_with_changes_asks_and_names_them(window: MainWindow, page: SettingsPage) -> None:
    days = field(page, "audit_days").editor
    assert isinstance(days, NumberEditor)
    days.spin.setValue(30)
    window.shell.open(window.shell.wall)
    question = dialog(window)
    assert isinstance(question, Confirm) and window.shell.page is page
    QTest.mouseClick(question.no, Qt.MouseButton.LeftButton)
    assert window.shell.page is page and days.spin.value() == 30
    window.shell.open(window.shell.wall)
    again = dialog(window)
    assert isinstance(again, Confirm)
    QTest.mouseClick(again.yes, Qt.MouseButton.LeftButton)
    assert window.shell.page is window.shell.wall
    assert days.spin.value() == 1095 and not page.draft.changes
    window.shell.open(page)
    hosts = field(page, "allowed_hosts").editor
    assert isinstance(hosts, ListEditor)
    hosts.text.setPlainText("a.example.com\n\n .b.example.com ")
    assert page.draft.changes == {"allowed_hosts": ("a.example.com", ".b.example.com")}
    QTest.mouseClick(page.bar.discard, Qt.MouseButton.LeftButton)
    assert hosts.text.toPlainText() == "" and page.bar.text.text() == ""
    await settle(window)


async def test_neither_closing_nor_signing_out_loses_changes_without_a_question(
    window: MainWindow, page: SettingsPage
) -> None:
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    editor = field(page, "tests_at_once").editor
    assert isinstance(editor, NumberEditor)
    editor.spin.setValue(3)
    for end in (window.close, window.leave, window.shell.sign_out.emit):
        end()
        question = dialog(window)
        assert isinstance(question, Confirm)
        question.no.click()
        await settle(window)
    assert not closed and window.desk.session.signed_in and page.draft.changes
    window.close()
    question = dialog(window)
    assert isinstance(question, Confirm)
    question.yes.click()
    assert closed == [True]


async def test_a_role_that_is_taken_away_takes_the_sections_along(
    window: MainWindow, page: SettingsPage, station: Station, admin: Actor
) -> None:
    days = field(page, "audit_days").editor
    assert isinstance(days, NumberEditor)
    days.spin.setValue(30)
    now = User(admin.user_id, admin.username, Role.OPERATOR, AccountStatus.APPROVED, datetime.now(UTC))
    station.services.bus.publish(UserChanged(now))
    await settle(window)
    assert visible(page) == ["General", "About"]
    assert page.section is page.general and not page.draft.changes and page.general.own.isVisible()
    page.save()
    await settle(window)
    assert kept(station) == {}


# ---- this window -----------------------------------------------------------------------------------------------


async def test_language_theme_closing_and_locking_count_at_once(window: MainWindow, page: SettingsPage) -> None:
    general, memory = page.general, window.desk.memory
    page.show_section(general)
    assert not page.bar.isVisible()
    try:
        for choice, place in ((general.language, 1), (general.theme, 1), (general.closing, 2), (general.lock, 3)):
            choice.box.setCurrentIndex(place)
            choice.box.activated.emit(place)
        assert (window.desk.words.language, window.desk.looks.scheme) == (Language.CHINESE, Scheme.LIGHT)
        assert (memory.on_close, memory.whole(AFTER_MINUTES)) == (OnClose.STOP, 5)
        assert general.lock.box.currentText() == "5 分钟后"
    finally:
        window.desk.looks.switch(Scheme.DARK)
    assert general.theme.box.currentIndex() == 0, "what another place switches is shown here"


# ---- what is now -------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def connected(station: Station, admin: Actor) -> AsyncIterator[tuple[MainWindow, list[SocketInfo]]]:
    """A window over a server with TLS that somebody watches."""
    infos = [SocketInfo(7, "vera", "10.0.0.9", SocketKind.EVENTS, None, datetime.now(UTC), 2048, 3)]
    until_then = datetime.now(UTC) + timedelta(days=10, hours=1)
    shown = Certificate("CN=station", "CN=station", ("station.example.com",), datetime.now(UTC), until_then)
    facts = ServerFacts("0.0.0.0", 8443, ("https://10.0.0.1:8443", "https://127.0.0.1:8443"), ("a.example.com",), shown)
    window = MainWindow(
        station.services, ServerInfo("https://0.0.0.0:8443", lambda: 1, lambda: tuple(infos), lambda: facts),
        Language.ENGLISH,
    )  # fmt: skip
    window.resize(1280, 720)
    window.show()
    window.begin(admin)
    window.shell.open(window.shell.settings)
    await settle(window)
    yield window, infos
    await window.shut()


async def test_the_server_says_how_it_is_reached_and_who_is_connected(
    connected: tuple[MainWindow, list[SocketInfo]],
) -> None:
    window, infos = connected
    page = window.shell.settings
    page.show_section(page.server)
    facts = page.server.facts
    assert facts.value("Reached at") == "https://10.0.0.1:8443\nhttps://127.0.0.1:8443"
    assert (facts.value("Open to"), facts.value("Names")) == ("The network", "a.example.com")
    assert "CN=station" in facts.value("Certificate") and "10 days" in facts.value("Valid until")
    QTest.mouseClick(page.server.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "https://0.0.0.0:8443"
    page.show_section(page.connections)
    table = page.connections.table

    def rows() -> list[list[str]]:
        model = table.model()
        return [[str(model.index(row, at).data()) for at in (0, 1, 2, 5)] for row in range(model.rowCount())]

    assert rows() == [["vera", "10.0.0.9", "What happens at the station", "2.0 kB"]]
    infos.append(SocketInfo(8, None, "10.0.0.10", SocketKind.TASK, 4, datetime.now(UTC), 0, 0))
    await until(lambda: len(rows()) == 2)
    assert rows()[1] == ["Not signed in yet", "10.0.0.10", "#4", "0 B"]
    infos.clear()
    await until(lambda: page.connections.empty.isVisible())
    page.show_section(page.general)
    assert not page.connections._timer.isActive()
    await settle(window)


# ---- diagnostics and about ---------------------------------------------------------------------------------------


async def test_a_bundle_is_saved_where_it_is_wanted_or_broken_off(
    window: MainWindow, page: SettingsPage, tmp_path: Path
) -> None:
    QTest.keySequence(window, QKeySequence("Ctrl+Shift+D"))
    (chooser,) = [one for one in window.findChildren(QFileDialog) if one.isVisible()]
    chooser.reject()
    target = tmp_path / "bundle.zip"
    page.diagnostics.save(target)
    assert page.diagnostics.make.busy and page.diagnostics.progress.isVisible()
    await settle(window)
    assert "report.txt" in zipfile.ZipFile(target).namelist()
    assert told(window)[0].startswith("The diagnostics bundle “bundle.zip” is saved")
    assert not page.diagnostics.make.busy and not page.diagnostics.progress.isVisible()
    # Broken off, and where nothing can be written.
    page.diagnostics.save(tmp_path / "broken.zip")
    QTest.mouseClick(page.diagnostics.make, Qt.MouseButton.LeftButton)
    await settle(window)
    assert list(tmp_path.glob("*broken*")) == [] and len(told(window)) == 1
    page.diagnostics.save(tmp_path / "none" / "bundle.zip")
    await settle(window)
    assert "can't be written there" in told(window)[1]


async def test_an_unexpected_end_is_an_alarm_for_who_signs_in_next_and_stays_under_diagnostics(
    station: Station, open_window: Open, operator: Actor, admin: Actor
) -> None:
    logs = station.storage.logs
    assert (logs / MARK_NAME).exists()
    RunMark(logs).begin()
    window = await open_window(operator)
    (entry,) = [one for one in window.desk.notices.all() if one.severity is Severity.ALARM]
    assert entry.text.startswith("siapp ended unexpectedly at ") and "diagnostics bundle" in entry.text
    second = await open_window(admin)
    assert [one for one in second.desk.notices.all() if one.severity is Severity.ALARM] == []
    page = second.shell.settings
    second.shell.open(page)
    page.show_section(page.diagnostics)
    await settle(second)
    assert page.diagnostics.crash.value("Version") == f"siapp {__version__}"


async def test_sections_are_reached_by_keys_and_about_names_versions_and_licences(
    window: MainWindow, page: SettingsPage, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    QTest.keySequence(window, QKeySequence("Ctrl+Shift+F"))
    about = page.about
    assert isinstance(page.section, AboutSection) and about.search.hasFocus()
    await settle(window)
    assert about.versions.value("siapp") == __version__
    assert about.versions.value("FFmpeg")[0].isdigit() and about.versions.value("Database").startswith("SQLite 3")
    QTest.mouseClick(about.copy, Qt.MouseButton.LeftButton)
    assert f"siapp: {__version__}" in QGuiApplication.clipboard().text()
    QTest.keyClicks(about.search, "aiohttp ")
    assert about._found.rowCount() == 1
    about.list.setCurrentIndex(about._found.index(0, 0))
    await settle(window)
    assert "Apache License" in about.text.toPlainText()
    for place, section in enumerate(page.sections, start=1):
        QTest.keySequence(window, QKeySequence(f"Alt+{place % 10}"))
        assert page.section is section
        assert page.bar.isVisible() is isinstance(section, GroupSection)
    await settle(window)
