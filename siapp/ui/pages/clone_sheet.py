"""One camera more like another one: its address and its stored password, under a name of its own."""

from PySide6.QtCore import Signal

from siapp.core.domain import Device
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.naming import next_name
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.fields import TextField
from siapp.ui.widgets.labels import ElidedLabel, label
from siapp.ui.widgets.sheet import Sheet


class CloneSheet(Sheet):
    """`device` is the original. `saved` tells the clone's number."""

    saved = Signal(int)

    def __init__(self, desk: Desk, device: Device) -> None:
        super().__init__(desk.words, _("Clone “{name}”"), name=device.name)
        self._desk, self._device = desk, device
        words = desk.words
        self.name = TextField(words, _("Name"), _("As it appears on the wall and in tasks."))
        self.name.line.setText(next_name(device.name, (each.name for each in desk.stores.devices.all())))
        self.name.line.selectAll()
        self.body.addWidget(self.name)
        self.body.addWidget(label(words, _("Address"), "label"))
        self.body.addWidget(ElidedLabel(device.rtsp_url))
        sentence = _("The clone has the same address, with the stored user name and password. Edit it afterwards.")
        self.body.addWidget(label(words, sentence, "caption", wrap=True))
        self.body.addStretch()
        self.save_button = ProgressButton(
            words, _("Clone camera"), _("Saving …"), self.save, look="primary", cancel=False
        )
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.name)

    def save(self) -> None:
        if not self.name.text.strip():
            self.name.fail(self.words(_("Please give a name.")))
            return
        work = self._desk.services.devices.clone(self._desk.actor, self._device.id, self.name.text)
        self._desk.operations.run(self, "clone-device", work, self._saved, failed=self._fail, busy=self.save_button)

    def _saved(self, device: Device) -> None:
        self._desk.done(_("The camera “{name}” is saved."), name=device.name)
        self.saved.emit(device.id)
        self.closed.emit()

    def _fail(self, error: SiappError) -> None:
        self.name.fail(self.words.error(error))
