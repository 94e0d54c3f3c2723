"""The chart: round labels, gaps that stay gaps, what it says in figures and to those who hear it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from siapp.core.i18n import Language
from siapp.ui.theme import Looks, Scheme, theme
from siapp.ui.widgets.chart import Chart, Line, Measure
from siapp.ui.widgets.scales import Run, nearest, summary, time_ticks, value_ticks
from siapp.ui.words import Words

END = 1_790_000_000.0
HOUR = 3600.0


def _run(first: float, last: float, value: float = 10.0) -> Run:
    """A point each 5 s, from `first` to `last` seconds before the end."""
    return [(END - each, value) for each in range(int(first), int(last) - 1, -5)]


@pytest.fixture
def chart(qapp: QApplication) -> Iterator[Chart]:
    made = Chart(Words(), Measure("Latency", "ms"))
    made.resize(500, 200)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def _painted(chart: Chart) -> QImage:
    return chart.canvas.grab().toImage()


def _columns_with_line(chart: Chart, value: float, top: float) -> set[int]:
    """Where something bright stands at the height of `value`."""
    image, row = _painted(chart), round(chart.canvas._spot((END, value), top).y())
    near = range(row - 1, row + 2)
    return {x for x in range(image.width()) if any(image.pixelColor(x, y).lightness() > 140 for y in near)}


def test_values_and_times_have_round_labels_of_the_local_clock() -> None:
    for highest, most, whole, ticks in (
        (24.5, 3, False, [0, 10, 20, 30]),
        (100, 5, False, [0, 20, 40, 60, 80, 100]),
        (0.9, 3, False, [0, 0.5, 1.0]),
        (1, 3, True, [0, 1]),
        (2, 5, True, [0, 1, 2]),
        (0, 3, True, [0, 1]),
        (1234, 3, True, [0, 500, 1000, 1500]),
    ):
        assert value_ticks(highest, most, whole=whole) == pytest.approx(ticks), highest
    for span, most, step in ((600, 6, 120), (HOUR, 6, 600), (HOUR, 3, 1200), (HOUR, 1, 3600)):
        for offset in (0, 8 * 3600, 5.5 * 3600):
            times = time_ticks(END - span, END, most, offset)
            assert 1 <= len(times) <= most + 1
            assert all((tick + offset) % step == 0 and END - span <= tick <= END for tick in times)


def test_nothing_is_read_off_a_gap_and_a_summary_is_of_what_is_shown() -> None:
    runs = [_run(1000, 600, 1.0), _run(300, 0, 2.0)]
    assert nearest(runs, END - 598, 15) == (END - 600, 1.0)
    assert nearest(runs, END - 450, 15) is None
    found = summary([_run(3000, 2000, 99.0), [(END - 10, 4.0), (END - 5, 8.0)]], END - 600)
    assert found is not None
    assert (found.now, found.lowest, found.mean, found.highest) == (8.0, 4.0, 6.0, 8.0)
    assert summary([_run(3000, 2000)], END - 600) is None


def test_its_figures_are_written_and_told(chart: Chart) -> None:
    chart.show_lines([Line("Mean", [[(END - 10, 40.0), (END - 5, 60.4)]])], END, HOUR)
    assert chart.figures.text() == "Now 60 · min 40 · mean 50 · max 60 ms"
    assert chart.canvas.accessibleName() == "Latency"
    assert chart.canvas.accessibleDescription() == chart.figures.text()


def test_without_figures_it_says_so_in_the_language_of_the_window(chart: Chart) -> None:
    assert chart.figures.text() == "No figures in this time"
    chart._words.switch(Language.CHINESE)
    assert chart.figures.text() == "这段时间没有数据"


def test_a_line_never_bridges_a_gap(chart: Chart) -> None:
    chart.show_lines([Line("Mean", [_run(3600, 2400, 7.0), _run(1200, 0, 7.0)])], END, HOUR)
    canvas, painted = chart.canvas, _columns_with_line(chart, 7.0, 10.0)
    assert painted.isdisjoint(range(int(canvas.x_of(END - 2380)), int(canvas.x_of(END - 1220))))
    for begin, end in ((3580, 2420), (1180, 20)):
        assert painted >= set(range(int(canvas.x_of(END - begin)), int(canvas.x_of(END - end))))


def test_a_single_moment_between_gaps_is_seen(chart: Chart) -> None:
    empty = _painted(chart)
    chart.show_lines([Line("Mean", [[(END - 1800, 10.0)]])], END, HOUR)
    spot = chart.canvas._spot((END - 1800, 10.0), 10.0).toPoint()
    assert _painted(chart).pixelColor(spot) != empty.pixelColor(spot)


def test_the_mouse_reads_off_time_and_values(chart: Chart) -> None:
    heard: list[float | None] = []
    chart.pointed.connect(heard.append)
    chart.show_lines([Line("Mean", [_run(3600, 1800, 40.0)]), Line("95 %", [_run(3600, 0, 70.0)])], END, HOUR)
    canvas = chart.canvas
    QTest.mouseMove(canvas, QPoint(int(canvas.x_of(END - 600)), 50))
    assert heard and heard[-1] is not None and abs(heard[-1] - (END - 600)) < 15
    assert canvas.told_at(END - 600)[1:] == ["Mean  –", "95 %  70 ms"]
    assert canvas.told_at(END - 2600)[1:] == ["Mean  40 ms", "95 %  70 ms"]
    QTest.mouseMove(canvas, QPoint(5, 50))
    assert heard[-1] is None


def test_the_keyboard_reads_off_too(chart: Chart) -> None:
    chart.show_lines([Line("Mean", [_run(3600, 0)])], END, HOUR)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Left)
    assert chart.canvas.moment == END - 30
    QTest.keyClick(chart.canvas, Qt.Key.Key_Right)
    assert chart.canvas.moment == END
    QTest.keyClick(chart.canvas, Qt.Key.Key_Escape)
    assert chart.canvas.moment is None


def test_it_is_painted_in_the_theme_that_is_shown(chart: Chart) -> None:
    chart.show_lines([Line("Mean", [_run(3600, 0)])], END, HOUR)
    looks = Looks()
    try:
        for scheme in (Scheme.LIGHT, Scheme.DARK):
            looks.switch(scheme)
            image = _painted(chart)
            line = theme(scheme).colours.of("strong_line")
            foot = chart.canvas.plot.bottom()
            assert any(image.pixelColor(QPointF(60, foot + each).toPoint()) == line for each in (-1, 0, 1))
    finally:
        looks.switch(Scheme.DARK)


def test_it_paints_at_every_size_with_all_that_is_read_off(chart: Chart) -> None:
    chart.show_lines([Line("Mean", [_run(3600, 0)]), Line("95 %", [])], END, HOUR)
    for width in (60, 320, 2000):
        chart.resize(width, 160)
        chart.point_at(END - 5)
        assert not _painted(chart).isNull()
