"""The Qt style sheet, built from the theme's tokens. Widgets choose a look by their `look` property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siapp.core.resources import resources

if TYPE_CHECKING:
    from siapp.ui.theme import Theme

_SHEET = """
QWidget {{ color: {text}; font-size: {body}px; }}
QMainWindow, QDialog, QWidget[look="ground"] {{ background: {ground}; }}
QDialog#confirm {{ background: {surface}; border: 1px solid {strong_line}; border-radius: {radius}px; }}
QWidget[look="surface"] {{ background: {surface}; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {strong_line}; padding: 4px 8px; }}

QLabel[look="head"] {{ font-size: {head}px; font-weight: 600; }}
QLabel[look="title"] {{ font-size: {title}px; font-weight: 600; }}
QLabel[look="strong"] {{ font-weight: 600; }}
QLabel[look="muted"] {{ color: {muted}; }}
QLabel[look="caption"] {{ color: {muted}; font-size: {caption}px; }}
QLabel[look="label"] {{ color: {muted}; font-size: {caption}px; font-weight: 600; }}
QLabel[look="error"] {{ color: {alarm}; font-size: {caption}px; }}
QLabel[look="warning"], QFrame#status QLabel[look="warning"] {{ color: {warning}; font-size: {caption}px; }}
QLabel[look="good"] {{ color: {ok}; font-size: {caption}px; }}
QLabel[look="chip"] {{ background: {raised}; color: {muted}; border: 1px solid {line};
    border-radius: 4px; padding: 1px 6px; font-size: {caption}px; }}
QLabel[look="failed"] {{ background: {raised}; border: 1px solid {line}; border-left: 3px solid {alarm};
    border-radius: {radius}px; padding: 8px 12px; }}
QLabel[look="notice"] {{ background: {raised}; border: 1px solid {line}; border-left: 3px solid {info};
    border-radius: {radius}px; padding: 8px 12px; }}

QFrame#rail {{ background: {surface}; border: none; border-right: 1px solid {line}; }}
QFrame#header {{ background: {ground}; border: none; border-bottom: 1px solid {line}; }}
QFrame#status {{ background: {surface}; border: none; border-top: 1px solid {line}; }}
QFrame#master {{ background: {ground}; border: none; border-right: 1px solid {line}; }}
QLabel[look="dropHint"] {{ background: {raised}; color: {text}; border: 2px dashed {accent};
    border-radius: {radius}px; font-size: {title}px; }}
QFrame#divider {{ background: {strong_line}; border: none; }}
QFrame#status QLabel {{ color: {muted}; font-size: {caption}px; }}
QFrame#sheet {{ background: {surface}; border: none; border-left: 1px solid {line}; }}
QFrame#sheetFoot {{ background: {surface}; border: none; border-top: 1px solid {line}; }}
QFrame#panelHead {{ background: {ground}; border: none; border-bottom: 1px solid {line}; }}
QFrame#card {{ background: {surface}; border: 1px solid {line}; border-radius: {radius}px; }}
QFrame#overlay {{ background: {surface}; border: 1px solid {strong_line}; border-radius: {radius}px; }}
QFrame#entry {{ background: transparent; border: none; border-top: 1px solid {line}; }}
QFrame#toast {{ background: {raised}; border: 1px solid {strong_line}; border-radius: {radius}px; }}
QFrame#card:focus {{ border: 1px solid {accent}; }}
QFrame#card[over="true"] {{ border: 1px dashed {accent}; background: {raised}; }}
QFrame#version {{ background: transparent; border: 1px solid transparent; border-top: 1px solid {line}; }}
QFrame#version:focus {{ border: 1px solid {accent}; border-radius: 4px; }}
QFrame#upload {{ background: {ground}; border: 1px solid {line}; border-radius: {radius}px; }}
QFrame#wall {{ background: {ground}; border: none; }}
QFrame#drop {{ background: transparent; border: 1px dashed {strong_line}; border-radius: {radius}px; }}
QFrame#drop[over="true"] {{ border: 1px dashed {accent}; background: {raised}; }}

QPushButton {{ background: {raised}; border: 1px solid {line}; border-radius: {radius}px;
    padding: 0 12px; min-height: 30px; }}
QPushButton:hover {{ border-color: {strong_line}; background: {line}; }}
QPushButton:pressed {{ background: {surface}; }}
QPushButton:focus {{ border: 1px solid {accent}; }}
QPushButton:disabled {{ color: {disabled}; background: {surface}; border-color: {line}; }}
QPushButton[look="primary"] {{ background: {accent}; color: {on_accent}; border: 1px solid {accent};
    font-weight: 600; padding: 0 16px; }}
QPushButton[look="primary"]:hover {{ background: {accent_hover}; border-color: {accent_hover}; }}
QPushButton[look="primary"]:pressed {{ background: {accent_pressed}; }}
QPushButton[look="primary"]:focus {{ border: 1px solid {text}; }}
QPushButton[look="primary"]:disabled {{ background: {raised}; color: {disabled}; border-color: {line}; }}
QPushButton[look="danger"] {{ background: transparent; color: {alarm}; border: 1px solid {alarm}; font-weight: 600; }}
QPushButton[look="danger"]:hover {{ background: {alarm}; color: {ground}; }}
QPushButton[look="link"] {{ background: transparent; border: 1px solid transparent; color: {accent}; padding: 0 4px; }}
QPushButton[look="link"]:hover {{ color: {accent_hover}; }}
QPushButton[look="link"]:focus {{ border: 1px solid {accent}; }}
QPushButton[look="link"]:disabled {{ color: {disabled}; }}
QFrame#toast QPushButton[look="link"], QFrame#entry QPushButton[look="link"] {{ min-height: 18px; }}
QPushButton[look="busy"] {{ background: {raised}; color: {text}; border: 1px solid {strong_line}; }}
QPushButton[look="plain"], QToolButton[look="plain"] {{ background: transparent; border: 1px solid transparent;
    border-radius: {radius}px; padding: 0 8px; min-height: 30px; }}
QPushButton[look="plain"]:hover, QToolButton[look="plain"]:hover {{ background: {raised}; }}
QPushButton[look="plain"]:focus, QToolButton[look="plain"]:focus {{ border: 1px solid {accent}; }}
QPushButton[look="plain"]:disabled {{ color: {disabled}; }}
QPushButton[look="cell"] {{ background: {surface}; color: {muted}; border: 1px dashed {line}; border-radius: 4px;
    padding: 0; }}
QPushButton[look="cell"]:hover {{ color: {text}; border-color: {strong_line}; }}
QPushButton[look="cell"]:focus {{ color: {text}; border: 1px dashed {accent}; }}
QToolButton[look="plain"]::menu-indicator {{ image: none; }}
QToolButton[look="segment"]::menu-button {{ border: none; width: 16px; }}
QToolButton[look="segment"]::menu-arrow {{ image: url("{icons}/caret-down.svg"); width: 12px; height: 12px; }}
QToolButton[look="segment"][popupMode="1"] {{ padding-right: 18px; }}
QPushButton::menu-indicator {{ image: none; width: 0; }}

QToolButton[look="rail"] {{ background: transparent; border: none; border-left: 3px solid transparent;
    color: {muted}; font-size: {caption}px; padding: 8px 0 6px 0; }}
QToolButton[look="rail"]:hover {{ background: {raised}; color: {text}; }}
QToolButton[look="rail"]:checked {{ background: {raised}; color: {text}; border-left: 3px solid {accent}; }}
QToolButton[look="rail"]:focus {{ color: {text}; border: 1px solid {accent}; border-left: 3px solid {accent}; }}
QToolButton[look="segment"] {{ background: {surface}; border: 1px solid {line}; margin-left: -1px;
    min-width: 34px; padding: 0 4px; min-height: 28px; color: {muted}; }}
QToolButton[look="segment"][first="true"] {{ margin-left: 0; }}
QToolButton[look="segment"]:hover {{ color: {text}; }}
QToolButton[look="segment"]:checked {{ background: {raised}; color: {text}; border: 1px solid {strong_line};
    font-weight: 600; }}
QToolButton[look="segment"]:focus {{ border: 1px solid {accent}; }}
QToolButton[look="tile"] {{ background: {surface}; border: 1px solid {line}; border-radius: 4px;
    padding: 4px; }}
QToolButton[look="tile"]:hover {{ background: {raised}; border-color: {strong_line}; }}
QToolButton[look="tile"]:focus {{ border: 1px solid {accent}; }}

QLineEdit, QDoubleSpinBox, QComboBox, QPlainTextEdit {{ background: {ground}; border: 1px solid {line};
    border-radius: {radius}px; padding: 0 8px; min-height: 30px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit[look="search"], QLineEdit[look="search"]:focus, QLineEdit[look="search"]:hover {{ background: transparent;
    border: none; border-bottom: 1px solid {line}; border-radius: 0; min-height: 46px; padding: 0 16px;
    font-size: {title}px; }}
QLineEdit:hover, QDoubleSpinBox:hover, QComboBox:hover {{ border-color: {strong_line}; }}
QLineEdit:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus {{ border: 1px solid {accent}; }}
QLineEdit:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{ color: {disabled}; }}
QLineEdit[wrong="true"], QComboBox[wrong="true"], QDoubleSpinBox[wrong="true"],
QPlainTextEdit[wrong="true"] {{ border: 1px solid {alarm}; }}
QPlainTextEdit {{ padding: 8px; }}
QDateEdit {{ background: {ground}; border: 1px solid {line}; border-radius: {radius}px; padding: 0 8px;
    min-height: 30px; selection-background-color: {accent}; selection-color: {on_accent}; }}
QDateEdit:hover {{ border-color: {strong_line}; }}
QDateEdit:focus {{ border: 1px solid {accent}; }}
QDateEdit::drop-down {{ border: none; width: 28px; }}
QDateEdit::down-arrow {{ image: url("{icons}/caret-down.svg"); width: 16px; height: 16px; }}
QDateEdit QLineEdit {{ border: none; background: transparent; padding: 0; min-height: 0; }}
QCalendarWidget QWidget {{ background: {raised}; alternate-background-color: {raised}; }}
QCalendarWidget QToolButton {{ background: transparent; border: none; padding: 4px 8px; }}
QCalendarWidget QToolButton:hover {{ background: {line}; border-radius: 4px; }}
QCalendarWidget QAbstractItemView {{ background: {raised}; color: {text}; selection-background-color: {accent};
    selection-color: {on_accent}; outline: none; }}
QCalendarWidget QAbstractItemView:disabled {{ color: {disabled}; }}
QPlainTextEdit[look="log"] {{ padding: 4px 0 4px 4px; font-size: {caption}px; }}
QComboBox::drop-down {{ border: none; width: 28px; }}
QComboBox::down-arrow {{ image: url("{icons}/caret-down.svg"); width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{ background: {raised}; border: 1px solid {strong_line}; outline: none;
    selection-background-color: {line}; selection-color: {text}; padding: 4px; }}
QDoubleSpinBox QLineEdit {{ border: none; background: transparent; padding: 0 8px 0 6px; min-height: 0; }}
QDoubleSpinBox {{ padding: 0; max-height: 30px; }}
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ width: 0; border: none; }}
QCheckBox {{ spacing: 8px; background: transparent; min-height: 24px; border: 1px solid transparent;
    border-radius: 4px; }}
QCheckBox:focus {{ border: 1px solid {accent}; }}
QCheckBox::indicator {{ width: 16px; height: 16px; border: 1px solid {strong_line}; border-radius: 4px;
    background: {ground}; margin-left: 2px; }}
QCheckBox::indicator:hover {{ border-color: {muted}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent};
    image: url("{icons}/check-{scheme}.svg"); }}

QTableView {{ background: {ground}; border: none; outline: none; gridline-color: {line};
    selection-background-color: {raised}; selection-color: {text}; alternate-background-color: {ground}; }}
QTableView::item {{ border: none; border-bottom: 1px solid {line}; padding: 0 8px; }}
QTableView::item:hover {{ background: {surface}; }}
QTableView::item:selected {{ background: {selection}; color: {text}; }}
QHeaderView {{ background: {ground}; border: none; }}
QHeaderView::section {{ background: {ground}; color: {muted}; font-size: {caption}px; font-weight: 600;
    border: none; border-bottom: 1px solid {strong_line}; padding: 0 11px; min-height: 32px; }}
QHeaderView::section:hover {{ color: {text}; }}
QHeaderView::up-arrow {{ image: url("{icons}/caret-up.svg"); width: 12px; height: 12px; right: 4px; }}
QHeaderView::down-arrow {{ image: url("{icons}/caret-down.svg"); width: 12px; height: 12px; right: 4px; }}

QListView#classes {{ background: {ground}; border: 1px solid {line}; border-radius: {radius}px; outline: none;
    padding: 4px 0; }}
QListView#classes:focus {{ border: 1px solid {accent}; }}
QSlider {{ min-height: 24px; background: transparent; border: 1px solid transparent; border-radius: 4px; }}
QSlider:focus {{ border: 1px solid {accent}; }}
QSlider::groove:horizontal {{ height: 4px; background: {line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {text}; }}
QSlider::handle:horizontal:hover {{ background: {accent}; }}
QSlider::sub-page:horizontal:disabled {{ background: {strong_line}; }}
QSlider::handle:horizontal:disabled {{ background: {disabled}; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{ background: transparent; color: {muted}; border: none; border-bottom: 2px solid transparent;
    padding: 0 2px 6px 2px; margin-right: 16px; min-height: 22px; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; font-weight: 600; }}
QTabBar::tab:focus {{ color: {accent}; }}
QListView#checks, QListView#frames {{ background: {ground}; border: 1px solid {line}; border-radius: {radius}px;
    outline: none; padding: 4px; selection-background-color: {raised}; selection-color: {text}; }}
QListView#checks:focus, QListView#frames:focus {{ border: 1px solid {accent}; }}
QListView#checks::item {{ min-height: 28px; max-height: 28px; padding: 0 4px; border-radius: 4px; }}
QListView#checks::item:hover, QListView#frames::item:hover {{ background: {surface}; }}
QListView#checks::item:selected, QListView#frames::item:selected {{ background: {raised}; color: {text}; }}
QListView#checks::indicator {{ width: 16px; height: 16px; border: 1px solid {strong_line}; border-radius: 4px;
    background: {ground}; }}
QListView#checks::indicator:checked {{ background: {accent}; border-color: {accent};
    image: url("{icons}/check-{scheme}.svg"); }}
QListView#frames {{ padding: 8px; }}
QFrame#sectionsFrame {{ background: {surface}; border: none; border-right: 1px solid {line}; }}
QListView#sections {{ background: {surface}; border: none; outline: none; padding: 4px 0; }}
QListView#sections::item {{ height: 40px; padding: 0 16px; border-left: 3px solid transparent; color: {muted}; }}
QListView#sections::item:hover {{ background: {raised}; color: {text}; }}
QListView#sections::item:selected {{ background: {raised}; color: {text}; border-left: 3px solid {accent}; }}
QListView#packages {{ background: {ground}; border: 1px solid {line}; border-radius: {radius}px; outline: none;
    padding: 4px; }}
QListView#packages::item {{ height: 28px; padding: 0 8px; border-radius: 4px; }}
QListView#packages::item:hover {{ background: {surface}; }}
QListView#packages::item:selected {{ background: {raised}; color: {text}; }}
QListView#packages:focus {{ border-color: {accent}; }}
QListView#sections::item:selected:focus {{ border: 1px solid {accent}; border-left: 3px solid {accent}; }}
QFrame#line {{ background: {line}; border: none; }}
QFrame#saveBar {{ background: {surface}; border: none; border-top: 1px solid {line}; }}
QListView#testList, QListView#filmStrip {{ background: transparent; border: none; outline: none; }}
QListView#palette {{ background: transparent; border: none; outline: none; }}

QListView[look="sources"] {{ background: transparent; border: 1px solid transparent; outline: none; }}
QListView[look="sources"]:focus {{ border: 1px solid {line}; border-radius: 4px; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {line}; border-radius: 4px; margin: 1px; min-height: 32px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {strong_line}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
    border: none; width: 0; height: 0; }}

QMenu {{ background: {raised}; border: 1px solid {strong_line}; border-radius: {radius}px; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {line}; }}
QMenu::item:disabled {{ color: {disabled}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QProgressBar {{ background: {raised}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QProgressBar[look="quiet"]::chunk {{ background: {muted}; }}
QFrame#bar {{ border: none; }}
QFrame#bar QPushButton[look="link"] {{ min-height: 20px; }}
"""


SELECTION = 0.12  # of the accent: seen at once, and even muted words on it stay easy to read


def _mixed(one: str, other: str, share: float) -> str:
    """`one` with a share of `other` in it, as #rrggbb."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()


def style_sheet(look: Theme) -> str:
    """The whole program's style sheet for one theme."""
    colours = {name: getattr(look.colours, name) for name in look.colours.__slots__}
    sizes = {name: getattr(look, name) for name in ("radius", "caption", "body", "title", "head")}
    icons = (resources() / "icons").as_posix()
    selection = _mixed(colours["ground"], colours["accent"], SELECTION)
    return _SHEET.format(**colours, **sizes, selection=selection, icons=icons, scheme=look.scheme)
