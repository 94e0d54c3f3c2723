"""How many changes wait to be saved, and the two things that can be done about them."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout

from siapp.core.i18n import _
from siapp.ui.settings.draft import Draft
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

HEIGHT = 56


class SaveBar(QFrame):
    """It has its place from the start: nothing moves with the first change."""

    def __init__(self, words: Words, draft: Draft, save: Callable[[], object], discard: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("saveBar")
        self.setFixedHeight(HEIGHT)
        self._words, self._draft, self._busy = words, draft, False
        self.text = label(words, "", "muted")
        self.discard = button(words, _("Discard"), discard)
        self.save = button(words, _("Save"), save, look="primary")
        row = QHBoxLayout(self)
        row.setContentsMargins(32, 0, 24, 0)
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.discard)
        row.addWidget(self.save)
        draft.changed.connect(self._show)
        words.follow(self, self._show, "count")

    def begin(self, _cancel: Callable[[], object]) -> None:
        """What is being saved can't be called back half-way."""
        self._busy = True
        self._show()

    def end(self) -> None:
        self._busy = False
        self._show()

    def _show(self) -> None:
        count = len(self._draft.changes)
        for made in (self.save, self.discard):
            made.setEnabled(bool(count) and not self._busy)
        self.text.setText(self._sentence(count))

    def _sentence(self, count: int) -> str:
        words, draft = self._words, self._draft
        if not count:
            waiting = draft.waiting
            return words(_("Saved changes that wait for the next start: {count}."), count=waiting) if waiting else ""
        text = words(_("1 change")) if count == 1 else words(_("{count} changes"), count=count)
        if draft.restarts:
            text += " · " + words(_("{count} of them from the next start on"), count=draft.restarts)
        return text
