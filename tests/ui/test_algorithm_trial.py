"""An algorithm tried on a picture or a video from its card."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from siapp.app import Station
from siapp.core.domain import AccountStatus, Actor, Problem, Role, TaskState, User
from siapp.core.events import UserChanged
from siapp.core.i18n import Language
from siapp.core.resources import resources
from siapp.core.specs import JobKind
from siapp.core.workers.engine import JobFailed
from siapp.ui.pages.algorithm_card import AlgorithmCard
from siapp.ui.pages.trial_panel import TrialPanel
from siapp.ui.pages.video_sheet import VideoSheet
from siapp.ui.window import MainWindow
from tests.ui.conftest import TRIED, Jobs, Open, Stock, settle, told, until

CLIP = resources() / "demo" / "demo.mp4"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "gate.jpg"
    path.write_bytes(b"a picture")
    return path


def _card(window: MainWindow) -> AlgorithmCard:
    window.shell.open(window.shell.algorithms)
    (card,) = window.shell.algorithms.cards.values()
    return card


def _panel(window: MainWindow) -> TrialPanel:
    panel = window.shell.algorithms.trial
    assert panel is not None
    return panel


async def _tried(window: MainWindow, photo: Path) -> TrialPanel:
    _card(window).picture_button.click()
    panel = _panel(window)
    panel.take(photo)
    await settle(window)
    return panel


def _boxes(panel: TrialPanel) -> list[float]:
    """The confidences of what is painted."""
    assert panel.view.picture is not None
    return [one.confidence for one in panel.view.picture.objects]


async def test_a_picture_is_tried_once_and_both_thresholds_act_at_once(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    panel = await _tried(window, photo)
    assert panel.isVisible() and panel.view.isVisible()
    assert _boxes(panel) == [0.9, 0.6]
    panel.side.confidence.spin.setValue(0.1)
    assert _boxes(panel) == [0.9, 0.6, 0.2]
    panel.side.iou.spin.setValue(0.95)
    assert _boxes(panel) == [0.9, 0.6, 0.5, 0.2]
    panel.side.confidence.spin.setValue(0.7)
    assert _boxes(panel) == [0.9] and panel.side.count.text() == "1"
    assert (panel.side.time.text(), panel.side.size_.text()) == ("12.5 ms", "1280 × 720")
    tries = [given for kind, given in jobs.asked if kind is JobKind.TRY]
    assert len(tries) == 1 and tries[0]["options"]["confidence"] == 0.05 and tries[0]["picture"] == str(photo)


async def test_classes_are_counted_and_can_be_hidden(
    open_window: Open, stock: Stock, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    panel = await _tried(window, photo)
    model, view = panel.side.classes.model, panel.side.classes.view
    panel.side.confidence.spin.setValue(0.1)
    said = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert said == ["0 person 2", "1 car 1"]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(model.index(0)).center())
    assert _boxes(panel) == [0.9] and panel.side.count.text() == "1 / 3"
    assert model.index(0).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    view.setCurrentIndex(model.index(0))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert _boxes(panel) == [0.9, 0.6, 0.2]


async def test_what_is_no_picture_is_told_in_words_and_another_can_be_chosen(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    panel = await _tried(window, photo)
    jobs.answers[JobKind.TRY] = JobFailed(Problem("too_many_pixels", "Only {most} million.", (("most", 120),)))
    panel.take(photo)
    await settle(window)
    assert panel._refused.isVisible() and panel._refused._sentence.text() == "Only 120 million."
    assert not panel.save_button.isEnabled() and panel.side.count.text() == "–"
    jobs.answers[JobKind.TRY] = dict(TRIED)
    panel.take(photo)
    await settle(window)
    assert panel.view.isVisible() and panel.save_button.isEnabled()
    panel.take(photo.with_name("gone.png"))
    await settle(window)
    assert "can't be opened" in panel._refused._sentence.text()


async def test_a_look_can_be_cancelled_and_ends_with_its_panel(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    jobs.go_on.clear()
    _card(window).picture_button.click()
    panel = _panel(window)
    panel.take(photo)
    await until(lambda: jobs.asked[-1][0] is JobKind.TRY)
    assert panel._busy.isVisible()
    panel._busy.cancel_button.click()
    await settle(window)
    assert panel._empty.isVisible()
    panel.take(photo)
    await until(lambda: len(jobs.asked) == 3)
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    await settle(window)
    assert window.shell.algorithms.trial is None and _card(window).isVisible()
    assert not list((window.desk.services.algorithms._storage.root / "incoming").iterdir())


async def test_the_clipboards_picture_is_shown_to_the_real_network(
    open_window: Open, station: Station, operator: Actor
) -> None:
    await station.services.algorithms.add_from_file(operator, "demo", resources() / "demo" / "demo.pt")
    window = await open_window(operator)
    await until(lambda: window.desk.stores.algorithms.all()[0].active is not None, seconds=60)
    _card(window).picture_button.click()
    panel = _panel(window)
    QGuiApplication.clipboard().clear()
    panel.paste()
    assert told(window)[-1] == "There is no picture on the clipboard."
    grey = QImage(320, 200, QImage.Format.Format_RGB32)
    grey.fill(QColor(90, 90, 90))
    QGuiApplication.clipboard().setImage(grey)
    panel.paste()
    await until(lambda: panel.trial is not None or panel._problem is not None, seconds=60)
    assert panel.trial is not None and panel.trial.picture.width == 320
    assert panel.trial.picture.bgra is not None and panel.trial.picture.bgra[:4] == bytes((90, 90, 90, 255))


async def test_a_file_on_the_clipboard_is_taken_too(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    _card(window).picture_button.click()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    QGuiApplication.clipboard().setMimeData(data)
    _panel(window).paste()
    await settle(window)
    assert _panel(window).source == photo and _panel(window).trial is not None


async def test_another_version_looks_again_and_the_panel_follows_the_algorithm(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    panel = await _tried(window, photo)
    weights = photo.with_name("people.pt")
    weights.write_bytes(b"weights")
    await window.desk.services.algorithms.add_version_from_file(operator, stock.algorithm.id, weights)
    await until(lambda: panel.versions.count() == 2)
    assert panel.versions.currentText() == "Version 1 (active)"
    panel.versions.setCurrentIndex(0)
    await settle(window)
    assert [given["model"]["version"] for kind, given in jobs.asked if kind is JobKind.TRY] == [1, 2]
    window.desk.words.switch(Language.CHINESE)
    assert panel.versions.currentText() == "版本 2"
    window.desk.words.switch(Language.ENGLISH)
    await window.desk.services.algorithms.delete_version(operator, stock.algorithm.id, 2)
    await settle(window)
    assert panel.version == 1 and panel.versions.count() == 1
    assert jobs.asked[-1][0] is JobKind.TRY and jobs.asked[-1][1]["model"]["version"] == 1


async def test_a_picture_is_chosen_and_a_place_to_save_it_without_stopping_the_window(
    open_window: Open, stock: Stock, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    _card(window).picture_button.click()
    panel = _panel(window)
    panel._empty.button.click()
    dialog = window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.filesSelected.emit([str(photo)])
    dialog.close()
    await settle(window)
    assert panel.trial is not None
    panel.save_button.click()
    saving = next(each for each in window.findChildren(QFileDialog) if each.isVisible())
    assert saving.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    saving.fileSelected.emit(str(photo.with_name("saved.jpg")))
    saving.close()
    await settle(window)
    assert photo.with_name("saved.jpg").stat().st_size > 0


async def test_the_picture_is_saved_and_copied_with_its_boxes(
    open_window: Open, stock: Stock, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    panel = await _tried(window, photo)
    panel.save_to(photo.with_name("saved.png"))
    await settle(window)
    saved = QImage(str(photo.with_name("saved.png")))
    assert (saved.width(), saved.height()) == (640, 360)
    car = saved.pixelColor(50, 100)  # on the left side of the box that begins at 100 in a picture twice as large
    assert (car.red(), car.green(), car.blue()) == (0x00, 0xC2, 0xF9)
    assert told(window)[-1] == "The picture is saved as “saved.png”."
    panel.save_to(photo / "nowhere" / "saved.png")
    await settle(window)
    assert "could not be written there" in told(window)[-1]
    panel.copy()
    assert QGuiApplication.clipboard().image().size() == saved.size()


async def test_the_wheel_zooms_where_it_points_and_the_picture_never_leaves(
    open_window: Open, stock: Stock, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    view = (await _tried(window, photo)).view
    whole = view.place
    at = QPointF(view.width() / 4, view.height() / 2)
    for _turn in range(3):
        none = Qt.KeyboardModifier.NoModifier
        view.wheelEvent(
            QWheelEvent(
                at, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
            )
        )
    share = (at.x() - whole.x()) / whole.width()
    now = view.place
    assert now.width() > 1.9 * whole.width() and abs((at.x() - now.x()) / now.width() - share) < 0.01
    for _press in range(60):
        QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.place.left() == pytest.approx(whole.left(), abs=1), "no edge comes further in"
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.place == whole
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.place == whole, "smaller than the room it is never"


async def test_keys_lead_through_a_trial(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    page = window.shell.algorithms
    _card(window).setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_T, control)
    panel = _panel(window)
    assert panel._empty.button.hasFocus()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    QGuiApplication.clipboard().setMimeData(data)
    QTest.keyClick(window, Qt.Key.Key_V, control)
    await settle(window)
    assert panel.trial is not None and panel.view.hasFocus()
    panel.side.confidence.slider.setFocus()
    QTest.keyClick(panel.side.confidence.slider, Qt.Key.Key_Left)
    assert panel.side.confidence.value == pytest.approx(0.24)
    QTest.keyClick(window, Qt.Key.Key_C, control)
    assert "on the clipboard" in told(window)[-1]
    QTest.keyClick(panel.side.confidence.slider, Qt.Key.Key_Escape)
    assert page.trial is None and page.cards[stock.algorithm.id].hasFocus()


async def test_who_may_not_operate_any_more_is_led_back_to_the_cards(
    open_window: Open, stock: Stock, operator: Actor, photo: Path
) -> None:
    window = await open_window(operator)
    await _tried(window, photo)
    me = User(operator.user_id, operator.username, Role.VIEWER, AccountStatus.APPROVED, stock.task.state_since)
    window.desk.services.bus.publish(UserChanged(me))
    assert window.shell.algorithms.trial is None
    assert not _card(window).picture_button.isVisible()


# ---- a video -------------------------------------------------------------------------------------------------


async def test_a_video_becomes_a_running_test_with_a_name_of_its_own(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    jobs.answers[JobKind.PROBE] = {"codec": "h264", "width": 960, "height": 540, "fps": 15.0}
    jobs.answers[JobKind.ANALYZE] = JobFailed(Problem("stopped", "It was stopped."))
    video = tmp_path / "Gate 3.mp4"
    video.write_bytes(b"a video")
    window = await open_window(operator)
    page = window.shell.algorithms
    for name in ("people Gate 3", "people Gate 3 2"):
        page.try_video(_card(window).algorithm, video)
        sheet = page.sheet
        assert isinstance(sheet, VideoSheet) and sheet.name.text == name
        sheet.save_button.click()
        await until(lambda: window.shell.page is window.shell.tests)
        assert page.sheet is None and f"The test “{name}” is started." in told(window)
    tests = window.desk.stores.tests
    await until(lambda: [test.state for test in tests.all()] == [TaskState.ERROR] * 2)
    assert [test.algorithm.id for test in tests.all()] == [stock.algorithm.id] * 2


async def test_what_is_no_video_is_told_at_the_file(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    jobs.answers[JobKind.PROBE] = JobFailed(Problem("not_a_video", "This is none."))
    video = tmp_path / "notes.mp4"
    video.write_bytes(b"notes")
    window = await open_window(operator)
    _card(window).video_button.click()
    sheet = window.shell.algorithms.sheet
    assert isinstance(sheet, VideoSheet)
    sheet.save_button.click()
    assert sheet.file.note == "Choose a video file first."
    sheet.drop.take(video)
    sheet.name.line.setText("Gate people")
    sheet.save_button.click()
    await settle(window)
    assert "is taken" in sheet.name.note
    sheet.name.line.setText("night")
    sheet.save_button.click()
    await settle(window)
    assert "not a video" in sheet.file.note and not window.desk.stores.tests.all()
