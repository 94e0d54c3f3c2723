"""What this machine's window does, and what belongs to the person who sits at it. Everything counts at once."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.domain import Role
from siapp.core.i18n import Language, _
from siapp.ui.desk import Desk
from siapp.ui.memory import AFTER_MINUTES, KEEP_WALL, OnClose
from siapp.ui.settings.bars import Bar
from siapp.ui.settings.editors import BOX_WIDTH, CalmBox
from siapp.ui.settings.section import Section
from siapp.ui.theme import Scheme
from siapp.ui.units import size_text
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

T = TypeVar("T")

LANGUAGES = [(language, language.native_name) for language in Language]
SCHEMES = [(Scheme.DARK, _("Dark")), (Scheme.LIGHT, _("Light"))]
CLOSINGS = [
    (OnClose.ASK, _("Ask every time")),
    (OnClose.TRAY, _("Go on in the tray")),
    (OnClose.STOP, _("Stop and quit")),
]
LOCKINGS = [
    (0, _("Never by itself")),
    (1, _("After 1 minute")),
    (2, _("After 2 minutes")),
    (5, _("After 5 minutes")),
    (10, _("After 10 minutes")),
    (15, _("After 15 minutes")),
    (30, _("After 30 minutes")),
    (60, _("After 1 hour")),
]


class Choice(QWidget, Generic[T]):
    """One of several things that counts at once."""

    def __init__(
        self,
        words: Words,
        message: str,
        help_message: str,
        choices: list[tuple[T, str]],
        choose: Callable[[T], object],
    ) -> None:
        super().__init__()
        self._values = [value for value, _name in choices]
        self.box = CalmBox()
        self.box.setFixedWidth(BOX_WIDTH)
        words.bind(self.box, self.box.setAccessibleName, message)
        self.box.addItems(["" for _choice in choices])
        words.follow(self.box, lambda: self._write([words(name) for _value, name in choices]), "items")
        title = label(words, message, "strong")
        title.setBuddy(self.box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(title)
        row = QHBoxLayout()
        row.addWidget(self.box)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(label(words, help_message, "caption", wrap=True))
        self.box.activated.connect(lambda place: choose(self._values[place]))

    def _write(self, names: list[str]) -> None:
        for place, name in enumerate(names):
            self.box.setItemText(place, name)

    def show_value(self, value: T) -> None:
        if value in self._values:
            self.box.setCurrentIndex(self._values.index(value))


class GeneralSection(Section):
    """For everybody."""

    title, glyph, role = _("General"), "sliders-horizontal", Role.VIEWER

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        words = desk.words
        self.language = Choice(words, _("Language"), _("Of this window."), LANGUAGES, words.switch)
        self.theme = Choice(words, _("Theme"), _("Dark rests the eyes in a dim room."), SCHEMES, desk.looks.switch)
        self.closing = Choice(
            words,
            _("When the window is closed"),
            _("While tasks or tests are under way. In the tray they go on."),
            CLOSINGS,
            lambda choice: desk.memory.put("on_close", choice),
        )
        self.lock = Choice(
            words,
            _("Lock this desk"),
            _("After so long without mouse and keyboard. Ctrl+L locks it at once."),
            LOCKINGS,
            lambda minutes: desk.memory.put(AFTER_MINUTES, minutes),
        )
        self.keep_wall = QCheckBox()
        words.bind(self.keep_wall, self.keep_wall.setText, _("The live wall stays to be seen while the desk is locked"))
        self.keep_wall.toggled.connect(lambda on: desk.memory.put(KEEP_WALL, on))
        self.own = Bar(words, _("Your weight files and test videos"))
        self._compose()
        words.changed.connect(self._show)
        desk.looks.changed.connect(self._show)

    def begin(self) -> None:
        self._show()
        for part in (self._own_heading, self.own):
            part.setVisible(self.desk.may_operate())
        if self.desk.may_operate():
            taken = self.desk.services.uploads.room.taken(self.desk.actor)
            self.desk.operations.run(self, "own-use", taken, self._show_own)

    def _compose(self) -> None:
        self.heading(_("This window"))
        for choice in (self.language, self.theme, self.closing):
            self.column.addWidget(choice)
        self.heading(_("Locking"))
        self.column.addWidget(self.lock)
        self.column.addWidget(self.keep_wall, 0, Qt.AlignmentFlag.AlignLeft)
        self._own_heading = self.heading(_("Storage"))
        self.column.addWidget(self.own)
        self.column.addStretch()

    def _show(self) -> None:
        desk = self.desk
        self.language.show_value(desk.words.language)
        self.theme.show_value(desk.looks.scheme)
        self.closing.show_value(desk.memory.on_close)
        self.lock.show_value(desk.memory.whole(AFTER_MINUTES))
        self.keep_wall.setChecked(bool(desk.memory.get(KEEP_WALL, False)))

    def _show_own(self, taken: int) -> None:
        words, quota = self.desk.words, self.desk.services.uploads.room.quota
        of_all = words(_("{used} of {total}"), used=size_text(taken), total=size_text(quota))
        self.own.show_use(taken, quota, of_all if quota else size_text(taken))
