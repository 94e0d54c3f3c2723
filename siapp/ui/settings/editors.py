"""One editor for each kind of value. `edited` tells what a person did; `show_value` is silent."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from siapp.core.i18n import _
from siapp.core.services.settings import Setting, Value
from siapp.core.setting import Kind, Unit
from siapp.ui.units import size_text
from siapp.ui.widgets.buttons import button, icon_button
from siapp.ui.widgets.fields import CalmSpinBox
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

NUMBER_WIDTH = 144
UNIT_WIDTH = 88
BOX_WIDTH = 280
LIST_HEIGHT = 84
LARGEST = 1e12
_SIZES = (("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40))
_UNITS = {Unit.DAYS: _("days"), Unit.MINUTES: _("minutes")}


class Editor(QWidget):
    """`main` is the widget that has the keyboard."""

    edited = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words
        self.main: QWidget
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)

    @property
    def value(self) -> Value:
        """None for what is not set."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        raise NotImplementedError

    def take(self, main: QWidget, *, stretch: bool = False) -> None:
        self.main = main
        self.setFocusProxy(main)
        self.row.addWidget(main, 1 if stretch else 0)

    def silently(self, show: Callable[[], object]) -> None:
        blocked = self.blockSignals(True)
        show()
        self.blockSignals(blocked)


class CalmBox(QComboBox):
    """The wheel scrolls the page and changes nothing by accident."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ChoiceEditor(Editor):
    """One of all there are."""

    def __init__(self, words: Words, setting: Setting) -> None:
        super().__init__(words)
        self.box = CalmBox()
        self.box.addItems(list(setting.choices))
        self.box.setMinimumWidth(NUMBER_WIDTH)
        self.take(self.box)
        self.row.addStretch()
        self.box.currentTextChanged.connect(lambda _text: self.edited.emit())

    @property
    def value(self) -> Value:
        return self.box.currentText()

    def show_value(self, value: Value) -> None:
        self.silently(lambda: self.box.setCurrentText(str(value)))


class TextEditor(Editor):
    """A line, with what is usual to choose from where there is such."""

    def __init__(self, words: Words, setting: Setting) -> None:
        super().__init__(words)
        self.box, self.line = CalmBox(), QLineEdit()
        if setting.choices:
            self.box.setEditable(True)
            self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            self.box.addItems(list(setting.choices))
            self.line = self.box.lineEdit() or self.line
            self.box.setFixedWidth(BOX_WIDTH)
        self.take(self.box if setting.choices else self.line, stretch=not setting.choices)
        if setting.choices:
            self.row.addStretch()
        self.line.textChanged.connect(lambda _text: self.edited.emit())

    @property
    def value(self) -> Value:
        return self.line.text().strip() or None

    def show_value(self, value: Value) -> None:
        self.silently(lambda: self.line.setText("" if value is None else str(value)))


class NumberEditor(Editor):
    """A number in its range, and what it counts."""

    def __init__(self, words: Words, setting: Setting) -> None:
        super().__init__(words)
        self._whole = setting.kind is Kind.WHOLE
        self.spin = CalmSpinBox()
        self.spin.setFixedWidth(NUMBER_WIDTH)
        self.spin.setDecimals(0 if self._whole else 2)
        least = setting.least or 0.0
        self.spin.setRange(least + (0.01 if setting.above else 0), LARGEST if setting.most is None else setting.most)
        self.take(self.spin)
        if setting.unit in _UNITS:
            self.row.addWidget(label(words, _UNITS[setting.unit], "muted"))
        self.row.addStretch()
        self.spin.valueChanged.connect(lambda _value: self.edited.emit())

    @property
    def value(self) -> Value:
        return int(self.spin.value()) if self._whole else self.spin.value()

    def show_value(self, value: Value) -> None:
        self.silently(lambda: self.spin.setValue(float(value) if isinstance(value, int | float) else 0.0))


class SizeEditor(Editor):
    """Bytes in MB, GB or TB. Where it is optional, an empty one is not set. What nobody edits stays to the byte."""

    def __init__(self, words: Words, setting: Setting) -> None:
        super().__init__(words)
        self._optional, self._least = setting.optional, int(setting.least or 0)
        self._exact: Value = None
        self.line, self.unit = QLineEdit(), CalmBox()
        self.line.setFixedWidth(NUMBER_WIDTH)
        self.unit.addItems([name for name, _size in _SIZES])
        self.unit.setFixedWidth(UNIT_WIDTH)
        words.bind(self.unit, self.unit.setAccessibleName, _("Unit"))
        if setting.optional:
            words.bind(self.line, self.line.setPlaceholderText, _("Automatic"))
        self.take(self.line)
        self.row.addWidget(self.unit)
        self.row.addStretch()
        self.line.textEdited.connect(lambda _text: self._edit())
        self.unit.currentIndexChanged.connect(lambda _place: self._edit())

    @property
    def value(self) -> Value:
        return self._exact

    def show_value(self, value: Value) -> None:
        self._exact = value
        self.silently(lambda: self._show(value if isinstance(value, int) else None))

    def _show(self, count: int | None) -> None:
        place = max((place for place, (_name, size) in enumerate(_SIZES) if count and count >= size), default=1)
        blocked = self.unit.blockSignals(True)
        self.unit.setCurrentIndex(place if count else 1)
        self.unit.blockSignals(blocked)
        size = _SIZES[self.unit.currentIndex()][1]
        self.line.setText("" if count is None else f"{count / size:.2f}".rstrip("0").rstrip("."))

    def _edit(self) -> None:
        """What is no number goes on as text: the service says in words what is wrong with it."""
        text = self.line.text().strip().replace(",", ".")
        try:
            self._exact = round(float(text) * _SIZES[self.unit.currentIndex()][1]) if text else None
        except (ValueError, OverflowError):
            self._exact = text
        self.edited.emit()


class ListEditor(Editor):
    """Several, each on a line of its own."""

    def __init__(self, words: Words, _setting: Setting) -> None:
        super().__init__(words)
        self.text = QPlainTextEdit()
        self.text.setFixedHeight(LIST_HEIGHT)
        self.text.setTabChangesFocus(True)
        words.bind(self.text, self.text.setPlaceholderText, _("One on each line"))
        self.take(self.text, stretch=True)
        self.text.textChanged.connect(self.edited)

    @property
    def value(self) -> Value:
        return tuple(line.strip() for line in self.text.toPlainText().splitlines() if line.strip())

    def show_value(self, value: Value) -> None:
        lines = value if isinstance(value, tuple) else ()
        if lines != self.value:  # the cursor stays where somebody types
            self.silently(lambda: self.text.setPlainText("\n".join(lines)))


class PathEditor(Editor):
    """A file of this machine."""

    def __init__(self, words: Words, setting: Setting) -> None:
        super().__init__(words)
        self._title = setting.title
        self.line = QLineEdit()
        self.take(self.line, stretch=True)
        words.bind(self.line, self.line.setPlaceholderText, _("Not set"))
        self.row.addWidget(button(words, _("Choose …"), self._choose))
        self.row.addWidget(icon_button(words, _("Clear"), "x", lambda: self.line.setText("")))
        self.line.textChanged.connect(lambda _text: self.edited.emit())

    @property
    def value(self) -> Value:
        return self.line.text().strip() or None

    def show_value(self, value: Value) -> None:
        self.silently(lambda: self.line.setText("" if value is None else str(value)))

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), self.words(self._title))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if isinstance(self.value, str):
            dialog.setDirectory(str(Path(self.value).parent))
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()


class SecretView(Editor):
    """Whether there is one; never which."""

    def __init__(self, words: Words, _setting: Setting) -> None:
        super().__init__(words)
        self._shown = label(words, _("Not set"), "muted")
        self._shown.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.take(self._shown)
        self.row.addStretch()

    @property
    def value(self) -> Value:
        return None

    def show_value(self, value: Value) -> None:
        self.words.bind(self._shown, self._shown.setText, _("Set") if value else _("Not set"))


class PlainView(Editor):
    """A value that is changed elsewhere, to be read and copied."""

    def __init__(self, words: Words, setting: Setting) -> None:
        super().__init__(words)
        self._unit = setting.unit
        self._shown = QLabel()
        self._shown.setTextFormat(Qt.TextFormat.PlainText)
        self._shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._shown.setWordWrap(True)
        self.take(self._shown, stretch=True)

    @property
    def value(self) -> Value:
        return None

    def show_value(self, value: Value) -> None:
        self.words.follow(self._shown, lambda: self._shown.setText(self._text(value)), "value")

    def _text(self, value: Value) -> str:
        if isinstance(value, tuple):
            value = "\n".join(value)
        if value is None or value == "":
            return self.words(_("Not set"))
        if self._unit is Unit.BYTES and isinstance(value, int):
            return size_text(value)
        unit = _UNITS.get(self._unit)
        return f"{value} {self.words(unit)}" if unit else str(value)


def editor_for(words: Words, setting: Setting) -> Editor:
    if setting.kind is Kind.SECRET:
        return SecretView(words, setting)
    if not setting.editable:
        return PlainView(words, setting)
    if setting.unit is Unit.BYTES:
        return SizeEditor(words, setting)
    kinds: dict[Kind, type[ChoiceEditor] | type[NumberEditor] | type[ListEditor] | type[PathEditor]] = {
        Kind.CHOICE: ChoiceEditor,
        Kind.WHOLE: NumberEditor,
        Kind.NUMBER: NumberEditor,
        Kind.LIST: ListEditor,
        Kind.PATH: PathEditor,
    }
    return kinds[setting.kind](words, setting) if setting.kind in kinds else TextEditor(words, setting)
