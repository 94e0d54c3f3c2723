"""What the table of cameras shows of each."""

from siapp.core.domain import Device
from siapp.core.i18n import _
from siapp.ui.ages import moment_text
from siapp.ui.desk import Desk
from siapp.ui.marks import DEVICE_MARKS
from siapp.ui.pages.device_uses import Uses
from siapp.ui.pages.thumbnails import Thumbnails
from siapp.ui.widgets.table import Column

PICTURE = 1
TWO_LINES = (0, 2, 3)
STRONG = 2


def device_columns(desk: Desk, thumbnails: Thumbnails, uses: Uses) -> list[Column[Device]]:
    """State, picture, name with address, who uses it, what is wrong, since when it is here."""
    words = desk.words

    def state(device: Device) -> str:
        return words(DEVICE_MARKS[device.state].word)

    def since(device: Device) -> str:
        return words(_("since {time}"), time=moment_text(device.since)) if device.since is not None else ""

    def state_tip(device: Device) -> str:
        problem = words.problem(device.last_error) if device.last_error is not None else ""
        return "\n".join(part for part in (state(device), since(device), problem) if part)

    def use(device: Device) -> str:
        tasks = uses.of(device)
        if not tasks:
            return "–"
        return tasks[0].name if len(tasks) == 1 else words(_("{count} tasks"), count=len(tasks))

    def users(device: Device) -> str:
        tasks = uses.of(device)
        return words.listed(task.name for task in tasks) if len(tasks) > 1 else ""

    def users_tip(device: Device) -> str:
        return "\n".join(task.name for task in uses.of(device)) or words(_("No task uses this camera."))

    def problem(device: Device) -> str:
        return words.problem(device.last_error) if device.last_error is not None else ""

    def added(device: Device) -> str:
        return device.created_at.astimezone().strftime("%Y-%m-%d %H:%M")

    return [
        Column(_("State"), state, 148, mark=lambda device: DEVICE_MARKS[device.state], tip=state_tip, second=since),
        Column(_("Picture"), lambda _device: "", 104, tip=thumbnails.tip),
        Column(
            _("Camera"),
            lambda device: device.name,
            order=lambda device: device.name.casefold(),
            tip=lambda device: f"{device.name}\n{device.rtsp_url}",
            second=lambda device: device.rtsp_url,
        ),
        Column(_("Used by"), use, 180, spare=2, tip=users_tip, second=users),
        Column(_("Last problem"), problem, spare=3),
        Column(_("Added"), added, 150, spare=1, order=lambda device: device.created_at.timestamp()),
    ]
