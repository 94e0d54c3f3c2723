"""Cameras: the table with their pictures, and what can be done with the chosen ones."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from siapp.core.domain import Device, Role, Severity
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.live.verbs import Verb
from siapp.ui.pages.camera_import import ImportSheet, choose_list, choose_target
from siapp.ui.pages.check_sheet import CheckSheet
from siapp.ui.pages.clone_sheet import CloneSheet
from siapp.ui.pages.device_columns import PICTURE, STRONG, TWO_LINES, device_columns
from siapp.ui.pages.device_sheet import DeviceSheet
from siapp.ui.pages.device_uses import Uses
from siapp.ui.pages.device_view import DeviceView, in_trouble
from siapp.ui.pages.table_page import TablePage
from siapp.ui.pages.thumbnails import ThumbnailDelegate, Thumbnails
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.drop import CAMERA_LISTS
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.two_lines import TwoLineDelegate

ROW_HEIGHT = 57  # a thumbnail of 45, and the line below
AGE_MS = 5000
MOST_NAMES = 10


class DevicesPage(TablePage[Device]):
    """Look, add, edit, clone, delete, lists of cameras. `task_wanted` asks for a task's page; `preview_verbs`: what
    can be done with the live picture."""

    task_wanted = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        self.preview_verbs: Sequence[Verb] = ()
        thumbnails, self._uses = Thumbnails(desk, desk.stores), Uses(desk.stores.tasks, desk.stores)
        shown = device_columns(desk, thumbnails, self._uses)
        super().__init__(desk, _("Devices"), desk.stores.devices, shown, parent)
        self._dress_table(thumbnails)
        self._add_actions()
        self._add_lists()
        self._hint = label(desk.words, CAMERA_LISTS.hint, "notice", parent=self)
        self._hint.hide()
        self.setAcceptDrops(True)
        self.set_primary("video-camera", _("There are no cameras yet."), _("Add camera"), self.add)
        self.table.opened.connect(self.view)
        # What can be done with the chosen ones changes with their state.
        desk.stores.devices.put.connect(self._on_device)
        self._uses.changed.connect(self.table.refresh)

    # ---- one camera --------------------------------------------------------------------------------------

    def add(self) -> None:
        self._open_form(DeviceSheet(self.desk))

    def view(self, device: Device) -> None:
        """Its live picture, and all there is to know."""
        sheet = DeviceView(self.desk, device, self._uses, self.preview_verbs)
        sheet.task_wanted.connect(self.task_wanted)
        sheet.edit_wanted.connect(self.edit)
        sheet.retry_wanted.connect(lambda device: self.try_now([device]))
        self.open_sheet(sheet)

    def edit(self, device: Device) -> None:
        if self.desk.may_operate():
            self._open_form(DeviceSheet(self.desk, device))

    def clone(self, device: Device) -> None:
        self._open_form(CloneSheet(self.desk, device))

    def check(self, devices: list[Device]) -> None:
        """Ask each whether it answers; each that does has a new thumbnail."""
        self.open_sheet(CheckSheet(self.desk, devices))

    def try_now(self, devices: Sequence[Device]) -> None:
        """What becomes of it comes as an event."""
        for device in devices:
            self.desk.operations.run(
                self,
                f"try-{device.id}",
                self.desk.services.devices.try_now(self.desk.actor, device.id),
                partial(self._tried, device.name),
            )

    # ---- lists -------------------------------------------------------------------------------------------

    def import_list(self) -> None:
        choose_list(self, self.desk.words, self.import_from)

    def import_from(self, path: Path) -> None:
        self.open_sheet(ImportSheet(self.desk, path))

    def export_list(self) -> None:
        choose_target(self, self.desk.words, self.export_to)

    def export_to(self, path: Path) -> None:
        work = self.desk.services.camera_lists.export_to(self.desk.actor, path)
        self.desk.operations.run(self, "export-cameras", work, partial(self._exported, path.name))

    # ---- deleting ----------------------------------------------------------------------------------------

    def ask_delete(self, devices: list[Device]) -> None:
        """Once, naming what is lost. What tasks use stays, and is told before."""
        words = self.desk.words
        used = [device for device in devices if self._uses.of(device)]
        free = [device for device in devices if device not in used]
        if not free:
            self.desk.tell("\n".join(self._use_of(device) for device in used[:MOST_NAMES]), Severity.WARNING)
            return
        if len(free) == 1:
            title, verb = words(_("Delete the camera “{name}”?"), name=free[0].name), _("Delete camera")
        else:
            title, verb = words(_("Delete {count} cameras?"), count=len(free)), _("Delete cameras")
        Confirm(words, self.window(), title, self._loss(free, used), verb, lambda: self._delete(free)).open()

    def _loss(self, free: list[Device], used: list[Device]) -> str:
        words = self.desk.words
        parts = []
        if len(free) > 1:
            parts.append(self._names(free))
            parts.append(words(_("Their addresses and their stored user names and passwords are lost.")))
        else:
            parts.append(words(_("Its address and its stored user name and password are lost.")))
        if used:
            parts.append(words(_("These stay, because tasks use them:")) + "\n" + self._names(used, with_tasks=True))
        return "\n\n".join(parts)

    def _names(self, devices: list[Device], *, with_tasks: bool = False) -> str:
        shown = devices[:MOST_NAMES]
        names = [f"{each.name}: {self._tasks_of(each)}" if with_tasks else each.name for each in shown]
        if len(devices) > MOST_NAMES:
            names.append(self.desk.words(_("and {count} more"), count=len(devices) - MOST_NAMES))
        return "\n".join(names)

    def _use_of(self, device: Device) -> str:
        sentence = _("Tasks use the camera “{name}”: {tasks}. Delete them first.")
        return self.desk.words(sentence, name=device.name, tasks=self._tasks_of(device))

    def _tasks_of(self, device: Device) -> str:
        return self.desk.words.listed(task.name for task in self._uses.of(device))

    def _delete(self, devices: list[Device]) -> None:
        work = self._delete_all([device.id for device in devices])
        self.desk.operations.run(self, "delete-devices", work, partial(self._deleted, devices))

    async def _delete_all(self, numbers: list[int]) -> list[SiappError]:
        """What was refused. The others are deleted all the same."""
        refused = []
        for number in numbers:
            try:
                await self.desk.services.devices.delete(self.desk.actor, number)
            except SiappError as error:
                refused.append(error)
        return refused

    def _deleted(self, devices: list[Device], refused: list[SiappError]) -> None:
        gone = len(devices) - len(refused)
        if gone == 1 and not refused:
            self.desk.done(_("The camera “{name}” is deleted."), name=devices[0].name)
        elif gone:
            self.desk.done(_("Cameras deleted: {count}."), count=gone)
        for text in dict.fromkeys(self.desk.words.error(error) for error in refused):
            self.desk.tell(text, Severity.WARNING)

    # ---- the page ----------------------------------------------------------------------------------------

    def close_sheet(self) -> None:
        if isinstance(self.sheet, ImportSheet | CheckSheet):
            self.sheet.stop()
        super().close_sheet()

    def apply_rights(self) -> None:
        super().apply_rights()
        self.import_button.setVisible(self.desk.may_operate())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.desk.may_operate() and CAMERA_LISTS.first(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._hint.show()
            self._hint.raise_()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._hint.hide()
        path = CAMERA_LISTS.first(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.import_from(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._hint.sizeHint()
        self._hint.setGeometry((self.width() - size.width()) // 2, 16, size.width(), size.height())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ages.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._ages.stop()
        super().hideEvent(event)

    def _dress_table(self, thumbnails: Thumbnails) -> None:
        table = self.table
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setItemDelegateForColumn(PICTURE, ThumbnailDelegate(thumbnails, table))
        for column in TWO_LINES:
            table.setItemDelegateForColumn(column, TwoLineDelegate(table, strong=column == STRONG))
        thumbnails.changed.connect(table.viewport().update)
        self._ages = QTimer(self, interval=AGE_MS)  # a picture that nothing replaces turns grey
        self._ages.timeout.connect(table.viewport().update)

    def _add_actions(self) -> None:
        self.add_action(_("Preview"), "eye", lambda rows: self.view(rows[0]), _is_one, keys="Ctrl+P", role=Role.VIEWER)
        self.add_action(_("Edit"), "pencil-simple", lambda rows: self.edit(rows[0]), _is_one, keys="Ctrl+E")
        self.add_action(_("Clone"), "copy", lambda rows: self.clone(rows[0]), _is_one, keys="Ctrl+D")
        self.add_action(_("Check"), "checks", self.check, lambda _rows: True, keys="Ctrl+T")
        self.add_action(
            _("Try now"),
            "arrow-clockwise",
            lambda rows: self.try_now([device for device in rows if in_trouble(device)]),
            lambda rows: any(map(in_trouble, rows)),
            keys="F5",
        )
        self.add_action(_("Delete"), "trash", self.ask_delete, lambda _rows: True, keys="Del")

    def _add_lists(self) -> None:
        words = self.desk.words
        self.add_command(
            _("Import cameras"), self.import_list, keys="Ctrl+I", glyph="download-simple", role=Role.OPERATOR
        )
        self.add_command(_("Export cameras"), self.export_list, keys="Ctrl+Shift+E", glyph="upload-simple")
        self.import_button = button(words, _("Import"), self.import_list, look="plain", glyph="download-simple")
        self.export_button = button(words, _("Export"), self.export_list, look="plain", glyph="upload-simple")
        words.bind(self.import_button, self.import_button.setToolTip, _("Add cameras from a CSV file"))
        words.bind(self.export_button, self.export_button.setToolTip, _("Write all cameras to a CSV file"))
        for made in (self.import_button, self.export_button):
            self.tools.addWidget(made)

    def _open_form(self, sheet: DeviceSheet | CloneSheet) -> None:
        sheet.saved.connect(self.table.choose)
        self.open_sheet(sheet)

    def _on_device(self, _device: Device) -> None:
        self.apply_rights()

    def _tried(self, name: str, _nothing: None) -> None:
        self.desk.done(_("The camera “{name}” is tried now."), name=name)

    def _exported(self, file_name: str, count: int) -> None:
        self.desk.done(
            _("“{file}” is written, without user names and passwords. Cameras in it: {count}."),
            count=count,
            file=file_name,
        )


def _is_one(devices: list[Device]) -> bool:
    return len(devices) == 1
