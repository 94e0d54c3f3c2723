"""The wall's part of the header: layouts, and leafing where there are more tasks than tiles."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from siapp.core.i18n import _
from siapp.ui.icons import explain
from siapp.ui.live.layout import WallLayout
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.words import Words


class LayoutBar(QWidget):
    """`chosen` tells another layout, `leafed` -1 or +1."""

    chosen = Signal(object)
    leafed = Signal(int)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._pager = QWidget()
        self._range = QLabel()
        self._range.setProperty("look", "muted")
        row.addWidget(self._build_pager())
        row.addSpacing(16)
        self._group = QButtonGroup(self)
        for layout in WallLayout:
            row.addWidget(self._segment(layout))

    def choose(self, layout: WallLayout) -> None:
        self._group.button(int(layout)).click()

    def show_range(self, first: int, last: int, total: int) -> None:
        """Which tasks are seen; hidden where it is all of them."""
        self._pager.setVisible(last - first + 1 < total)
        self._words.bind(
            self._range, self._range.setText, _("{first} to {last} of {total}"), first=first, last=last, total=total
        )

    def _segment(self, layout: WallLayout) -> QToolButton:
        made = QToolButton()
        made.setProperty("look", "segment")
        made.setCheckable(True)
        made.setChecked(layout is WallLayout.AUTO)
        if layout is WallLayout.AUTO:
            self._words.bind(made, made.setText, _("Auto"))
            explain(self._words, made, _("As many tiles as tasks run"))
        else:
            made.setText(str(int(layout)))
            self._words.bind(made, made.setToolTip, _("{count} tiles"), count=int(layout))
            self._words.bind(made, made.setAccessibleName, _("{count} tiles"), count=int(layout))
        made.clicked.connect(lambda _checked=False: self.chosen.emit(layout))
        self._group.addButton(made, int(layout))
        return made

    def _build_pager(self) -> QWidget:
        row = QHBoxLayout(self._pager)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(icon_button(self._words, _("Earlier tasks"), "caret-left", lambda: self.leafed.emit(-1)))
        row.addWidget(self._range)
        row.addWidget(icon_button(self._words, _("Later tasks"), "caret-right", lambda: self.leafed.emit(1)))
        self._pager.hide()
        return self._pager
