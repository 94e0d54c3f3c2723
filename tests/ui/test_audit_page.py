"""The audit: sentences, filters, what is read as one scrolls, verifying and exporting."""

import asyncio
import csv
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from sqlalchemy import update

from siapp.app import Station
from siapp.core.clock import now
from siapp.core.db.tables import AuditRow
from siapp.core.domain import Action, Actor, AuditEntry, Deed, Outcome, Role
from siapp.core.errors import Forbidden
from siapp.core.i18n import Language
from siapp.ui.pages import audit as page_module
from siapp.ui.pages.audit import AuditPage
from siapp.ui.pages.audit_filter import Period
from siapp.ui.pages.audit_sheets import AuditSheet, VerdictSheet, differences
from siapp.ui.pages.audit_table import WHAT
from siapp.ui.pages.audit_words import INTENTIONS, sentence
from siapp.ui.window import MainWindow
from siapp.ui.words import Words
from tests.ui.conftest import Open, settle, told, until

URL = "rtsp://root:hunter2@192.168.1.20/live"
LI = Actor(2001, "li", Role.OPERATOR, "192.0.2.7")


async def _open(open_window: Open, admin: Actor) -> tuple[MainWindow, AuditPage]:
    window = await open_window(admin)
    window.shell.open(window.shell.audit)
    await settle(window)
    return window, window.shell.audit


async def _cameras(station: Station, actor: Actor, *names: str) -> None:
    for name in names:
        await station.services.devices.add(actor, name, URL)


def _said(page: AuditPage) -> list[str]:
    model = page.table.model()
    return [str(model.index(row, WHAT).data()) for row in range(model.rowCount())]


async def test_entries_read_as_sentences_and_refused_ones_are_marked(
    station: Station, open_window: Open, admin: Actor, viewer: Actor
) -> None:
    accounts = station.services.accounts
    wang = await accounts.register("wang", "correct horse 9")
    await accounts.approve(admin, wang.id, Role.OPERATOR)
    with pytest.raises(Forbidden):
        await station.services.devices.add(viewer, "Gate", URL)
    _window, page = await _open(open_window, admin)
    assert _said(page) == [
        "vera: Add a camera “Gate” – the role does not allow it",
        "ada approved “wang” as Operator",
        "wang asked for an account",
    ]
    assert [page.rows.index(row, 0).data() for row in range(2)] == ["Refused", "Done"]
    assert "(UTC)" in page.rows.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)


async def test_filters_narrow_by_person_action_outcome_time_and_name(
    station: Station, open_window: Open, admin: Actor, operator: Actor, viewer: Actor
) -> None:
    await _cameras(station, operator, "Gate", "Yard")
    await _cameras(station, LI, "Roof")
    with pytest.raises(Forbidden):
        await station.services.devices.delete(viewer, 1)
    old = update(AuditRow).where(AuditRow.seq == 1).values(at=now() - timedelta(days=20))
    await station.services.audit._db.write(lambda s: s.execute(old))
    window, page = await _open(open_window, admin)
    bar = page.filter
    assert [bar.actor.itemText(place) for place in range(bar.actor.count())] == ["Everybody", "li", "olga", "vera"]
    for box, text, left in (
        (bar.actor, "li", 1),
        (bar.outcome, "Refused", 1),
        (bar.action, "    Add a camera", 3),
        (bar.action, "Devices", 4),
        (bar.action, "Tasks", 0),
        (bar.period, "Last 7 days", 3),
        (bar.period, "Last 30 days", 4),
    ):
        box.setCurrentText(text)
        await settle(window)
        assert len(_said(page)) == left, text
        bar.reset()
        await settle(window)
    QTest.keyClicks(bar.search, "roo")
    await until(lambda: _said(page) == ["li added the camera “Roof”"])
    bar.search.setText("nothing has this name")
    await until(page.empty.isVisible)
    page.empty.button.click()
    await settle(window)
    assert len(_said(page)) == 4 and not bar.is_set


async def test_days_are_chosen_in_whole(station: Station, open_window: Open, admin: Actor, operator: Actor) -> None:
    await _cameras(station, operator, "Gate")
    window, page = await _open(open_window, admin)
    bar = page.filter
    assert not bar.first.isVisible()
    bar.period.setCurrentIndex(list(Period).index(Period.CHOSEN))
    await settle(window)
    assert bar.first.isVisible() and len(_said(page)) == 1, "today from midnight to midnight"
    for day in (bar.first, bar.last):
        day.setDate(QDate.currentDate().addDays(-3))
    await settle(window)
    assert _said(page) == []


async def test_older_entries_come_as_one_scrolls_and_each_once(
    station: Station, open_window: Open, admin: Actor, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "AT_ONCE", 40)
    for number in range(95):
        await station.services.audit.done(operator, Deed(Action.DEVICE_CHECK, number))
    window, page = await _open(open_window, admin)
    assert page.rows.rowCount() == 40 and page.rows.canFetchMore(QModelIndex())
    while page.rows.canFetchMore(QModelIndex()):
        page.table.scrollToBottom()
        await until(lambda: not page.rows._asked)
        await asyncio.sleep(0.01)
    await settle(window)
    numbers = [entry.seq for entry in page.rows.entries]
    assert numbers == list(range(95, 0, -1))


async def test_new_entries_appear_at_the_top_unless_somebody_reads_further_down(
    station: Station, open_window: Open, admin: Actor, operator: Actor
) -> None:
    for number in range(60):
        await station.services.audit.done(operator, Deed(Action.DEVICE_CHECK, number))
    window, page = await _open(open_window, admin)
    await _cameras(station, operator, "Gate")
    page.look()
    await settle(window)
    assert _said(page)[0] == "olga added the camera “Gate”" and page.rows.rowCount() == 61
    page.table.scrollToBottom()
    await _cameras(station, operator, "Yard")
    page.look()
    await settle(window)
    assert page.rows.rowCount() == 61, "nothing moves under somebody's eyes"
    QTest.keyClick(window, Qt.Key.Key_F5)
    await settle(window)
    assert page.rows.rowCount() == 62


async def test_an_entry_shows_how_it_was_before_and_after(
    station: Station, open_window: Open, admin: Actor, operator: Actor
) -> None:
    device = await station.services.devices.add(operator, "Gate", URL)
    await station.services.devices.update(operator, device.id, "Yard", device.rtsp_url)
    window, page = await _open(open_window, admin)
    page.table.setFocus()
    page.table.selectRow(0)
    sheet = page.sheet
    assert isinstance(sheet, AuditSheet)
    entry = page.rows.entries[0]
    assert differences(entry.deed)[0] == ("name", "Gate", "Yard")
    texts = [part.text() for part in sheet.findChildren(QLabel)]
    assert "Gate" in texts and "Yard" in texts and entry.hash[:16] in " ".join(texts)
    assert "hunter2" not in " ".join(texts)
    sheet.copy_button.click()
    await settle(window)


async def test_the_chain_is_verified_and_a_fault_is_named(
    station: Station, open_window: Open, admin: Actor, operator: Actor
) -> None:
    await _cameras(station, operator, "Gate", "Yard")
    window, page = await _open(open_window, admin)
    page.verify_button.click()
    await settle(window)
    assert isinstance(page.sheet, VerdictSheet)
    assert page.sheet.sentence.text() == "2 entries were looked at, and each fits the one before it."
    forged = update(AuditRow).where(AuditRow.seq == 2).values(actor="nobody")
    await station.services.audit._db.write(lambda s: s.execute(forged))
    page.verify_button.click()
    await settle(window)
    assert isinstance(page.sheet, VerdictSheet) and page.sheet.sentence.text().startswith("Entry 2 was changed")


async def test_what_is_filtered_is_exported(
    station: Station, open_window: Open, admin: Actor, operator: Actor, tmp_path: Path
) -> None:
    await _cameras(station, operator, "Gate", "院子")
    window, page = await _open(open_window, admin)
    page.filter.search.setText("院")
    await until(lambda: len(_said(page)) == 1)
    page.export_to(tmp_path / "audit.csv")
    await settle(window)
    with (tmp_path / "audit.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line["object"] for line in csv.DictReader(file)] == ["院子"]
    assert told(window) == ["1 entries are in “audit.csv”."]
    page.export_to(tmp_path / "no such folder" / "audit.csv")
    await settle(window)
    assert "can't be written" in told(window)[-1]


async def test_a_cancelled_export_leaves_nothing_and_says_so(
    station: Station, open_window: Open, admin: Actor, operator: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _cameras(station, operator, "Gate")
    window, page = await _open(open_window, admin)
    waiting = asyncio.Event()
    monkeypatch.setattr(type(station.services.audit), "save", lambda *_arguments: waiting.wait())
    page.export_to(tmp_path / "audit.csv")
    await asyncio.sleep(0.05)
    page.export_button.click()
    await settle(window)
    assert told(window) == ["The export was cancelled; nothing was written."] and list(tmp_path.glob("audit*")) == []


@pytest.mark.parametrize("language", list(Language))
def test_every_action_has_words_and_every_outcome_a_sentence(qapp: object, language: Language) -> None:
    words = Words(language)
    assert set(INTENTIONS) == set(Action)
    for action in Action:
        for outcome in Outcome:
            deed = Deed(action, 7, "Gate", {"a": 1}, {"status": "approved", "code": "forbidden"}, outcome)
            text = sentence(words, AuditEntry(1, now(), 1, "li", "window", deed))
            assert "li" in text or action is Action.SESSION_REVOKE
            assert "{" not in text
