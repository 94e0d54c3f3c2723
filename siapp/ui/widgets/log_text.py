"""The text of a log: coloured by level, following its end until somebody scrolls up, with every match marked."""

from collections import deque
from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QKeyEvent,
    QKeySequence,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from siapp.core.i18n import _
from siapp.core.tasklog import LogEntry, LogLevel
from siapp.ui.theme import theme
from siapp.ui.words import Words

MOST_LINES = 2000
MOST_MATCHES = 1000
TIME = "%m-%d %H:%M:%S"
TIME_WIDTH = 16
WORD_WIDTH = 9
MATCH_ALPHA = 90
# By name: what a desktop calls “monospace” may come out as a face with letters of different widths.
FACES = ("Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", "Consolas", "Menlo")
CHINESE_FACES = ("Noto Sans CJK SC", "Microsoft YaHei")

LEVEL_WORDS: dict[LogLevel, str] = {
    LogLevel.DEBUG: _("Debug"),
    LogLevel.INFO: _("Info"),
    LogLevel.WARNING: _("Warning"),
    LogLevel.ERROR: _("Error"),
}
_STRONG = frozenset({LogLevel.WARNING, LogLevel.ERROR})
_TOKENS = {LogLevel.DEBUG: "disabled", LogLevel.INFO: "muted", LogLevel.WARNING: "warning", LogLevel.ERROR: "alarm"}


def line_of(entry: LogEntry, words: Words) -> str:
    """As it is read: local time, the level's word, the text."""
    word = words(LEVEL_WORDS[entry.level])
    return f"{entry.at.astimezone().strftime(TIME):<{TIME_WIDTH}}{_padded(word)}{entry.text}"


class LogText(QPlainTextEdit):
    """`held` tells how many new lines wait because somebody reads further up; `found` which match of how many."""

    held = Signal(int)
    found = Signal(int, int)
    search_wanted = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._waiting: deque[LogEntry] = deque(maxlen=MOST_LINES)
        self._wanted, self._matches, self._current = "", list[QTextCursor](), -1
        self._highlighter = _Levels(self.document(), words)
        self.setReadOnly(True)
        self.setProperty("look", "log")
        self.setFont(_fixed_font())
        self.setMaximumBlockCount(MOST_LINES)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        words.bind(self, self.setAccessibleName, _("Log"))
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def show_lines(self, entries: Iterable[LogEntry]) -> None:
        """These and no others, at their end."""
        self._hold(())
        self.setPlainText("\n".join(line_of(entry, self._words) for entry in entries))
        self.go_to_end()
        self._mark()

    def add_lines(self, entries: Sequence[LogEntry]) -> None:
        """Below the others; out of sight until somebody who reads further up comes back to the end."""
        if not entries:
            return
        if not self.at_end or self._waiting:
            self._hold((*self._waiting, *entries))
            return
        self.appendPlainText("\n".join(line_of(entry, self._words) for entry in entries))
        self.go_to_end()
        self._mark()

    def go_to_end(self) -> None:
        """And show what has waited."""
        waiting = tuple(self._waiting)
        if waiting:
            self._hold(())
            self.appendPlainText("\n".join(line_of(entry, self._words) for entry in waiting))
            self._mark()
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def search(self, text: str) -> None:
        """Mark every match, and go to the last one: what is new is what matters in a log."""
        self._wanted = text
        self._current = -1
        self._mark()
        self.step(-1)

    def step(self, by: int) -> None:
        """To the next match, or with -1 to the one before; round at both ends."""
        if self._matches:
            if self._current < 0:
                self._current = 0 if by > 0 else len(self._matches) - 1
            else:
                self._current = (self._current + by) % len(self._matches)
            self._show_match()
        self._paint_matches()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.search_wanted.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Find)
        ):
            event.accept()  # here it means the log, whatever it means on the page
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange) and hasattr(self, "_highlighter"):
            self._highlighter.rehighlight()
            self._paint_matches()

    def _hold(self, entries: Iterable[LogEntry]) -> None:
        before = len(self._waiting)
        self._waiting = deque(entries, maxlen=MOST_LINES)
        if len(self._waiting) != before:
            self.held.emit(len(self._waiting))

    def _scrolled(self) -> None:
        if self._waiting and self.at_end:
            self.go_to_end()

    def _mark(self) -> None:
        """Find what is searched for anew. The match that was shown stays the one that is shown."""
        shown = self._matches[self._current].position() if 0 <= self._current < len(self._matches) else None
        self._matches = list(self._found()) if self._wanted else []
        positions = [cursor.position() for cursor in self._matches]
        self._current = positions.index(shown) if shown in positions else -1
        self._paint_matches()

    def _found(self) -> Iterable[QTextCursor]:
        document, cursor = self.document(), QTextCursor()
        for _number in range(MOST_MATCHES):
            cursor = document.find(self._wanted, cursor)
            if cursor.isNull():
                return
            yield QTextCursor(cursor)

    def _show_match(self) -> None:
        here = QTextCursor(self._matches[self._current])
        here.setPosition(here.selectionStart())
        self.setTextCursor(here)
        self.centerCursor()

    def _paint_matches(self) -> None:
        self.setExtraSelections([self._marked(place) for place in range(len(self._matches))])
        self.found.emit(self._current + 1, len(self._matches))

    def _marked(self, place: int) -> QTextEdit.ExtraSelection:
        marked = QTextEdit.ExtraSelection()
        marked.cursor = self._matches[place]
        colour = theme().colours.of("accent")
        if place != self._current:
            colour.setAlpha(MATCH_ALPHA)
        else:
            marked.format.setForeground(theme().colours.of("on_accent"))
        marked.format.setBackground(colour)
        return marked


class _Levels(QSyntaxHighlighter):
    """Colours by the level's word. Colours are asked for when they are used, so that a theme can change."""

    def __init__(self, document: QTextDocument, words: Words) -> None:
        super().__init__(document)
        self._words = words

    def highlightBlock(self, text: str) -> None:
        level = next((each for each in LogLevel if text.startswith(self._words(LEVEL_WORDS[each]), TIME_WIDTH)), None)
        self.setFormat(0, TIME_WIDTH, _coloured("muted"))
        if level is None:
            return
        self.setFormat(TIME_WIDTH, len(self._words(LEVEL_WORDS[level])), _coloured(_TOKENS[level], level in _STRONG))
        if level is LogLevel.DEBUG:
            self.setFormat(TIME_WIDTH + WORD_WIDTH, len(text), _coloured("muted"))


def block_colour(block: QTextBlock, place: int) -> QColor:
    """The colour that a character of a line is painted in."""
    formats = block.layout().formats()
    return next(each.format.foreground().color() for each in formats if each.start <= place < each.start + each.length)


def _coloured(token: str, strong: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme().colours.of(token))
    if strong:
        made.setFontWeight(QFont.Weight.DemiBold)
    return made


def _padded(word: str) -> str:
    """To one width in a fixed face, in which a Chinese character is as wide as two letters."""
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in word)
    return word + " " * max(1, WORD_WIDTH - width)


def _fixed_font() -> QFont:
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font = QFont([*FACES, *fixed.families(), *CHINESE_FACES])
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font
