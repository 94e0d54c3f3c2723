"""Whether a result's video can be played to its end: read as a whole by another process, and told."""

from functools import partial

from PySide6.QtCore import QObject

from siapp.core.domain import TestTask, VideoCheck
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.measures import exact_clock


def check_video(desk: Desk, owner: QObject, test: TestTask) -> None:
    """What becomes of it comes as a notice; a long video takes a while."""
    work = desk.services.results.check_video(desk.actor, test.name)
    desk.operations.run(owner, f"check-video-{test.id}", work, partial(_tell, desk, test.name))


def _tell(desk: Desk, name: str, found: VideoCheck) -> None:
    info = found.info
    if found.playable and info is not None:
        desk.done(
            _("The video of “{name}” can be played to its end: {frames} frames, {duration}."),
            name=name,
            frames=info.frames or 0,
            duration=exact_clock(info.duration_s or 0.0),
        )
    elif found.error is not None:
        desk.warn(_("“{name}”: {reason}"), name=name, reason=desk.words.problem(found.error))
    else:
        desk.warn(_("There is no video of “{name}”. Run the test again to make one."), name=name)
