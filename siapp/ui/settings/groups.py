"""Sections that are nothing but settings, and the one with the log beside them."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

from siapp.core.i18n import _
from siapp.core.setting import Group
from siapp.ui.settings.section import GroupSection
from siapp.ui.widgets.buttons import button


class AnalysisSection(GroupSection):
    title, glyph = _("Analysis"), "cpu"
    groups = ((Group.ANALYSIS, _("Analysis")),)


class TestsSection(GroupSection):
    title, glyph = _("Tests"), "film-strip"
    groups = ((Group.TESTS, _("Algorithm tests")),)


class AuditSection(GroupSection):
    title, glyph = _("Audit"), "clipboard-text"
    groups = ((Group.AUDIT, _("Audit")),)


class LoggingSection(GroupSection):
    title, glyph = _("Logging"), "article"
    groups = ((Group.LOGGING, _("Logging")),)

    def before(self) -> None:
        self.heading(_("The program's own log"))
        self.sentence(_("siapp.log in the folder of the logs: five files of 5 MB, the oldest goes. Secrets are ***."))
        self.open = button(self.desk.words, _("Open the folder"), self.open_folder, glyph="folder-open")
        self.column.addWidget(self.open, 0, Qt.AlignmentFlag.AlignLeft)

    def open_folder(self) -> None:
        folder: Path = self.desk.services.settings.in_use.data_dir / "logs"
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder.absolute()))):
            self.desk.warn(_("The folder can't be opened on this desktop."))
