"""What a test is of, how it was done, and what it has found."""

from collections.abc import Callable, Iterator, Mapping

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from siapp.core.domain import FoundObjects, TaskOptions, TestTask
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.measures import exact_clock, file_size
from siapp.ui.pages.test_list import algorithm_text, state_text
from siapp.ui.theme import theme
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.facts import Fact, Facts
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

ROW = 28
HEAD_HEIGHT = 32
NAME_WIDTH = 160
COUNT_WIDTH = 88
MOST_CLASSES = 200


def moment(at: object) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if hasattr(at, "astimezone") else ""


def option_facts(options: TaskOptions, names: Mapping[int, str], words: Words) -> list[Fact]:
    """`names`: of the algorithm's classes, by number."""
    kept = options.classes
    classes = words(_("all")) if kept is None else ", ".join(names.get(number, str(number)) for number in kept)
    return [
        (_("Confidence"), f"{options.confidence:.2f}"),
        (_("IoU"), f"{options.iou:.2f}"),
        (_("Classes to keep"), classes),
        (_("Key frame every"), words(_("{count} frames"), count=options.keyframe_interval)),
        (_("Labels drawn"), words(_("Yes")) if options.draw_labels else words(_("No"))),
    ]


def class_names(desk: Desk, test: TestTask) -> dict[int, str]:
    """Of the version that the test ran with, or of the active one."""
    algorithm = desk.stores.algorithms.get(test.algorithm.id)
    version = (algorithm.version(test.algorithm.version) or algorithm.active) if algorithm is not None else None
    return dict(enumerate(version.classes)) if version is not None else {}


def video_facts(test: TestTask, words: Words) -> Iterator[Fact]:
    video, info = test.video, test.video.info
    yield _("File"), video.filename
    yield _("Size"), f"{info.width} × {info.height}, {file_size(video.size)}"
    yield _("Duration"), exact_clock(info.duration_s) if info.duration_s is not None else words(_("unknown"))
    yield _("Frames"), f"{video.frames:,}" if video.frames is not None else words(_("unknown"))
    yield _("fps"), f"{info.fps:g}" if info.fps else words(_("unknown"))
    yield _("Codec"), info.codec


def run_facts(test: TestTask, words: Words) -> Iterator[Fact]:
    yield _("State"), state_text(test, words)
    yield _("Since"), moment(test.state_since)
    yield _("Algorithm"), algorithm_text(test)
    yield _("Analysed"), _analysed(test, words)
    yield _("Created by"), test.created_by
    yield _("Created"), moment(test.created_at)


def _analysed(test: TestTask, words: Words) -> str:
    if not test.progress.done:
        return "–"
    frames = words(_("{count} frames"), count=f"{test.progress.done:,}")
    return f"{frames}, {words(_('{rate} frames/s'), rate=f'{test.progress.fps:.1f}')}"


class FactsView(QScrollArea):
    """Three groups, and the objects found by class."""

    def __init__(self, desk: Desk, change: Callable[[], object]) -> None:
        super().__init__()
        self._desk = desk
        self.video, self.run, self.options = (Facts(desk.words, one_line=True) for _group in range(3))
        self.change_button = button(desk.words, _("Change"), change, look="link")
        self.counts = CountBars()
        self.none_found = label(desk.words, _("Nothing was counted yet."), "muted")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._compose()

    def show_test(self, test: TestTask) -> None:
        words = self._desk.words
        self.video.put_all(video_facts(test, words))
        self.run.put_all(run_facts(test, words))
        self.options.put_all(option_facts(test.options, class_names(self._desk, test), words))
        self.change_button.setVisible(self._desk.may_operate() and not test.state.is_active)

    def show_found(self, found: FoundObjects | None) -> None:
        counts = found.by_class if found is not None else {}
        self.none_found.setVisible(not counts)
        empty = _("Nothing was found.") if found is not None else _("Nothing was counted yet.")
        self._desk.words.bind(self.none_found, self.none_found.setText, empty)
        self.counts.show_counts(counts)

    def _compose(self) -> None:
        words = self._desk.words
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 8, 12, 16)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(24)
        head = QHBoxLayout()
        head.addWidget(label(words, _("Options"), "label"))
        head.addWidget(self.change_button)
        head.addStretch()
        for place, (title, facts) in enumerate(((_("Video"), self.video), (_("Run"), self.run))):
            grid.addLayout(_group(label(words, title, "label"), facts), 0, place)
        grid.addLayout(_group(head, self.options), 1, 0)
        found = QVBoxLayout()
        found.setSpacing(4)
        found.addWidget(self.none_found)
        found.addWidget(self.counts)
        found.addStretch()
        grid.addLayout(_group(label(words, _("Objects found, all frames together"), "label"), found), 1, 1)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(2, 1)
        self.setWidget(inner)


def _group(head: QWidget | QHBoxLayout, body: QWidget | QVBoxLayout) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    for part in (head, body):
        if isinstance(part, QWidget):
            part.setMinimumHeight(HEAD_HEIGHT)
            column.addWidget(part)
        else:
            column.addLayout(part)
    column.addStretch()
    return column


class CountBars(QWidget):
    """Classes with their counts, the most frequent first, each with a bar as long as its share of the first one's."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: list[tuple[str, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        self._counts = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_CLASSES]
        self.setAccessibleDescription("; ".join(f"{name}: {count}" for name, count in self._counts))
        self.setMinimumHeight(len(self._counts) * ROW)
        self.updateGeometry()
        self.update()

    @property
    def counts(self) -> dict[str, int]:
        return dict(self._counts)

    def sizeHint(self) -> QSize:
        return QSize(240, len(self._counts) * ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme().colours
        metrics = QFontMetrics(self.font())
        middle = Qt.AlignmentFlag.AlignVCenter
        most = max((count for _name, count in self._counts), default=1)
        room = max(0, self.width() - NAME_WIDTH - COUNT_WIDTH)
        first, last = event.rect().top() // ROW, event.rect().bottom() // ROW + 1
        for place, (name, count) in list(enumerate(self._counts))[first:last]:
            row = QRect(0, place * ROW, self.width(), ROW)
            painter.setPen(colours.of("text"))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, NAME_WIDTH - 12)
            painter.drawText(row, int(Qt.AlignmentFlag.AlignLeft | middle), shown)
            painter.drawText(row, int(Qt.AlignmentFlag.AlignRight | middle), f"{count:,}")
            bar = QRect(NAME_WIDTH, row.top() + ROW // 2 - 3, max(2, room * count // most), 6)
            painter.fillRect(bar, colours.of("strong_line"))
        painter.end()
