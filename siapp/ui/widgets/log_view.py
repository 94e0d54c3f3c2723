"""A log that is watched: by level, searched, followed as it grows, copied and saved."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from siapp.core.clock import rfc3339
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.tasklog import LogEntry, LogLevel, LogTail, OnLine
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import button, icon_button
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.log_text import MOST_LINES, LogText, line_of
from siapp.ui.widgets.search import SearchLine
from siapp.ui.widgets.segments import Segments

FLUSH_MS = 100

LogSource = Callable[[OnLine, int], Coroutine[Any, Any, LogTail]]
"""Gives a log's last lines and tells each later one: as `follow_log` of tasks and tests does."""

_CHOICES = [
    (LogLevel.DEBUG, _("All")),
    (LogLevel.INFO, _("Info")),
    (LogLevel.WARNING, _("Warnings")),
    (LogLevel.ERROR, _("Errors")),
]
_LEVELS = list(LogLevel)


class LogView(QWidget):
    """Follows `source` while it is visible. At most 2,000 lines, the newest ones; what arrives is shown ten times a
    second at most. `file_name`: suggested where it is saved."""

    def __init__(self, desk: Desk, file_name: str, source: LogSource | None = None) -> None:
        super().__init__()
        self._desk, self._words, self.file_name = desk, desk.words, file_name
        self._source = source
        self._entries: deque[LogEntry] = deque(maxlen=MOST_LINES)
        self._arrived: deque[LogEntry] = deque(maxlen=MOST_LINES)
        self._tail: LogTail | None = None
        self._turn = 0
        self._flush = QTimer(self, singleShot=True, interval=FLUSH_MS)
        self._flush.timeout.connect(self._take_arrived)
        self.levels = Segments(self._words, _("Level"), _CHOICES, widest=str(MOST_LINES))
        self.levels.chosen.connect(lambda _level: self._show_all())
        self.text = LogText(self._words)
        self.newer = button(self._words, "", self.text.go_to_end, look="primary", glyph="arrow-down", parent=self.text)
        self._compose()
        self.text.held.connect(self._show_held)
        self.text.found.connect(self._show_found)
        self.text.search_wanted.connect(self.begin_search)
        self._words.follow(self, self._show_all)

    def follow(self, source: LogSource | None) -> None:
        """Another log, from its end; None for none."""
        self._close()
        self._source = source
        self._entries.clear()
        self._show_all()
        if self.isVisible():
            self._open()

    def begin_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def copy(self) -> None:
        """What is selected, or all that is shown."""
        text = self.text.textCursor().selection().toPlainText() or self._shown_text()
        QGuiApplication.clipboard().setText(text)
        self._desk.done(_("Lines copied: {count}"), count=len(text.splitlines()))

    def save(self) -> None:
        """Ask where, and write what is shown."""
        dialog = QFileDialog(self.window(), self._words(_("Save log")))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{self._words(_('Log'))} (*.log *.txt)")
        dialog.setDefaultSuffix("log")
        dialog.selectFile(self.file_name)
        dialog.fileSelected.connect(lambda name: self.save_as(Path(name)))
        dialog.open()

    def save_as(self, path: Path) -> None:
        lines = [f"{rfc3339(each.at)} {each.level.name:<7} {each.text}\n" for each in self._shown()]
        self._desk.operations.run(
            self,
            "save-log",
            asyncio.to_thread(_write, path, "".join(lines)),
            lambda _nothing: self._desk.done(_("The log is saved as “{name}”."), name=path.name),
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._open()

    def hideEvent(self, event: QHideEvent) -> None:
        self._close()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_newer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        searching = self.search.hasFocus()
        if event.matches(QKeySequence.StandardKey.Find):
            self.begin_search()
        elif event.key() == Qt.Key.Key_F3 or (searching and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            self.text.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape and searching and self.search.text():
            self.search.clear()
        else:
            super().keyPressEvent(event)

    # ---- following ---------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._source is not None and self._tail is None:
            self._desk.operations.run(self, "follow-log", self._take_place(self._source, self._turn))

    def _close(self) -> None:
        self._turn += 1
        self._flush.stop()
        self._arrived.clear()
        if self._tail is not None:
            self._tail.close()
            self._tail = None

    async def _take_place(self, source: LogSource, turn: int) -> None:
        early: deque[LogEntry] = deque(maxlen=MOST_LINES)

        def on_line(entry: LogEntry) -> None:
            if turn == self._turn:
                self._hear(entry, early)

        tail = await source(on_line, MOST_LINES)
        if turn != self._turn:  # hidden meanwhile
            tail.close()
            return
        self._tail = tail
        self._entries.clear()
        self._entries.extend((*tail.entries, *early))
        self._show_all()

    def _hear(self, entry: LogEntry, early: deque[LogEntry]) -> None:
        if self._tail is None:  # what stands before it is still being read
            early.append(entry)
            return
        self._arrived.append(entry)
        if not self._flush.isActive():
            self._flush.start()

    def _take_arrived(self) -> None:
        entries = tuple(self._arrived)
        self._arrived.clear()
        self._entries.extend(entries)
        self._count()
        self.text.add_lines([entry for entry in entries if self._passes(entry)])

    # ---- showing -----------------------------------------------------------------------------------------

    def _show_all(self) -> None:
        self._count()
        self.text.show_lines(self._shown())
        empty = _("No line of this level.") if self._entries else _("Nothing has been logged yet.")
        self.text.setPlaceholderText(self._words(empty))
        self._show_held(self.text.waiting)

    def _count(self) -> None:
        by_level = Counter(entry.level for entry in self._entries)
        self.levels.set_counts(
            {level: sum(by_level[each] for each in _LEVELS[place:]) for place, level in enumerate(_LEVELS)}
        )

    def _passes(self, entry: LogEntry) -> bool:
        return _LEVELS.index(entry.level) >= _LEVELS.index(self.levels.value)

    def _shown(self) -> list[LogEntry]:
        return [entry for entry in self._entries if self._passes(entry)]

    def _shown_text(self) -> str:
        return "\n".join(line_of(entry, self._words) for entry in self._shown())

    def _show_held(self, count: int) -> None:
        self.newer.setVisible(count > 0)
        self.newer.setText(self._words(_("New lines: {count}"), count=count))
        self._place_newer()

    def _show_found(self, current: int, total: int) -> None:
        wanted = bool(self.search.text())
        for each in (self.back_button, self.on_button):
            each.setEnabled(total > 0)
        nothing = self._words(_("No match")) if wanted else ""
        self.matches.setText(self._words(_("{current} of {total}"), current=current, total=total) if total else nothing)

    def _place_newer(self) -> None:
        self.newer.adjustSize()
        room = self.text.viewport().geometry()
        self.newer.move(room.center().x() - self.newer.width() // 2, room.bottom() - self.newer.height() - 8)

    def _compose(self) -> None:
        words = self._words
        self.search = SearchLine(words, _("Search the log"))
        self.search.textChanged.connect(self.text.search)
        self.matches = label(words, "", "caption")
        self.matches.setMinimumWidth(64)
        self.back_button = icon_button(words, _("Match before (Shift+F3)"), "caret-up", lambda: self.text.step(-1))
        self.on_button = icon_button(words, _("Next match (F3)"), "caret-down", lambda: self.text.step(1))
        self.copy_button = icon_button(words, _("Copy the lines shown"), "copy", self.copy)
        self.save_button = icon_button(words, _("Save the lines shown"), "download-simple", self.save)
        for each in (self.back_button, self.on_button):
            each.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(_row(self.levels, None))
        column.addLayout(
            _row(self.search, self.matches, self.back_button, self.on_button, self.copy_button, self.save_button)
        )
        column.addWidget(self.text, 1)
        self.newer.hide()


def _row(*parts: QWidget | None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for part in parts:
        if part is None:
            row.addStretch()
        else:
            row.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)
    return row


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SiappError(
            "not_saved", _("The file could not be written: {reason}. Choose another folder."), reason=error.strerror
        ) from None
