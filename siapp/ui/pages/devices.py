"""Cameras: the table, and what can be done with the chosen ones."""

from functools import partial

from siapp.core.domain import Device
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.marks import DEVICE_MARKS
from siapp.ui.pages.device_sheet import DeviceSheet
from siapp.ui.pages.table_page import TablePage
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.table import Column


def _columns(desk: Desk) -> list[Column[Device]]:
    words = desk.words

    def state(device: Device) -> str:
        return words(DEVICE_MARKS[device.state].word)

    def problem(device: Device) -> str:
        return words.problem(device.last_error) if device.last_error is not None else ""

    def added(device: Device) -> str:
        return device.created_at.astimezone().strftime("%Y-%m-%d %H:%M")

    return [
        Column(_("State"), state, 140, mark=lambda device: DEVICE_MARKS[device.state]),
        Column(_("Name"), lambda device: device.name, order=lambda device: device.name.casefold()),
        Column(_("Address"), lambda device: device.rtsp_url),
        Column(_("Last problem"), problem, 240, spare=2),
        Column(_("Added"), added, 150, spare=1, order=lambda device: device.created_at.timestamp()),
    ]


class DevicesPage(TablePage[Device]):
    """Add, edit, delete."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Devices"), desk.stores.devices, _columns(desk))
        self.add_action(
            _("Edit"), "pencil-simple", lambda chosen: self.edit(chosen[0]), lambda rows: len(rows) == 1, keys="Ctrl+E"
        )
        self.add_action(_("Delete"), "trash", self.ask_delete, lambda _rows: True, keys="Del")
        self.set_primary("video-camera", _("There are no cameras yet."), _("Add camera"), self.add)
        self.table.opened.connect(self.edit)

    def add(self) -> None:
        self.open_sheet(DeviceSheet(self.desk))

    def edit(self, device: Device) -> None:
        if self.desk.may_operate():
            self.open_sheet(DeviceSheet(self.desk, device))

    def ask_delete(self, devices: list[Device]) -> None:
        """Once, naming what is lost."""
        words = self.desk.words
        if len(devices) == 1:
            title = words(_("Delete the camera “{name}”?"), name=devices[0].name)
            verb = _("Delete camera")
        else:
            title = words(_("Delete {count} cameras?"), count=len(devices))
            verb = _("Delete cameras")
        names = "\n".join(device.name for device in devices[:10]) if len(devices) > 1 else ""
        lost = words(_("Its address and its stored user name and password are lost."))
        text = f"{names}\n\n{lost}" if names else lost
        Confirm(words, self.window(), title, text, verb, lambda: self._delete(devices)).open()

    def _delete(self, devices: list[Device]) -> None:
        service = self.desk.services.devices
        for device in devices:
            self.desk.operations.run(
                self,
                f"delete-device-{device.id}",
                service.delete(self.desk.actor, device.id),
                partial(self._deleted, device.name),
            )

    def _deleted(self, name: str, _nothing: None) -> None:
        self.desk.done(_("The camera “{name}” is deleted."), name=name)
