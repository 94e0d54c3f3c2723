"""One field of a form: label above, editor, and one line below for help or for what is wrong."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from siapp.core.i18n import _
from siapp.ui.icons import icon
from siapp.ui.widgets.labels import label, plain_tip, restyle
from siapp.ui.words import Words

ARROW_ROOM = 48


class Field(QWidget):
    """The line below has its place from the start, so that an error moves nothing."""

    def __init__(self, words: Words, message: str, editor: QWidget, help_message: str = "") -> None:
        super().__init__()
        self.editor = editor
        self._words, self._help = words, help_message
        self._label = label(words, message, "label")
        self._label.setBuddy(editor)
        words.bind(editor, editor.setAccessibleName, message)
        self._note = label(words, help_message, "caption", wrap=True)
        self._note.setMinimumHeight(18)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._note.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self._label, editor, self._note):
            column.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFocusProxy(editor)

    @property
    def note(self) -> str:
        return self._note.text()

    @property
    def typed(self) -> bool:
        """Whether a person, not the program, wrote what is in it."""
        line = self.editor.lineEdit() if isinstance(self.editor, QDoubleSpinBox) else self.editor
        return isinstance(line, QLineEdit) and line.isModified() and bool(line.text())

    def say(self, text: str, look: str = "caption") -> None:
        """A finished sentence below the field: `caption`, `good` or `error`."""
        if self._note.isVisible():  # a shorter sentence moves nothing below
            self._note.setMinimumHeight(self._note.height())
        self._words.release(self._note, self._note.setText)
        self._note.setText(text)
        self._show(look)

    def fail(self, text: str) -> None:
        """What is wrong with this field, in words, and the cursor in it."""
        self.say(text, "error")
        self.editor.setFocus()
        if isinstance(self.editor, QLineEdit) and self.editor.echoMode() is QLineEdit.EchoMode.Password:
            self.editor.selectAll()  # nobody corrects what can't be read: typing begins anew

    def hint(self, message: str, look: str = "caption") -> None:
        """A sentence below the field that follows the language: `caption`, `good`, `warning` or `error`."""
        self._words.bind(self._note, self._note.setText, message)
        self._show(look)

    def clear(self) -> None:
        """Back to the help text."""
        self.hint(self._help)

    def _show(self, look: str) -> None:
        self._note.setProperty("look", look)
        self.editor.setProperty("wrong", look == "error")
        for widget in (self._note, self.editor):
            restyle(widget)


class TextField(Field):
    """A line of text."""

    def __init__(
        self, words: Words, message: str, help_message: str = "", *, example: str = "", password: bool = False
    ) -> None:
        self.line = QLineEdit()
        self.line.setPlaceholderText(example)
        super().__init__(words, message, self.line, help_message)
        self.line.textEdited.connect(lambda _text: self.clear())
        if password:
            self._hide(words)

    @property
    def text(self) -> str:
        return self.line.text()

    def _hide(self, words: Words) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        eye = self.line.addAction(icon("eye", "muted"), QLineEdit.ActionPosition.TrailingPosition)
        words.bind(eye, eye.setToolTip, _("Show the password"))
        eye.triggered.connect(self._reveal)

    def _reveal(self) -> None:
        hidden = self.line.echoMode() is QLineEdit.EchoMode.Password
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)


class ChoiceField(Field):
    """One of several things by name; their numbers are the values."""

    def __init__(self, words: Words, message: str, choices: list[tuple[int, str]], help_message: str = "") -> None:
        self.box = ElidingBox()
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(12)
        for number, name in choices:
            self.box.addItem(name, number)
            self.box.setItemData(self.box.count() - 1, plain_tip(name), Qt.ItemDataRole.ToolTipRole)
        super().__init__(words, message, self.box, help_message)
        self.box.currentIndexChanged.connect(lambda _index: self.clear())

    @property
    def value(self) -> int | None:
        chosen = self.box.currentData()
        return None if chosen is None else int(chosen)


class ElidingBox(QComboBox):
    """Long names end in an ellipsis; the tooltip has all of it."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        self.setToolTip(plain_tip(self.currentText()))
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.width() - ARROW_ROOM
        option.currentText = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class NumberField(Field):
    """A number in its range; the wheel does not change it by accident."""

    def __init__(
        self,
        words: Words,
        message: str,
        limits: tuple[float, float, float],
        value: float,
        help_message: str = "",
        *,
        decimals: int = 2,
    ) -> None:
        self.spin = CalmSpinBox()
        lowest, highest, step = limits
        self.spin.setDecimals(decimals)
        self.spin.setRange(lowest, highest)
        self.spin.setSingleStep(step)
        self.spin.setValue(value)
        super().__init__(words, message, self.spin, help_message)
        self.spin.valueChanged.connect(lambda _value: self.clear())

    @property
    def value(self) -> float:
        return self.spin.value()


class CalmSpinBox(QDoubleSpinBox):
    """The wheel scrolls what is around it, and changes nothing by accident."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(6, 0, 6, 0)  # a style sheet's padding does not reach it

    def wheelEvent(self, event: object) -> None:
        if hasattr(event, "ignore"):
            event.ignore()
