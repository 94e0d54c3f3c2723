"""Which entries of the audit are shown: by person, action, outcome, time, and the object's name."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.domain import Action, AuditFilter
from siapp.core.i18n import _
from siapp.ui.pages.audit_words import INTENTIONS, OUTCOME_MARKS, intention, kind_word
from siapp.ui.widgets.fields import ElidingBox
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.search import SearchLine
from siapp.ui.words import Words

TYPING_MS = 300
LEAST_WIDTH = 96
TWO_ROWS = 640  # pixels below which the boxes need a second row
MOST_VISIBLE = 18
_DAYS_FORMAT = "yyyy-MM-dd"
Entries = list[tuple[str, Any]]
"""Texts and values of a box."""


class Period(Enum):
    ANY = auto()
    TODAY = auto()
    WEEK = auto()
    MONTH = auto()
    CHOSEN = auto()


_PERIODS = {
    Period.ANY: _("Any time"),
    Period.TODAY: _("Today"),
    Period.WEEK: _("Last 7 days"),
    Period.MONTH: _("Last 30 days"),
    Period.CHOSEN: _("From … to …"),
}
_DAYS_BACK = {Period.TODAY: 0, Period.WEEK: 6, Period.MONTH: 29}


class _Box(ElidingBox):
    """Choices whose texts follow the language; what was chosen stays chosen."""

    def __init__(self, words: Words, name: str, width: int, entries: Callable[[], Entries]) -> None:
        super().__init__()
        self._entries = entries
        self._values: list[Any] = []
        self.setMinimumWidth(LEAST_WIDTH)
        self.setMaximumWidth(width)
        self.setMaxVisibleItems(MOST_VISIBLE)
        words.bind(self, self.setAccessibleName, name)
        words.follow(self, self.fill, "fill")

    @property
    def chosen(self) -> Any:
        return self._values[self.currentIndex()] if self._values else None

    def fill(self) -> None:
        chosen, entries = self.chosen, self._entries()
        # Not as Qt's item data: it would give a text back for one of our enums.
        self._values = [value for _text, value in entries]
        self.blockSignals(True)
        self.clear()
        self.addItems([text for text, _value in entries])
        self.setCurrentIndex(self._values.index(chosen) if chosen in self._values else 0)
        self.blockSignals(False)
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 32)


class FilterBar(QWidget):
    """`changed` tells that other entries are wanted; while somebody types, a moment after the last key."""

    changed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._actors: tuple[str, ...] = ()
        self.search = SearchLine(words, _("Name of the object"))
        self.search.setMinimumWidth(LEAST_WIDTH)
        self.search.setMaximumWidth(180)
        self.actor = _Box(words, _("Person"), 136, self._actor_entries)
        self.action = _Box(words, _("Action"), 152, self._action_entries)
        self.outcome = _Box(words, _("Outcome"), 136, self._outcome_entries)
        self.period = _Box(words, _("Time"), 128, self._period_entries)
        self.first, self.last = self._date(_("First day")), self._date(_("Last day"))
        self._compose()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        for box in self._boxes():
            box.currentIndexChanged.connect(lambda _index: self._chosen())
        for day in (self.first, self.last):
            day.dateChanged.connect(lambda _date: self.changed.emit())

    def wanted(self) -> AuditFilter:
        """What is chosen, with days of this machine's time zone."""
        what = self.action.chosen
        since, until = self._days()
        return AuditFilter(
            actor=self.actor.chosen,
            action=what if isinstance(what, Action) else None,
            since=since,
            until=until,
            outcome=self.outcome.chosen,
            kind=what if isinstance(what, str) and not isinstance(what, Action) else None,
            text=self.search.text().strip() or None,
        )

    @property
    def is_set(self) -> bool:
        return self.wanted() != AuditFilter()

    def reset(self) -> None:
        """Everything is wanted again."""
        parts: list[QWidget] = [self.search, *self._boxes()]
        for part in parts:
            part.blockSignals(True)
        self.search.clear()
        for box in self._boxes():
            box.setCurrentIndex(0)
        for part in parts:
            part.blockSignals(False)
        self._chosen()

    def show_actors(self, names: tuple[str, ...]) -> None:
        if names != self._actors:
            self._actors = names
            self.actor.fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a sheet in a small window outcome and time go into a second row."""
        super().resizeEvent(event)
        wanted = self._rows[1 if self.width() < TWO_ROWS else 0]
        for box in (self.outcome, self.period):
            if wanted.indexOf(box) < 0:
                for row in self._rows:
                    row.removeWidget(box)
                wanted.insertWidget(wanted.count() - 1, box, 1)

    def _boxes(self) -> tuple[_Box, ...]:
        return self.actor, self.action, self.outcome, self.period

    def _compose(self) -> None:
        self._rows = QHBoxLayout(), QHBoxLayout()
        for row in self._rows:
            row.setSpacing(8)
        for part in (self.search, *self._boxes()):
            self._rows[0].addWidget(part, 1)
        self._rows[0].addStretch()
        self._rows[1].addStretch()
        self._chosen_days = QWidget()
        days = QHBoxLayout(self._chosen_days)
        days.setContentsMargins(0, 0, 0, 0)
        days.setSpacing(8)
        for message, day in ((_("First day"), self.first), (_("Last day"), self.last)):
            days.addWidget(label(self._words, message, "muted"))
            days.addWidget(day)
        days.addStretch()
        self._chosen_days.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 16, 12)
        column.setSpacing(8)
        for row in self._rows:
            column.addLayout(row)
        column.addWidget(self._chosen_days)

    def _date(self, message: str) -> QDateEdit:
        day = QDateEdit(QDate.currentDate())
        day.setCalendarPopup(True)
        day.setDisplayFormat(_DAYS_FORMAT)
        day.setMaximumDate(QDate.currentDate().addDays(1))
        day.setFixedWidth(136)
        self._words.bind(day, day.setAccessibleName, message)
        return day

    def _chosen(self) -> None:
        self._chosen_days.setVisible(self.period.chosen is Period.CHOSEN)
        self.changed.emit()

    def _days(self) -> tuple[datetime | None, datetime | None]:
        period = self.period.chosen or Period.ANY
        if period is Period.CHOSEN:
            first, last = (_python(day.date()) for day in (self.first, self.last))
            return _midnight(min(first, last)), _midnight(max(first, last) + timedelta(days=1))
        if period in _DAYS_BACK:
            return _midnight(date.today() - timedelta(days=_DAYS_BACK[period])), None
        return None, None

    def _actor_entries(self) -> Entries:
        named = [(self._words(_("Somebody")) if name == "?" else name, name) for name in self._actors]
        return [(self._words(_("Everybody")), None), *named]

    def _action_entries(self) -> Entries:
        entries: Entries = [(self._words(_("All actions")), None)]
        for kind in dict.fromkeys(action.kind for action in Action):
            entries.append((kind_word(self._words, kind), kind))
            known = [action for action in INTENTIONS if action.kind == kind]
            entries.extend((f"    {intention(self._words, action)}", action) for action in known)
        return entries

    def _outcome_entries(self) -> Entries:
        marks = [(self._words(mark.word), outcome) for outcome, mark in OUTCOME_MARKS.items()]
        return [(self._words(_("All outcomes")), None), *marks]

    def _period_entries(self) -> Entries:
        return [(self._words(message), period) for period, message in _PERIODS.items()]


def _python(day: QDate) -> date:
    return date(day.year(), day.month(), day.day())


def _midnight(day: date) -> datetime:
    """The day's first moment here."""
    return datetime.combine(day, time.min).astimezone()
