"""How a task did over the last hour: frame rates, latency, objects."""

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.domain import Task
from siapp.core.history import STEP_S, History, Sample
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.widgets.chart import Chart, Line, Measure
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.legend import legend
from siapp.ui.widgets.scales import Point
from siapp.ui.widgets.scrolling import scrolling
from siapp.ui.widgets.segments import Segments

SPANS = [(3600, _("Last hour")), (600, _("10 minutes"))]
FPS = Measure(_("Frames per second"), "", 1)
LATENCY = Measure(_("Latency"), _("ms"))
OBJECTS = Measure(_("Objects"), "")


class ChartsTab(QWidget):
    """Drawn anew every five seconds while it is seen: time goes on, whatever the task does."""

    def __init__(self, desk: Desk, task: Task) -> None:
        super().__init__()
        self._desk, self._number = desk, task.id
        self._chosen = False
        words = desk.words
        self.span = Segments(words, _("Time shown"), SPANS)
        self.span.chosen.connect(self._choose)
        self.fps, self.latency, self.objects = (Chart(words, measure) for measure in (FPS, LATENCY, OBJECTS))
        self.dropped = label(words, "", "caption", wrap=True)
        self._compose()
        for chart in self._charts:
            chart.pointed.connect(self._point)
        self._timer = QTimer(self, interval=round(STEP_S * 1000))
        self._timer.timeout.connect(self.refresh)
        words.changed.connect(self.refresh)

    def show_task(self, task: Task) -> None:
        if task.id != self._number:
            self._number = task.id
            self.refresh()

    def refresh(self) -> None:
        if not self.isVisible():
            return
        history = self._desk.services.tasks.history(self._number)
        if not self._chosen:
            self.span.button(_fitting(history)).setChecked(True)
        span = float(self.span.value)
        for chart, lines in zip(self._charts, _lines(history), strict=True):
            chart.show_lines(lines, history.at, span)
        left_out = sum(sample.dropped for sample in history.samples if history.at - sample.at <= span)
        words = self._desk.words
        self.dropped.setText(words(_("Frames left out for newer ones in this time: {count}"), count=left_out))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    @property
    def _charts(self) -> tuple[Chart, Chart, Chart]:
        return self.fps, self.latency, self.objects

    def _choose(self, _span: object) -> None:
        self._chosen = True
        self.refresh()

    def _point(self, moment: object) -> None:
        """One moment in all three, so that a rate is seen beside what it did to the latency."""
        for chart in self._charts:
            chart.point_at(moment if isinstance(moment, float) else None)

    def _compose(self) -> None:
        words, inner = self._desk.words, QWidget()
        charts = QVBoxLayout(inner)
        charts.setContentsMargins(0, 0, 12, 0)
        charts.setSpacing(4)
        for chart, lines in (
            (self.fps, [(_("Analysed"), True), (_("From the camera"), False)]),
            (self.latency, [(_("Mean"), True), (_("95 % within"), False)]),
            (self.objects, [(_("Highest in five seconds"), True)]),
        ):
            charts.addWidget(chart, 1)
            charts.addWidget(legend(words, lines), 0, Qt.AlignmentFlag.AlignLeft)
            charts.addSpacing(8)
        charts.addWidget(self.dropped)
        head = QHBoxLayout()
        head.addWidget(self.span)
        head.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(scrolling(inner), 1)


def _fitting(history: History) -> int:
    """The span that shows most of what there is: a task that has just begun is no line of ten pixels."""
    longest, short = (span for span, _word in SPANS)
    return short if history.samples and history.at - history.samples[0].at < short else longest


def _lines(history: History) -> tuple[list[Line], list[Line], list[Line]]:
    def line(word: str, value: Callable[[Sample], float]) -> Line:
        return Line(word, runs(history, value))

    return (
        [line(_("Analysed"), lambda each: each.fps_out), line(_("From the camera"), lambda each: each.fps_in)],
        [line(_("Mean"), lambda each: each.latency_ms), line(_("95 % within"), lambda each: each.latency_p95_ms)],
        [line(_("Objects"), lambda each: each.objects)],
    )


def runs(history: History, value: Callable[[Sample], float]) -> list[list[Point]]:
    """Points of one figure, in pieces between which the task did not run."""
    begins = [place for place, sample in enumerate(history.samples) if sample.begins or place == 0]
    return [
        [(sample.at, float(value(sample))) for sample in history.samples[first:after]]
        for first, after in pairwise([*begins, len(history.samples)])
    ]
