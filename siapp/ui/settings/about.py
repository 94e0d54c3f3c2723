"""What siapp is made of: versions, and every package with its licence."""

import asyncio
from collections.abc import Mapping

from PySide6.QtCore import QSortFilterProxyModel, QStringListModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QListView, QPlainTextEdit

from siapp.core.domain import Role
from siapp.core.i18n import _
from siapp.core.licences import Package, licence_text, packages
from siapp.ui.desk import Desk
from siapp.ui.settings.section import Section
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.facts import Facts
from siapp.ui.widgets.search import SearchLine

LIST_WIDTH = 280
LICENCES_HEIGHT = 320


class AboutSection(Section):
    """For everybody."""

    title, glyph, role = _("About"), "info", Role.VIEWER

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._packages: dict[str, Package] = {}
        words = desk.words
        self.heading(_("About siapp"))
        self.sentence(_("The intelligent video-analysis station: cameras in, detections out."))
        self.versions = Facts(words)
        self.column.addWidget(self.versions)
        self.copy = button(words, _("Copy"), self.copy_versions, glyph="copy")
        self.column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.heading(_("Licences"))
        self.sentence(_("siapp stands on the work of these packages."))
        self._names, self._found = QStringListModel(), QSortFilterProxyModel(self)
        self._add_licences()
        self.column.addStretch()

    def begin(self) -> None:
        desk = self.desk
        for name in _SHOWN:
            if not self.versions.has(name):
                self.versions.put(name, "…")
        here = desk.services.diagnostics.versions_here(desk.actor)
        desk.operations.run(self, "versions-here", here, self._show_versions)
        desk.operations.run(self, "versions", desk.services.diagnostics.versions(desk.actor), self._show_versions)
        if not self._packages:
            desk.operations.run(self, "packages", asyncio.to_thread(packages), self._show_packages)

    def copy_versions(self) -> None:
        QGuiApplication.clipboard().setText(self.versions.text())
        self.desk.done(_("The versions are copied."))

    def _add_licences(self) -> None:
        words = self.desk.words
        self.search = SearchLine(words, _("Search packages and licences"))
        self.list, self.text = QListView(), QPlainTextEdit()
        self._found.setSourceModel(self._names)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.list.setModel(self._found)
        self.list.setObjectName("packages")
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setFixedWidth(LIST_WIDTH)
        words.bind(self.list, self.list.setAccessibleName, _("Packages"))
        self.list.selectionModel().currentChanged.connect(lambda now, _before: self._choose(now.data()))
        self.text.setReadOnly(True)
        words.bind(self.text, self.text.setAccessibleName, _("Licence"))
        words.bind(self.text, self.text.setPlaceholderText, _("Choose a package to read its licence."))
        row = QHBoxLayout()
        row.setSpacing(12)
        for part in (self.list, self.text):
            part.setFixedHeight(LICENCES_HEIGHT)
            row.addWidget(part)
        self.column.addWidget(self.search)
        self.column.addLayout(row)

    def _show_versions(self, found: Mapping[str, str]) -> None:
        for name, version in found.items():
            self.versions.put(name, version)

    def _show_packages(self, found: tuple[Package, ...]) -> None:
        self._packages = {f"{one.name} {one.version} · {one.licence}": one for one in found}
        self._names.setStringList(list(self._packages))

    def _choose(self, line: str | None) -> None:
        package = self._packages.get(line or "")
        if package is not None:
            work = asyncio.to_thread(licence_text, package.name)
            self.desk.operations.run(self, "licence", work, lambda text: self._show_text(package, text))

    def _show_text(self, package: Package, text: str) -> None:
        head = f"{package.name} {package.version}\n{package.licence}\n{package.summary}\n\n"
        self.text.setPlainText(head + (text or self.desk.words(_("The package brings no text of its licence."))))


_SHOWN = ("siapp", _("System"), "Python", "Qt", "OpenVINO", "FFmpeg", "PyAV", "OpenCV", _("Database"))
