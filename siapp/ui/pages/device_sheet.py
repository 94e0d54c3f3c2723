"""Add or edit a camera. It is checked before it is saved; who knows better saves it anyway."""

from collections.abc import Callable

from PySide6.QtCore import Signal

from siapp.core.domain import CheckResult, Device
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.check_panel import CheckPanel
from siapp.ui.widgets.buttons import ProgressButton, button
from siapp.ui.widgets.fields import TextField
from siapp.ui.widgets.sheet import Sheet

CHECK_LIMIT_S = 10.0
EXAMPLE = "rtsp://user:password@192.168.1.20:554/stream"


class DeviceSheet(Sheet):
    """Without `device` for a new one. `saved` tells the camera's number."""

    saved = Signal(int)

    def __init__(self, desk: Desk, device: Device | None = None) -> None:
        super().__init__(desk.words, _("Edit camera") if device else _("Add camera"))
        self._desk, self._device = desk, device
        self._good_url = device.rtsp_url if device else ""
        self._add_fields()
        self.check_button = ProgressButton(
            desk.words, _("Check connection"), _("Checking … Cancel"), self.check, limit_s=CHECK_LIMIT_S
        )
        self.panel = CheckPanel(desk.words)
        self.body.addWidget(self.check_button)
        self.body.addSpacing(8)
        self.body.addWidget(self.panel)
        self.body.addStretch()
        self.anyway_button = button(desk.words, _("Save anyway"), self.save_anyway)
        self.anyway_button.hide()
        self.save_button = ProgressButton(
            desk.words, _("Save"), _("Checking … Cancel"), self.save, look="primary", limit_s=CHECK_LIMIT_S
        )
        self.set_buttons(self.anyway_button, primary=self.save_button)
        self.begin_at(self.name)

    def check(self) -> None:
        """Say what the camera answers; nothing is saved."""
        self._run_check(self.check_button, self._show_result)

    def save(self) -> None:
        """Check first, unless this very address was found good before."""
        if not self.name.text.strip():
            self.name.fail(self.words(_("Please give a name.")))
        elif self.address.text.strip() == self._good_url:
            self.save_anyway()
        else:
            self._run_check(self.save_button, self._checked_to_save)

    def save_anyway(self) -> None:
        desk, name, url = self._desk, self.name.text, self.address.text
        service, device = desk.services.devices, self._device
        if device is None:
            work = service.add(desk.actor, name, url)
        else:
            # An address that nobody touched stays as it is, with its thumbnail.
            work = service.update(desk.actor, device.id, name, None if url.strip() == device.rtsp_url else url)
        desk.operations.run(self, "save-device", work, self._saved, failed=self._fail)

    def _add_fields(self) -> None:
        words, device = self.words, self._device
        self.name = TextField(words, _("Name"), _("As it appears on the wall and in tasks."))
        self.address = TextField(words, _("Address"), self._address_help(), example=EXAMPLE)
        if device is not None:
            self.name.line.setText(device.name)
            self.address.line.setText(device.rtsp_url)
            self.address.line.setCursorPosition(0)
        self.address.line.textEdited.connect(self._forget_check)
        for field in (self.name, self.address):
            self.body.addWidget(field)

    def _address_help(self) -> str:
        if self._device is not None:
            return _("*** stands for the stored user name and password.")
        return _("rtsp, rtsps, or http and https for MJPEG. The user name and password are stored encrypted.")

    def _forget_check(self, _text: str) -> None:
        """What was found is another address's."""
        self.anyway_button.hide()
        self.panel.clear()

    def _run_check(self, busy: ProgressButton, then: Callable[[CheckResult], object]) -> None:
        url = self.address.text.strip()
        device_id = self._device.id if self._device else None

        def done(result: CheckResult) -> None:
            if url != self.address.text.strip():  # typed on meanwhile
                return
            if result.reachable:
                self._good_url = url
            then(result)

        self.address.clear()
        self.panel.clear()
        self.anyway_button.hide()
        work = self._desk.services.devices.check(self._desk.actor, url, device_id)
        self._desk.operations.run(self, "check-device", work, done, failed=self._fail, busy=busy)

    def _show_result(self, result: CheckResult) -> None:
        self.panel.show_result(result)
        if result.error is not None:
            self.address.fail(self.words.problem(result.error))

    def _checked_to_save(self, result: CheckResult) -> None:
        self._show_result(result)
        if result.reachable:
            self.save_anyway()
        else:
            self.anyway_button.show()

    def _saved(self, device: Device) -> None:
        self._desk.done(_("The camera “{name}” is saved."), name=device.name)
        self.saved.emit(device.id)
        self.closed.emit()

    def _fail(self, error: SiappError) -> None:
        text = self.words.error(error)
        if error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field == "name"):
            self.name.fail(text)
        else:
            self.address.fail(text)
