"""Who can't see the window, or uses no mouse, can work with it too."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from siapp.core.domain import Actor
from siapp.core.i18n import Language
from siapp.ui.window import MainWindow
from tests.ui.conftest import Open, Stock

SPEAKING = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QSlider, QAbstractItemView)


def _nameless(window: MainWindow) -> list[str]:
    """What can be used and has neither a text nor a name for a screen reader."""
    found = []
    for kind in SPEAKING:
        for widget in window.findChildren(kind):
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            if not text and not widget.accessibleName() and not _is_part(widget):
                found.append(f"{type(widget).__name__} in {_place(widget)}")
    return found


def _is_part(widget: QWidget) -> bool:
    """A piece that Qt makes inside another widget, which speaks for it."""
    name, parent = widget.objectName(), widget.parentWidget()
    inside = (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)
    in_another = isinstance(parent, inside) or (parent is not None and isinstance(parent.parentWidget(), inside))
    return name.startswith("qt_") or in_another


def _place(widget: QWidget) -> str:
    names = []
    parent = widget.parentWidget()
    while parent is not None:
        names.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " in ".join(name for name in names if not name.startswith("Q"))


@pytest.mark.parametrize("language", list(Language))
async def test_everything_that_can_be_used_has_a_name(
    open_window: Open, stock: Stock, admin: Actor, language: Language
) -> None:
    window = await open_window(admin, language)
    for page in window.shell.pages():
        window.shell.open(page)
    assert _nameless(window) == []


async def test_icons_alone_explain_themselves(open_window: Open, stock: Stock, admin: Actor) -> None:
    window = await open_window(admin)
    silent = [
        _place(button)
        for button in window.findChildren(QAbstractButton)
        if not button.text() and not button.icon().isNull() and not button.toolTip() and not _is_part(button)
    ]
    assert silent == []


async def test_the_keyboard_reaches_every_button_of_a_page_or_its_keys(
    open_window: Open, stock: Stock, admin: Actor
) -> None:
    window = await open_window(admin)
    for page in window.shell.pages():
        window.shell.open(page)
        page.setFocus()
        unreachable = [
            f"{type(button).__name__} “{button.text() or button.accessibleName()}” in {_place(button)}"
            for button in page.findChildren(QAbstractButton)
            if button.isVisible()
            and button.isEnabled()
            and not button.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not _is_part(button)
        ]
        assert unreachable == [], page.title
