"""One algorithm with its versions."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from siapp.core.domain import Algorithm, AlgorithmVersion, OptimizationReport, VersionState, WeightFormat
from siapp.core.events import ImportProgress
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.marks import VERSION_MARKS
from siapp.ui.widgets.buttons import button, icon_button
from siapp.ui.widgets.labels import ElidedLabel, label, plain_tip
from siapp.ui.widgets.toasts import MarkLabel
from siapp.ui.words import Words

FORMATS = {WeightFormat.PYTORCH: "PyTorch", WeightFormat.ONNX: "ONNX", WeightFormat.OPENVINO: "OpenVINO"}
NARROW = 800


@dataclass(frozen=True, slots=True)
class CardActions:
    """What the page does for a card's buttons."""

    add_version: Callable[[Algorithm], object]
    activate: Callable[[Algorithm, int], object]
    delete: Callable[[Algorithm], object]
    delete_version: Callable[[Algorithm, int], object]
    optimize: Callable[[Algorithm, int], object]
    cancel: Callable[[Algorithm, int], object]


class VersionRow(QFrame):
    """State first, then what the file is; a second line while it is made, when it was refused, and for what making
    it INT8 changed."""

    def __init__(self, desk: Desk, algorithm: Algorithm, version: AlgorithmVersion, actions: CardActions) -> None:
        super().__init__()
        self.setObjectName("version")
        self._desk, self._algorithm, self._version = desk, algorithm, version
        self.buttons: list[QAbstractButton] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(12)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 4)
        self._column.setSpacing(4)
        self._column.addLayout(self._row)
        self._add_facts()
        self._add_buttons(actions)
        self._add_second_line()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # In a narrow card the classes need the room more; who uploaded it is in the tooltip of the size too.
        self._from.setVisible(event.size().width() > NARROW)
        super().resizeEvent(event)

    def show_progress(self, progress: ImportProgress) -> None:
        if self._version.state is VersionState.IMPORTING:
            self.bar.setValue(round(progress.fraction * 1000))
            self._desk.words.bind(self.step, self.step.setText, progress.step)

    def _add_facts(self) -> None:
        version, words = self._version, self._desk.words
        mark = VERSION_MARKS[version.state]
        self._row.addWidget(MarkLabel(mark))
        being_made = version.state is VersionState.IMPORTING and version.made_from is not None
        state = label(words, _("Optimising") if being_made else mark.word)
        state.setFixedWidth(80)
        self._row.addWidget(state)
        number = QLabel()
        number.setFixedWidth(68)
        words.bind(number, number.setText, _("Version {number}"), number=version.version)
        self._row.addWidget(number)
        kind = ElidedLabel(FORMATS.get(version.format, "–") if version.format else "–", "muted")
        kind.setFixedWidth(72)
        self._row.addWidget(kind)
        self._row.addWidget(self._input())
        self._row.addWidget(self._classes(), 1)
        size = QLabel(_size(version.size))
        size.setProperty("look", "muted")
        size.setFixedWidth(64)
        size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        size.setToolTip(plain_tip(f"{version.filename}\n{version.uploaded_by}\nSHA-256 {version.sha256}"))
        self._row.addWidget(size)
        self._from = self._origin()
        self._row.addWidget(self._from)

    def _input(self) -> ElidedLabel:
        """The size of picture that the network takes."""
        size, words = self._version.input_size, self._desk.words
        made = ElidedLabel(f"{size[0]} × {size[1]}" if size else "–", "muted")
        made.setFixedWidth(80)
        if self._version.state is VersionState.READY and size is None:
            words.bind(made, made.setText, _("any size"))
        return made

    def _classes(self) -> ElidedLabel:
        version, words = self._version, self._desk.words
        made = ElidedLabel("", "muted")
        if version.classes:
            names = ", ".join(version.classes)
            words.bind(made, made.setText, _("{count} classes: {names}"), count=len(version.classes), names=names)
            made.setToolTip(plain_tip(names))
        else:
            made.setText(version.filename)
        return made

    def _origin(self) -> ElidedLabel:
        version = self._version
        made = ElidedLabel(f"{version.uploaded_by} · {version.created_at.astimezone():%Y-%m-%d %H:%M}", "muted")
        made.setMaximumWidth(200)
        return made

    def _add_buttons(self, actions: CardActions) -> None:
        words, algorithm, version = self._desk.words, self._algorithm, self._version
        holder = QWidget()
        holder.setFixedSize(182, 32)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addStretch()
        if version.can_be_optimized:
            self._add_optimize(row, actions)
        if version.version == algorithm.active_version:
            row.addWidget(label(words, _("Active"), "chip"), 0, Qt.AlignmentFlag.AlignVCenter)
        elif version.state is VersionState.READY:
            self._add_button(row, _("Activate"), lambda: actions.activate(algorithm, version.version))
        if version.version != algorithm.active_version and version.state is not VersionState.IMPORTING:
            self._add_button(row, _("Delete"), lambda: actions.delete_version(algorithm, version.version))
        if version.state is VersionState.IMPORTING and version.made_from is not None:
            self._add_button(row, _("Cancel"), lambda: actions.cancel(algorithm, version.version))
        self._row.addWidget(holder)

    def _add_button(self, row: QHBoxLayout, message: str, on_click: Callable[[], object]) -> None:
        made = button(self._desk.words, message, on_click, look="plain")
        self.buttons.append(made)
        row.addWidget(made)

    def _add_optimize(self, row: QHBoxLayout, actions: CardActions) -> None:
        algorithm, number = self._algorithm, self._version.version
        self.optimize_button = icon_button(
            self._desk.words,
            _("Optimise: make a faster version of it (INT8)"),
            "lightning",
            lambda: actions.optimize(algorithm, number),
        )
        self.buttons.append(self.optimize_button)
        row.addWidget(self.optimize_button)

    def _add_second_line(self) -> None:
        version, words = self._version, self._desk.words
        indent = 26
        if version.state is VersionState.IMPORTING:
            grid = QGridLayout()
            grid.setContentsMargins(indent, 0, 0, 4)
            self.bar = QProgressBar()
            self.bar.setRange(0, 1000)
            self.bar.setTextVisible(False)
            words.bind(self.bar, self.bar.setAccessibleName, _("Import progress"))
            self.step = label(words, _("Waiting for its turn"), "caption")
            grid.addWidget(self.bar, 0, 0)
            grid.addWidget(self.step, 1, 0)
            self._column.addLayout(grid)
        elif version.error is not None:
            self.reason = label(words, "", "error", wrap=True)
            self.reason.setContentsMargins(indent, 0, 0, 4)
            problem = version.error
            words.follow(self.reason, lambda: self.reason.setText(words.problem(problem)))
            self._column.addWidget(self.reason)
        elif version.report is not None and version.made_from is not None:
            self._add_report(version.made_from, version.report, indent)

    def _add_report(self, made_from: int, report: OptimizationReport, indent: int) -> None:
        words = self._desk.words
        self.report = made = ElidedLabel("", "caption")
        made.setContentsMargins(indent, 0, 0, 4)

        def write() -> None:
            made.setText(words(_("INT8 · from version {number}"), number=made_from) + " · " + _summary(words, report))
            made.setToolTip(plain_tip(_details(words, report)))

        words.follow(made, write)
        self._column.addWidget(made)


def _summary(words: Words, report: OptimizationReport) -> str:
    parts = [words(_("{factor} times as fast"), factor=f"{report.speedup:.1f}")]
    if report.share_kept is None:
        parts.append(words(_("nothing was found in the pictures, so no boxes are compared")))
    else:
        parts.append(words(_("{share} % of boxes kept"), share=f"{report.share_kept * 100:.1f}"))
        parts.append(words(_("scores {change}"), change=_signed(report.score_change)))
    return " · ".join(parts)


def _details(words: Words, report: OptimizationReport) -> str:
    speeds = words(
        _("The network alone: {before} frames/s before, {after} frames/s now."),
        before=f"{report.fps_before:.1f}",
        after=f"{report.fps_after:.1f}",
    )
    boxes = words(
        _("Of {boxes} boxes in {pictures} pictures {kept} are kept, {closely} of them in place; {added} are new."),
        boxes=report.boxes,
        pictures=report.pictures,
        kept=report.kept,
        closely=report.kept_closely,
        added=report.added,
    )
    return f"{speeds}\n{boxes}"


def _signed(change: float) -> str:
    return f"{change:+.3f}".replace("-", "−")


def _size(size: int) -> str:
    """In the unit that suits it: a few bytes are not 0.0 MB."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


class AlgorithmCard(QFrame):
    """Built anew when the algorithm changes, which is rare; progress is written into it."""

    def __init__(self, desk: Desk, algorithm: Algorithm, actions: CardActions) -> None:
        super().__init__()
        self.setObjectName("card")
        self.algorithm = algorithm
        self._desk = desk
        self.rows: dict[int, VersionRow] = {}
        self._buttons: list[QAbstractButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(0)
        column.addLayout(self._head(actions))
        column.addSpacing(8)
        for version in reversed(algorithm.versions):
            row = self.rows[version.version] = VersionRow(desk, algorithm, version, actions)
            self._buttons += row.buttons
            column.addWidget(row)
        self.setAccessibleName(algorithm.name)
        self.apply_rights()

    def apply_rights(self) -> None:
        for made in self._buttons:
            made.setVisible(self._desk.may_operate())

    def _head(self, actions: CardActions) -> QHBoxLayout:
        words, algorithm = self._desk.words, self.algorithm
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(ElidedLabel(algorithm.name, "title"), 1)
        add = button(words, _("New version"), lambda: actions.add_version(algorithm), look="plain", glyph="plus")
        self.delete_button = button(words, _("Delete"), lambda: actions.delete(algorithm), look="plain", glyph="trash")
        for made in (add, self.delete_button):
            self._buttons.append(made)
            row.addWidget(made)
        return row
