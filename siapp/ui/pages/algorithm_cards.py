"""The cards of all algorithms by name: searched, walked through with the arrow keys, kept true."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from siapp.core.domain import Algorithm
from siapp.core.events import ImportProgress
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.algorithm_card import AlgorithmCard
from siapp.ui.pages.card_actions import CardActions, Stop
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.scrolling import QuietScrollBar
from siapp.ui.widgets.search import SearchLine

MARGIN = 24
SCROLL_BAR = 10  # its place is kept


class CardList(QWidget):
    """`reached`: the card or version where the keyboard is, or was last."""

    def __init__(self, desk: Desk, actions: CardActions) -> None:
        super().__init__()
        self._desk, self._actions = desk, actions
        self.cards: dict[int, AlgorithmCard] = {}
        self._reached: tuple[int, int | None] | None = None
        self._compose()

    @property
    def reached(self) -> Stop | None:
        """The first card that is shown where nothing was reached yet, or what was can't be seen any more."""
        shown = self._shown()
        if self._reached is not None and (card := self.cards.get(self._reached[0])) in shown and card is not None:
            number = self._reached[1]
            return card if number is None else card.rows.get(number, card)
        return next(iter(shown), None)

    def fill(self, algorithms: list[Algorithm]) -> None:
        for number in tuple(self.cards):
            self.remove(number)
        for algorithm in algorithms:
            self.put(algorithm)

    def put(self, algorithm: Algorithm) -> Algorithm | None:
        """Show how an algorithm is now; the answer is how it was."""
        old, at = self.cards.pop(algorithm.id, None), self._reached
        focused = old is not None and self._has_keyboard(old)
        if old is not None:
            self._discard(old)
            self._reached = at  # Qt has given the keyboard to the next card for a moment
        card = AlgorithmCard(self._desk, algorithm, self._actions, unfolded=old is not None and old.unfolded)
        self._column.insertWidget(self._place_of(algorithm), card)
        card.fit(self.width() - 2 * MARGIN)
        self.cards[algorithm.id] = card
        for version in algorithm.versions:
            if (progress := self._desk.stores.progress.get((algorithm.id, version.version))) is not None:
                self.progress(progress)
        self._filter()
        if focused:
            self.focus_again()
        return old.algorithm if old is not None else None

    def remove(self, number: int) -> None:
        card = self.cards.pop(number, None)
        if card is not None:
            focused = self._has_keyboard(card)
            self._discard(card)
            self._filter()
            if focused:
                self.focus_again()

    def progress(self, progress: ImportProgress) -> None:
        card = self.cards.get(progress.algorithm_id)
        row = card.rows.get(progress.version) if card is not None else None
        if row is not None:
            row.show_progress(progress)

    def apply_rights(self) -> None:
        for card in self.cards.values():
            card.apply_rights()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Not left to the cards: none gets narrower than what it shows.
        for card in self.cards.values():
            card.fit(event.size().width() - 2 * MARGIN)
        super().resizeEvent(event)

    # ---- the keyboard ------------------------------------------------------------------------------------

    def reach(self, stop: Stop) -> None:
        """The keyboard has come to a card or a version."""
        self._reached = stop.algorithm.id, stop.version.version if stop.version is not None else None
        self._scroll.ensureWidgetVisible(stop, 0, 16)

    def walk(self, stop: Stop, step: int) -> None:
        """From one stop to the next, over all cards that are shown."""
        stops = [each for card in self._shown() for each in card.stops()]
        place = stops.index(stop) + step if stop in stops else 0
        if 0 <= place < len(stops):
            stops[place].setFocus()

    def focus_again(self) -> None:
        """Where the keyboard was last."""
        if self.isVisible() and (stop := self.reached) is not None:
            stop.setFocus()

    def _has_keyboard(self, card: AlgorithmCard) -> bool:
        focused: QWidget | None = self.window().focusWidget()
        return focused is not None and (focused is card or card.isAncestorOf(focused))

    # ---- inside ------------------------------------------------------------------------------------------

    def _shown(self) -> list[AlgorithmCard]:
        """From top to bottom."""
        found = (self._column.itemAt(place) for place in range(self._column.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [each for each in widgets if isinstance(each, AlgorithmCard) and not each.isHidden()]

    def _place_of(self, algorithm: Algorithm) -> int:
        """By name; cards are few."""
        key = _order(algorithm)
        return sum(_order(card.algorithm) < key for card in self.cards.values())

    def _discard(self, card: AlgorithmCard) -> None:
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _filter(self) -> None:
        typed = self.search.text().strip().casefold()
        for card in self.cards.values():
            card.setVisible(_matches(card.algorithm, typed))
        shown = sum(not card.isHidden() for card in self.cards.values())
        self._nothing.setVisible(bool(self.cards) and not shown)
        words, count = self._desk.words, len(self.cards)
        if shown < count:
            words.bind(self._count, self._count.setText, _("{shown} of {count}"), shown=shown, count=count)
        else:
            words.bind(self._count, self._count.setText, _("Algorithms: {count}"), count=count)

    def _compose(self) -> None:
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(MARGIN, 0, MARGIN - SCROLL_BAR, MARGIN)
        self._column.setSpacing(12)
        self._nothing = label(self._desk.words, _("Nothing matches the search."), "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setMinimumHeight(160)
        self._nothing.hide()
        self._column.addWidget(self._nothing)
        self._column.addStretch()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBar(QuietScrollBar())
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bar())
        column.addWidget(self._scroll, 1)

    def _bar(self) -> QHBoxLayout:
        words = self._desk.words
        self.search = SearchLine(words, _("Search names and classes"))
        self.search.setFixedWidth(240)
        self.search.textChanged.connect(lambda _text: self._filter())
        self._count = QLabel()
        self._count.setProperty("look", "caption")
        row = QHBoxLayout()
        row.setContentsMargins(MARGIN, 12, MARGIN, 12)
        row.addWidget(self.search)
        row.addStretch()
        row.addWidget(self._count)
        return row


def _order(algorithm: Algorithm) -> tuple[str, int]:
    return algorithm.name.casefold(), algorithm.id


def _matches(algorithm: Algorithm, typed: str) -> bool:
    """By its name, and by what its versions find and were uploaded as."""
    texts = [algorithm.name]
    for version in algorithm.versions:
        texts += [version.filename, *version.classes]
    return any(typed in text.casefold() for text in texts)
