"""The cards of entrance and lock: a title, a sentence, fields, and one button that Enter presses."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from siapp.core.errors import Forbidden, InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.fields import Field, TextField
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.password import NewPasswordField, PasswordField

CARD_WIDTH = 400


class Card(QFrame):
    """What all of them have. `say` tells something above the fields."""

    def __init__(self, desk: Desk, title: str, sentence: str, **values: object) -> None:
        super().__init__()
        self.desk = desk
        self.setObjectName("card")
        self.setFixedWidth(CARD_WIDTH)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(32, 32, 32, 24)
        self.column.setSpacing(6)
        self.heading = label(desk.words, title, "head", wrap=True)
        self.sentence = label(desk.words, "", "muted", wrap=True)
        desk.words.bind(self.sentence, self.sentence.setText, sentence, **values)
        self.notice = label(desk.words, "", "notice", wrap=True)
        self.notice.hide()
        self.column.addWidget(self.heading)
        self.column.addWidget(self.sentence)
        self.column.addSpacing(8)
        self.column.addWidget(self.notice)
        self.button: ProgressButton

    @property
    def first(self) -> QWidget:
        """Where the keyboard is when the card appears."""
        return self.button

    def say(self, message: str) -> None:
        """A sentence above the fields; an empty one takes it away."""
        self.desk.words.bind(self.notice, self.notice.setText, message)
        self.notice.setVisible(bool(message))

    def add_fields(self, *fields: Field) -> None:
        for field in fields:
            self.column.addWidget(field)

    def add_button(self, message: str, busy: str, on_click: Callable[[], object], *others: QPushButton) -> None:
        self.button = ProgressButton(self.desk.words, message, busy, on_click, look="primary", cancel=False)
        row = QHBoxLayout()
        for other in others:
            row.addWidget(other)
        row.addStretch()
        row.addWidget(self.button)
        self.column.addSpacing(8)
        self.column.addLayout(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            (focused if isinstance(focused, QPushButton) else self.button).click()
        else:
            super().keyPressEvent(event)


class CredentialsCard(Card):
    """A card with a name and a password; what is wrong is said at the field that is to blame."""

    def __init__(self, desk: Desk, title: str, sentence: str) -> None:
        super().__init__(desk, title, sentence)
        self.name = TextField(desk.words, _("User name"))
        self.password: PasswordField = self.password_field()

    @property
    def first(self) -> QWidget:
        return (self.password if self.name.text else self.name).editor

    def password_field(self) -> PasswordField:
        return PasswordField(self.desk.words, _("Password"))

    def fail(self, error: SiappError) -> None:
        text = self.desk.words.error(error)
        if isinstance(error, Forbidden):
            self.say(error.message)
        elif error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field == "username"):
            self.name.fail(text)
        else:
            self.password.fail(text)


class NewAccountCard(CredentialsCard):
    """A card that asks for a new password twice, and says how strong it is."""

    def __init__(self, desk: Desk, title: str, sentence: str) -> None:
        super().__init__(desk, title, sentence)
        self.again = PasswordField(desk.words, _("Password again"))
        self.add_fields(self.name, self.password, self.again)

    def password_field(self) -> PasswordField:
        return NewPasswordField(self.desk.words, _("Password"), lambda: self.name.text)

    def matches(self) -> bool:
        if self.password.text == self.again.text:
            return True
        self.again.fail(self.desk.words(_("The two passwords differ.")))
        return False

    def empty(self) -> None:
        for field in (self.password, self.again):
            field.empty()


def centred(card: QWidget) -> QWidget:
    """`card` a little above the middle of what is there."""
    holder = QWidget()
    middle = QVBoxLayout(holder)
    # Not by alignment: a layout would then ask for the card's height at the width of the whole window.
    row = QHBoxLayout()
    row.addStretch()
    row.addWidget(card)
    row.addStretch()
    middle.addStretch(2)
    middle.addLayout(row)
    middle.addStretch(3)
    return holder
