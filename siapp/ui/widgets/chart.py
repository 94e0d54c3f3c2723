"""A calm chart of one figure over time: few round labels, true gaps, and the values under the mouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.theme import body_font, theme
from siapp.ui.widgets.labels import ElidedLabel, label
from siapp.ui.widgets.scales import Point, Run, Summary, nearest, summary, time_ticks, value_ticks
from siapp.ui.words import Words

AXIS_LEFT = 40
AXIS_FOOT = 20
ABOVE = 8
LABEL_ROOM = 72
LEAST_HEIGHT = 104
FILL_ALPHA = 22
DOT = 1.5
REACH_S = 15.0


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `word`: its name for translation. Between two runs the task did not run, and nothing is drawn."""

    word: str
    runs: Sequence[Run]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a chart is of: its title and unit for translation, and the digits after the point."""

    title: str
    unit: str
    digits: int = 0


class Chart(QWidget):
    """The first line is the one that its figures are of; the second is drawn beside it, muted and dashed.

    `pointed` tells the moment under the mouse, None for none, so that charts above one another show the same one.
    """

    pointed = Signal(object)

    def __init__(self, words: Words, measure: Measure) -> None:
        super().__init__()
        self._words, self._measure = words, measure
        self._lines: Sequence[Line] = ()
        self._since = 0.0
        self.canvas = Canvas(words, measure)
        self.canvas.pointed.connect(self.pointed)
        self.figures = ElidedLabel("", "caption")
        self.figures.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.figures.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(label(words, measure.title, "strong"))
        head.addWidget(self.figures, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.canvas, 1)
        words.follow(self, self._write)

    def show_lines(self, lines: Sequence[Line], end: float, span_s: float) -> None:
        """`end`: seconds since the epoch at the right edge, `span_s` before it at the left."""
        self._lines, self._since = lines, end - span_s
        self.canvas.show_lines(lines, end, span_s)
        self._write()

    def point_at(self, moment: float | None) -> None:
        """Show what was then."""
        self.canvas.point_at(moment)

    @property
    def summary(self) -> Summary | None:
        return summary(self._lines[0].runs, self._since) if self._lines else None

    def _write(self) -> None:
        words, found = self._words, self.summary
        if found is None:
            text = words(_("No figures in this time"))
        else:
            shown = {name: f"{getattr(found, name):.{self._measure.digits}f}" for name in found.__slots__}
            text = words(
                _("Now {now} · min {lowest} · mean {mean} · max {highest} {unit}"),
                unit=words(self._measure.unit),
                **shown,
            ).strip()
        self.figures.setText(text)
        self.canvas.setAccessibleName(words(self._measure.title))
        self.canvas.setAccessibleDescription(text)


class Canvas(QWidget):
    """The picture of it. Left and right arrows move the moment that is read off, Esc takes it away."""

    pointed = Signal(object)

    def __init__(self, words: Words, measure: Measure) -> None:
        super().__init__()
        self._words, self._measure = words, measure
        self._lines: Sequence[Line] = ()
        self._end, self._span_s = 0.0, 3600.0
        self.moment: float | None = None
        self._drawn: tuple[object, ...] = ()
        self._still = QPixmap()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(LEAST_HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(320, LEAST_HEIGHT)

    def show_lines(self, lines: Sequence[Line], end: float, span_s: float) -> None:
        self._lines, self._end, self._span_s = lines, end, span_s
        self.update()

    def point_at(self, moment: float | None) -> None:
        if moment != self.moment:
            self.moment = moment
            self.update()

    def values_at(self, moment: float) -> list[Point | None]:
        """What each line's nearest point is, None where it has none there."""
        reach = max(REACH_S, self._span_s / 400)
        return [nearest(line.runs, moment, reach) for line in self._lines]

    @property
    def plot(self) -> QRectF:
        return QRectF(self.rect()).adjusted(AXIS_LEFT, ABOVE, -8, -AXIS_FOOT)

    def x_of(self, moment: float) -> float:
        plot = self.plot
        return plot.right() - (self._end - moment) / self._span_s * plot.width()

    def moment_of(self, x: float) -> float:
        plot = self.plot
        return self._end - (plot.right() - x) / max(1.0, plot.width()) * self._span_s

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        self._point(self.moment_of(x) if self.plot.left() <= x <= self.plot.right() else None)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            begin, step = self._end - self._span_s, self._span_s / 120
            moved = (self._end if self.moment is None else self.moment) + steps[Qt.Key(event.key())] * step
            self._point(min(self._end, max(begin, moved)))
        elif event.key() == Qt.Key.Key_Escape and self.moment is not None:
            self._point(None)
        else:
            super().keyPressEvent(event)

    def _point(self, moment: float | None) -> None:
        self.point_at(moment)
        self.pointed.emit(moment)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still_picture())
        painter.setFont(body_font(theme(), theme().caption))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.moment is not None and self._lines:
            self._paint_moment(painter, self.moment, self._ticks()[-1])
        if self.hasFocus():
            painter.setPen(theme().colours.of("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _still_picture(self) -> QPixmap:
        """All but what is under the mouse: a thousand points are not drawn anew for each of its moves."""
        ratio = self.devicePixelRatioF()
        key = (self._lines, self._end, self._span_s, self.size(), ratio, theme().scheme)
        if key != self._drawn:
            self._drawn = key
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._still)
            self._paint_still(painter)
            painter.end()
        return self._still

    def _paint_still(self, painter: QPainter) -> None:
        painter.setFont(body_font(theme(), theme().caption))
        ticks = self._ticks()
        self._paint_values(painter, ticks)
        self._paint_times(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.plot.adjusted(-2, -2, 2, 2))
        for place in reversed(range(len(self._lines))):
            for run in self._lines[place].runs:
                self._paint_run(painter, [self._spot(point, ticks[-1]) for point in run], main=place == 0)

    def _ticks(self) -> list[float]:
        """The values with a label; the last one is at the upper edge."""
        begin = self._end - self._span_s
        highest = max((v for line in self._lines for run in line.runs for at, v in run if at >= begin), default=0.0)
        most = 3 if self.plot.height() < 160 else 5
        return value_ticks(max(highest, 1.0), most, whole=not self._measure.digits)

    def _paint_values(self, painter: QPainter, ticks: list[float]) -> None:
        plot, colours = self.plot, theme().colours
        for tick in ticks:
            y = round(plot.bottom() - tick / ticks[-1] * plot.height()) + 0.5
            painter.setPen(colours.of("strong_line" if not tick else "line"))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(colours.of("muted"))
            room = QRectF(0, y - 8, AXIS_LEFT - 8, 16)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{tick:g}")

    def _paint_times(self, painter: QPainter) -> None:
        plot = self.plot
        offset = datetime.fromtimestamp(self._end).astimezone().utcoffset()
        most = max(1, int(plot.width() // LABEL_ROOM))
        painter.setPen(theme().colours.of("muted"))
        offset_s = offset.total_seconds() if offset is not None else 0.0
        for tick in time_ticks(self._end - self._span_s, self._end, most, offset_s):
            room = QRectF(self.x_of(tick) - LABEL_ROOM / 2, plot.bottom() + 4, LABEL_ROOM, AXIS_FOOT - 4)
            if room.right() <= self.width() + 24:
                painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, _clock(tick, "%H:%M"))

    def _paint_run(self, painter: QPainter, spots: list[QPointF], *, main: bool) -> None:
        colour = theme().colours.of("text" if main else "muted")
        if len(spots) == 1:  # a moment between two gaps is seen, too
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(spots[0], DOT, DOT)
            return
        if main:
            self._fill_below(painter, spots, colour)
        style = Qt.PenStyle.SolidLine if main else Qt.PenStyle.DotLine
        painter.setPen(QPen(colour, 1.5, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF(spots))

    def _fill_below(self, painter: QPainter, spots: list[QPointF], colour: QColor) -> None:
        shade, foot = QColor(colour), self.plot.bottom()
        shade.setAlpha(FILL_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF([QPointF(spots[0].x(), foot), *spots, QPointF(spots[-1].x(), foot)]))

    def _paint_moment(self, painter: QPainter, moment: float, top: float) -> None:
        points, plot, colours = self.values_at(moment), self.plot, theme().colours
        x = round(self.x_of(moment)) + 0.5
        painter.setPen(colours.of("strong_line"))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setPen(QPen(colours.of("ground"), 1.5))
        for place, point in enumerate(points):
            if point is not None:
                painter.setBrush(colours.of("text" if place == 0 else "muted"))
                painter.drawEllipse(self._spot(point, top), 3.5, 3.5)
        self._paint_plate(painter, x, self.told_at(moment))

    def told_at(self, moment: float) -> list[str]:
        """What the plate beside the line says: the time, then each figure."""
        words, digits, unit = self._words, self._measure.digits, self._words(self._measure.unit)
        texts = [
            f"{words(line.word)}  {'–' if point is None else f'{point[1]:.{digits}f} {unit}'.strip()}"
            for line, point in zip(self._lines, self.values_at(moment), strict=True)
        ]
        return [_clock(moment, "%H:%M:%S"), *texts]

    def _paint_plate(self, painter: QPainter, x: float, texts: list[str]) -> None:
        metrics, colours = QFontMetrics(painter.font()), theme().colours
        width = max(metrics.horizontalAdvance(text) for text in texts) + 16
        plate = QRectF(x + 8, self.plot.top(), width, len(texts) * metrics.height() + 8)
        if plate.right() > self.width():
            plate.moveRight(x - 8)
        painter.setPen(colours.of("strong_line"))
        painter.setBrush(colours.of("raised"))
        painter.drawRoundedRect(plate, 4, 4)
        for row, text in enumerate(texts):
            painter.setPen(colours.of("text" if row else "muted"))
            painter.drawText(
                QPointF(plate.left() + 8, plate.top() + 4 + metrics.ascent() + row * metrics.height()), text
            )

    def _spot(self, point: Point, top: float) -> QPointF:
        plot = self.plot
        return QPointF(self.x_of(point[0]), plot.bottom() - point[1] / top * plot.height())


def _clock(moment: float, form: str) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime(form)
