"""One version in its algorithm's card."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from siapp.core.domain import Algorithm, AlgorithmVersion, OptimizationReport, VersionState, WeightFormat
from siapp.core.events import ImportProgress
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.marks import VERSION_MARKS
from siapp.ui.pages.card_actions import CardActions, Stop
from siapp.ui.widgets.buttons import button, icon_button
from siapp.ui.widgets.labels import ElidedLabel, label, plain_tip
from siapp.ui.widgets.toasts import MarkLabel
from siapp.ui.words import Words

FORMATS = {WeightFormat.PYTORCH: "PyTorch", WeightFormat.ONNX: "ONNX", WeightFormat.OPENVINO: "OpenVINO"}
INDENT = 26
SLOT = QSize(32, 32)
VERB_WIDTH = 88
_WIDE, _MIDDLE, _NARROW, _NARROWEST = 900, 760, 540, 460
RETRY_IMPORT = _("Export the network anew, best as ONNX or OpenVINO, and upload that as a new version.")
RETRY_OPTIMIZE = _("Delete it and optimise again, perhaps with other pictures.")


class VersionRow(Stop):
    """State first, then what the file is; a second line while it is made, when it was refused, and for what making
    it INT8 changed."""

    def __init__(self, desk: Desk, algorithm: Algorithm, version: AlgorithmVersion, actions: CardActions) -> None:
        super().__init__(algorithm, version, actions)
        self.setObjectName("version")
        self._desk, self._version = desk, version
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
        desk.words.bind(
            self, self.setAccessibleName, _("Version {number} of “{name}”"), number=version.version, name=algorithm.name
        )

    def fit(self, width: int) -> None:
        """With `width` pixels to be had, leave away what matters least; all of it is in the details."""
        self._from.setVisible(width >= _WIDE)
        self._kind.setVisible(width >= _MIDDLE)
        self._input.setVisible(width >= _MIDDLE)
        self._size.setVisible(width >= _NARROW)
        self._classes.setVisible(width >= _NARROWEST)
        # What gives way takes the room; where there is none, nothing does.
        self._row.setStretchFactor(self._gap, 0 if width >= _NARROWEST else 1)

    def show_progress(self, progress: ImportProgress) -> None:
        if self._version.state is VersionState.IMPORTING:
            self.bar.setValue(round(progress.fraction * 1000))
            self._desk.words.bind(self.step, self.step.setText, progress.step)

    def _add_facts(self) -> None:
        version, words = self._version, self._desk.words
        mark = VERSION_MARKS[version.state]
        being_made = version.state is VersionState.IMPORTING and version.made_from is not None
        state = label(words, _("Optimising") if being_made else mark.word)
        number = QLabel()
        words.bind(number, number.setText, _("Version {number}"), number=version.version)
        self._kind = ElidedLabel(format_of(version), "muted")
        self._input = self._input_size()
        self._size = QLabel(size_text(version.size))
        self._size.setProperty("look", "muted")
        self._size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._size.setToolTip(plain_tip(f"{version.filename}\n{version.uploaded_by}\nSHA-256 {version.sha256}"))
        self._from = ElidedLabel(f"{version.uploaded_by} · {when_text(version)}", "muted")
        for part, width in (
            (state, 80),
            (number, 68),
            (self._kind, 72),
            (self._input, 80),
            (self._size, 64),
            (self._from, 184),
        ):
            part.setFixedWidth(width)
        self._row.addWidget(MarkLabel(mark))
        for part in (state, number, self._kind, self._input):
            self._row.addWidget(part)
        self._classes = self._class_names()
        self._row.addWidget(self._classes, 1)
        self._gap = QWidget()
        self._gap.setFixedHeight(1)
        self._row.addWidget(self._gap)
        self._row.addWidget(self._size)
        self._row.addWidget(self._from)

    def _input_size(self) -> ElidedLabel:
        """The size of picture that the network takes."""
        size, words = self._version.input_size, self._desk.words
        made = ElidedLabel(f"{size[0]} × {size[1]}" if size else "–", "muted")
        if self._version.state is VersionState.READY and size is None:
            words.bind(made, made.setText, _("any size"))
        return made

    def _class_names(self) -> ElidedLabel:
        version, words = self._version, self._desk.words
        made = ElidedLabel("", "muted")
        if version.classes:
            names = ", ".join(version.classes)
            message = _("{count} classes: {names}") if len(version.classes) > 1 else _("1 class: {names}")
            words.bind(made, made.setText, message, count=len(version.classes), names=names)
            made.setToolTip(plain_tip(names))
        else:
            made.setText(version.filename)
        return made

    def _add_buttons(self, actions: CardActions) -> None:
        """Each kind of button has a place of its own, so that they stand in columns."""
        words, algorithm, version = self._desk.words, self.algorithm, self._version
        row = QHBoxLayout()
        row.setSpacing(0)
        self.details_button = icon_button(words, _("Details"), "info", lambda: actions.details(algorithm, version))
        row.addWidget(self.details_button)
        row.addWidget(self._slot(self._optimize_button(actions)))
        row.addWidget(self._verb(actions))
        row.addWidget(self._slot(self._delete_button(actions)))
        self._row.addLayout(row)

    def _verb(self, actions: CardActions) -> QWidget:
        """What can be done with it most likely, or that it is the one in use."""
        algorithm, version, active = self.algorithm, self._version, self.algorithm.active_version
        holder = QWidget()
        holder.setFixedSize(VERB_WIDTH, SLOT.height())
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 8, 0)
        row.addStretch()
        if version.version == active:
            row.addWidget(label(self._desk.words, _("Active"), "chip"), 0, Qt.AlignmentFlag.AlignVCenter)
        elif version.state is VersionState.READY:
            earlier = active is not None and version.version < active
            verb = _("Roll back") if earlier else _("Activate")
            row.addWidget(self._button(verb, lambda: actions.activate(algorithm, version.version)))
        elif version.state is VersionState.IMPORTING:
            row.addWidget(self._button(_("Cancel"), lambda: actions.cancel(algorithm, version.version)))
        return holder

    def _button(self, message: str, on_click: Callable[[], object]) -> QAbstractButton:
        made = button(self._desk.words, message, on_click, look="plain")
        self.buttons.append(made)
        return made

    def _optimize_button(self, actions: CardActions) -> QAbstractButton | None:
        if not self._version.can_be_optimized:
            return None
        algorithm, number = self.algorithm, self._version.version
        self.optimize_button = icon_button(
            self._desk.words,
            _("Optimise: make a faster version of it (INT8)"),
            "lightning",
            lambda: actions.optimize(algorithm, number),
        )
        self.buttons.append(self.optimize_button)
        return self.optimize_button

    def _delete_button(self, actions: CardActions) -> QAbstractButton | None:
        algorithm, version = self.algorithm, self._version
        if version.version == algorithm.active_version or version.state is VersionState.IMPORTING:
            return None
        self.delete_button = icon_button(
            self._desk.words, _("Delete version"), "trash", lambda: actions.delete_version(algorithm, version.version)
        )
        self.buttons.append(self.delete_button)
        return self.delete_button

    def _slot(self, made: QAbstractButton | None) -> QWidget:
        holder = QWidget()
        holder.setFixedSize(SLOT)
        if made is not None:
            made.setParent(holder)
            made.setGeometry(0, 0, SLOT.width(), SLOT.height())
        return holder

    def _add_second_line(self) -> None:
        version = self._version
        if version.state is VersionState.IMPORTING:
            self._add_progress()
        elif version.error is not None:
            self._add_reason()
        elif version.report is not None and version.made_from is not None:
            self._add_report(version.made_from, version.report)

    def _add_progress(self) -> None:
        words = self._desk.words
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        words.bind(self.bar, self.bar.setAccessibleName, _("Import progress"))
        self.step = label(words, _("Waiting for its turn"), "caption")
        self._add_below(self.bar, self.step)

    def _add_reason(self) -> None:
        """Why it was refused, and what to try."""
        words, version = self._desk.words, self._version
        self.reason = label(words, "", "error", wrap=True)
        words.follow(self.reason, lambda: self.reason.setText(words.problem(version.error) if version.error else ""))
        retry = RETRY_IMPORT if version.made_from is None else RETRY_OPTIMIZE
        self._add_below(self.reason, label(words, retry, "caption", wrap=True))

    def _add_report(self, made_from: int, report: OptimizationReport) -> None:
        words = self._desk.words
        self.report = made = ElidedLabel("", "caption")

        def write() -> None:
            made.setText(
                words(_("INT8 · from version {number}"), number=made_from) + " · " + report_text(words, report)
            )
            made.setToolTip(plain_tip(report_details(words, report)))

        words.follow(made, write)
        self._add_below(made)

    def _add_below(self, *parts: QWidget) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(INDENT, 0, 0, 4)
        column.setSpacing(4)
        for part in parts:
            column.addWidget(part)
        self._column.addLayout(column)


def format_of(version: AlgorithmVersion) -> str:
    return FORMATS.get(version.format, "–") if version.format else "–"


def when_text(version: AlgorithmVersion) -> str:
    return f"{version.created_at.astimezone():%Y-%m-%d %H:%M}"


def size_text(size: int) -> str:
    """In the unit that suits it: a few bytes are not 0.0 MB."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def report_text(words: Words, report: OptimizationReport) -> str:
    """What making it INT8 changed, in a line."""
    parts = [words(_("{factor} times as fast"), factor=f"{report.speedup:.1f}")]
    if report.share_kept is None:
        parts.append(words(_("nothing was found in the pictures, so no boxes are compared")))
    else:
        parts.append(words(_("{share} % of boxes kept"), share=f"{report.share_kept * 100:.1f}"))
        parts.append(words(_("scores {change}"), change=f"{report.score_change:+.3f}".replace("-", "−")))
    return " · ".join(parts)


def report_details(words: Words, report: OptimizationReport) -> str:
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
