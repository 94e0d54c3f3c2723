"""Fields for passwords: hidden ones that tell of Caps Lock, new ones that tell their strength, generated ones."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from siapp.core.i18n import _
from siapp.core.services.passwords import Strength, generate_password, strength
from siapp.ui.icons import icon
from siapp.ui.widgets.fields import TextField
from siapp.ui.words import Words

RULES = _("At least 8 characters, 3 different ones among them, and not the user name.")
_STRENGTHS: dict[Strength, tuple[str, str]] = {
    Strength.REFUSED: (RULES, "caption"),
    Strength.FAIR: (_("Will do. A longer one is harder to guess."), "warning"),
    Strength.GOOD: (_("A good password."), "good"),
    Strength.STRONG: (_("A strong password."), "good"),
}


class PasswordField(TextField):
    """Hidden until its eye is pressed. What is typed tells whether Caps Lock is on: Qt can't be asked."""

    def __init__(self, words: Words, message: str, help_message: str = "") -> None:
        super().__init__(words, message, help_message, password=True)
        self._caps = False
        self.line.installEventFilter(self)
        self.line.textEdited.connect(lambda _text: self._remind())

    def empty(self) -> None:
        """Nothing of it is kept, and what was said about it is gone."""
        self.line.clear()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            self._hear(event)
        return super().eventFilter(watched, event)

    def _hear(self, event: QKeyEvent) -> None:
        text = event.text()
        if event.key() == Qt.Key.Key_CapsLock:
            self._caps = False  # until the next letter tells
            self.clear()
        elif len(text) == 1 and text.isascii() and text.isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._caps = text.isupper() is not shift

    def _remind(self) -> None:
        if self._caps:
            self.hint(_("Caps Lock is on."), "warning")


class NewPasswordField(PasswordField):
    """Says in words how strong it is. `username` gives the name that it must not be."""

    def __init__(self, words: Words, message: str, username: Callable[[], str]) -> None:
        self._username = username
        super().__init__(words, message, RULES)

    def _remind(self) -> None:
        super()._remind()
        if not self._caps and self.text:
            self.hint(*_STRENGTHS[strength(self.text, self._username())])


class GivenPasswordField(TextField):
    """A password for somebody else: generated, readable, to be copied; or typed."""

    def __init__(self, words: Words) -> None:
        super().__init__(words, _("Password"), _("Generated. Write another one if you like."))
        actions = (("arrows-clockwise", _("Generate another one"), self.generate), ("copy", _("Copy"), self.copy))
        for glyph, message, act in actions:
            added = self.line.addAction(icon(glyph, "muted"), QLineEdit.ActionPosition.TrailingPosition)
            words.bind(added, added.setToolTip, message)
            added.triggered.connect(lambda _checked=False, act=act: act())
        self.generate()

    def generate(self) -> None:
        self.line.setText(generate_password())
        self.clear()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.hint(_("Copied."), "good")
