"""Optimise a version: choose what its INT8 form is calibrated on."""

from pathlib import Path

from siapp.core.domain import Algorithm
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.drop import VIDEOS, DropArea
from siapp.ui.widgets.fields import ChoiceField, Field
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.sheet import Sheet

_FILE = 0  # no camera has this number


class OptimizeSheet(Sheet):
    """A camera by its name, or a video file of this computer; the work goes on after the sheet is closed."""

    def __init__(self, desk: Desk, algorithm: Algorithm, version: int) -> None:
        title = _("Optimise version {number} of “{name}”")
        super().__init__(desk.words, title, number=version, name=algorithm.name)
        self._desk, self._algorithm, self._version = desk, algorithm, version
        words = desk.words
        for sentence in (
            _("A new version is made that computes in 8 bits (INT8), which is faster on most machines."),
            _("Pictures of what it will see calibrate it, and show how far it agrees with this version."),
            _("Nothing changes until you activate the new version."),
        ):
            self.body.addWidget(label(words, sentence, "muted", wrap=True))
        self.body.addSpacing(8)
        self._add_source()
        self.body.addStretch()
        self.save_button = ProgressButton(
            words, _("Optimise"), _("Starting …"), self.save, look="primary", cancel=False
        )
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.source.box)

    def save(self) -> None:
        number = self.source.value or _FILE
        source: int | Path | None = number if number != _FILE else self.drop.path
        if source is None:
            self.file.fail(self.words(_("Choose a video file first.")))
            return
        service = self._desk.services.algorithms
        work = service.optimize(self._desk.actor, self._algorithm.id, self._version, source)
        self._desk.operations.run(self, "optimize", work, self._begun, failed=self._fail, busy=self.save_button)

    def _add_source(self) -> None:
        words = self.words
        cameras = [(device.id, device.name) for device in self._desk.stores.devices.by_name()]
        self.source = ChoiceField(words, _("Pictures of"), [*cameras, (_FILE, words(_("A video file")))])
        self.drop = DropArea(words, VIDEOS)
        self.file = Field(words, _("Video file"), self.drop)
        self.drop.chosen.connect(lambda _path: self.file.clear())
        self.source.box.currentIndexChanged.connect(lambda _index: self._show_file())
        for part in (self.source, self.file):
            self.body.addWidget(part)
        self._show_file()

    def _show_file(self) -> None:
        self.file.setVisible(self.source.value == _FILE)

    def _begun(self, algorithm: Algorithm) -> None:
        number = algorithm.versions[-1].version
        self._desk.done(_("Version {number} is being made. This takes some minutes."), number=number)
        self.closed.emit()

    def _fail(self, error: SiappError) -> None:
        (self.file if error.code == "file_unreadable" else self.source).fail(self.words.error(error))
