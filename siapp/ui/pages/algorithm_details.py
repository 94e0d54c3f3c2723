"""All that is known of one version: the file, the network, and every class with its colour."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from siapp.core.domain import Algorithm, AlgorithmVersion, VersionState
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.marks import VERSION_MARKS
from siapp.ui.pages.version_row import format_of, report_details, size_text, when_text
from siapp.ui.widgets.buttons import button, icon_button
from siapp.ui.widgets.class_list import ClassList
from siapp.ui.widgets.labels import ElidedLabel, label
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.toasts import MarkLabel

CLASSES_HEIGHT = 150


class DetailsSheet(Sheet):
    """Only looks, so that viewers open it, too. `try_picture`: what its button does for those who may."""

    def __init__(
        self, desk: Desk, algorithm: Algorithm, version: AlgorithmVersion, try_picture: Callable[[], object]
    ) -> None:
        title = _("Version {number} of “{name}”")
        super().__init__(desk.words, title, number=version.version, name=algorithm.name)
        self._desk, self.algorithm, self.version = desk, algorithm, version
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(16)
        self._facts.setVerticalSpacing(8)
        self._facts.setColumnStretch(1, 1)
        self.body.addLayout(self._facts)
        self._add_facts()
        self._add_notes()
        self.body.addSpacing(8)
        self._add_classes()
        self._add_button(try_picture)

    def copy_digest(self) -> None:
        QGuiApplication.clipboard().setText(self.version.sha256)
        self._desk.done(_("The SHA-256 of version {number} is copied."), number=self.version.version)

    def _add_facts(self) -> None:
        version, words = self.version, self.words
        kind = " · ".join([format_of(version), *(["INT8"] if version.int8 else []), size_text(version.size)])
        self._add_state()
        self._add(_("File"), ElidedLabel(version.filename, mode=Qt.TextElideMode.ElideMiddle))
        self._add(_("Kind"), QLabel(kind))
        self._add(_("Input size"), self._input_size())
        self._add_digest()
        self._add(_("Uploaded"), ElidedLabel(f"{version.uploaded_by} · {when_text(version)}"))
        if version.made_from is not None:
            made = QLabel()
            words.bind(made, made.setText, _("Version {number}"), number=version.made_from)
            self._add(_("Made from"), made)

    def _add(self, message: str, value: QWidget) -> None:
        row = self._facts.rowCount()
        self._facts.addWidget(label(self.words, message, "muted"), row, 0)
        self._facts.addWidget(value, row, 1)

    def _add_state(self) -> None:
        mark = VERSION_MARKS[self.version.state]
        holder, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(MarkLabel(mark))
        row.addWidget(label(self.words, mark.word))
        if self.algorithm.active_version == self.version.version:
            row.addWidget(label(self.words, _("Active"), "chip"))
        row.addStretch()
        holder.setLayout(row)
        self._add(_("State"), holder)

    def _input_size(self) -> QLabel:
        size, made = self.version.input_size, QLabel("–")
        if size is not None:
            made.setText(f"{size[0]} × {size[1]}")
        elif self.version.state is VersionState.READY:
            self.words.bind(made, made.setText, _("any size"))
        return made

    def _add_digest(self) -> None:
        holder, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(ElidedLabel(self.version.sha256, mode=Qt.TextElideMode.ElideMiddle), 1)
        self.copy_button = icon_button(self.words, _("Copy SHA-256"), "copy", self.copy_digest)
        row.addWidget(self.copy_button)
        holder.setLayout(row)
        self._add("SHA-256", holder)

    def _add_notes(self) -> None:
        """Why it was refused, or what making it INT8 changed."""
        words, version = self.words, self.version
        note = label(words, "", "error" if version.error else "caption", wrap=True)

        def write() -> None:
            if version.error is not None:
                note.setText(words.problem(version.error))
            elif version.report is not None:
                note.setText(report_details(words, version.report))

        words.follow(note, write)
        note.setVisible(bool(version.error or version.report))
        self.body.addWidget(note)

    def _add_classes(self) -> None:
        words, names = self.words, self.version.classes
        if not names:
            self.body.addStretch()
            return
        head = label(words, "", "label")
        words.bind(head, head.setText, _("Classes ({count})"), count=len(names))
        self.classes = ClassList(words)
        self.classes.show_classes(names)
        self.classes.setMinimumHeight(CLASSES_HEIGHT)
        self.body.addWidget(head)
        self.body.addWidget(self.classes, 1)

    def _add_button(self, try_picture: Callable[[], object]) -> None:
        if self._desk.may_operate() and self.version.state is VersionState.READY:
            primary = button(self.words, _("Try on a picture"), try_picture, look="primary", glyph="image")
        else:
            primary = button(self.words, _("Close"), self.closed.emit)
        self.set_buttons(primary=primary)
        self.begin_at(primary)
