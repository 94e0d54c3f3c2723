"""A bundle for whoever looks after siapp, and what is known of the last unexpected end."""

from pathlib import Path

from PySide6.QtCore import QDateTime, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QProgressBar

from siapp.core.crash import Crash
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.notices import Offer
from siapp.ui.settings.section import Section
from siapp.ui.units import size_text
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.facts import Facts
from siapp.ui.widgets.labels import label

STEPS = 100


class DiagnosticsSection(Section):
    """For administrators."""

    title, glyph = _("Diagnostics"), "first-aid-kit"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        words = desk.words
        self.heading(_("Diagnostics bundle"))
        self.sentence(
            _(
                "A zip file with versions, what siapp doctor says, settings, counts and the newest logs. Passwords, "
                "keys and tokens are ***. Names of cameras and people that are in the log stay."
            )
        )
        self.make = ProgressButton(
            words, _("Save a diagnostics bundle …"), _("Gathering … Cancel"), self.choose, look="primary"
        )
        self.column.addWidget(self.make, 0, Qt.AlignmentFlag.AlignLeft)
        self.progress, self.step = QProgressBar(), label(words, "", "caption")
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        words.bind(self.progress, self.progress.setAccessibleName, _("Diagnostics bundle"))
        self.step.setMinimumHeight(18)
        for part in (self.progress, self.step):
            self.column.addWidget(part)
        self._keep_room()
        self.heading(_("Last unexpected end"))
        self.crash = Facts(words)
        self.column.addWidget(self.crash)
        self.column.addStretch()

    def begin(self) -> None:
        work = self.desk.services.diagnostics.last_crash(self.desk.actor)
        self.desk.operations.run(self, "last-crash", work, self._show_crash)

    def choose(self) -> None:
        """Where it goes."""
        dialog = QFileDialog(self.window(), self.desk.words(_("Save a diagnostics bundle")))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.setNameFilter("ZIP (*.zip)")
        dialog.setDirectory(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        dialog.selectFile(f"siapp-diagnostics-{QDateTime.currentDateTime().toString('yyyyMMdd-HHmmss')}.zip")
        dialog.fileSelected.connect(lambda path: self.save(Path(path)))
        dialog.open()

    def save(self, path: Path) -> None:
        self.progress.setValue(0)
        self.progress.show()
        work = self.desk.services.diagnostics.make(self.desk.actor, path, self._show_progress)
        task = self.desk.operations.run(self, "diagnostics", work, lambda size: self._saved(path, size), busy=self.make)
        task.add_done_callback(lambda _task: self._end())

    def _keep_room(self) -> None:
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()

    def _show_progress(self, share: float, step: str) -> None:
        self.progress.setValue(round(share * STEPS))
        self.make.progress(share)
        self.desk.words.bind(self.step, self.step.setText, step)

    def _end(self) -> None:
        self.progress.hide()
        self.desk.words.bind(self.step, self.step.setText, "")

    def _saved(self, path: Path, size: int) -> None:
        offer = Offer(_("Open the folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))))
        message = _("The diagnostics bundle “{name}” is saved, {size}.")
        self.desk.offer(offer, message, name=path.name, size=size_text(size))

    def _show_crash(self, crash: Crash | None) -> None:
        words = self.desk.words
        if crash is None:
            self.crash.put(_("When"), words(_("None is known.")))
            return
        self.crash.put(_("When"), f"{crash.at.astimezone():%Y-%m-%d %H:%M:%S}")
        self.crash.put(_("Version"), f"siapp {crash.version}")
        self.crash.put(_("Details"), words(_("In crash.log and siapp.log, which are in the bundle.")))
